"""One trace file being written: opening, snapshot, then moment by moment, a chunk for each second."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from edge_app.judgement import Judgement, Moment
from edge_app.trace.folder import start_writer
from edge_app.trace.messages import (
    ALERTS,
    CHANNELS,
    EVENT,
    INPUT,
    SIGNALS,
    SNAPSHOT,
    STATE,
    AlertsMessage,
    Channel,
    InputMessage,
    SnapshotMessage,
)
from edge_app.trace.opening import Opening

_CHUNK_S = 1.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TracedMoment:
    """One moment as it is recorded."""

    number: int  # within the run, from 0
    restarted: bool  # what was before has nothing to do with it
    moment: Moment
    judgement: Judgement

    @property
    def t_s(self) -> float:
        return self.moment.signals.t_s


class TraceFile:
    """Written in the order in which things happened, so that what a power cut leaves is whole up to a second."""

    def __init__(
        self, path: Path, opening: Opening, snapshot: SnapshotMessage, log_time_ns: int
    ) -> None:
        """Raises `OSError`, also where there is such a file."""
        self.path = path
        self._file = path.open("xb")
        self._writer = start_writer(self._file)
        for name, words in opening.records().items():
            self._writer.add_metadata(name, words)
        self._ids: dict[str, int] = {}
        for channel in CHANNELS:
            schema = self._writer.register_schema(
                channel.schema_name, "jsonschema", json.dumps(channel.schema).encode()
            )
            self._ids[channel.topic] = self._writer.register_channel(channel.topic, "json", schema)
        self._add(SNAPSHOT, snapshot, opening.first_step, log_time_ns)
        self._chunk_from_s: float | None = None
        self.close_chunk()

    @property
    def size_bytes(self) -> int:
        return self._file.tell()

    def add(self, traced: TracedMoment, log_time_ns: int) -> bool:
        """Whether that closed a chunk."""
        closes = self._chunk_from_s is not None and not (
            0.0 <= traced.t_s - self._chunk_from_s < _CHUNK_S
        )
        if closes:
            self.close_chunk()
        if self._chunk_from_s is None:
            self._chunk_from_s = traced.t_s
        moment, policy = traced.moment, traced.judgement.policy
        number, t_s = traced.number, traced.t_s
        given = InputMessage(
            t_s,
            traced.restarted,
            moment.acknowledged,
            moment.fault,
            moment.vehicle,
            moment.time_of_day_h,
            moment.profile,
        )
        alerts = AlertsMessage(t_s, policy.parked, policy.active, policy.voice)
        self._add(INPUT, given, number, log_time_ns)
        self._add(SIGNALS, moment.signals, number, log_time_ns)
        self._add(STATE, traced.judgement.state, number, log_time_ns)
        for event in policy.events:
            self._add(EVENT, event, number, log_time_ns)
        # The last of a moment: where it is there, the moment is whole.
        self._add(ALERTS, alerts, number, log_time_ns)
        return closes

    def close_chunk(self) -> None:
        """What was added until now leaves this process."""
        self._chunk_from_s = None
        self._writer.flush()  # type: ignore[no-untyped-call]

    def sync(self) -> None:
        """What has left this process reaches the disk. Slow."""
        os.fdatasync(self._file.fileno())

    def finish(self) -> None:
        """Index and end mark, with which viewers open the file quickly. It can be read without."""
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._file.flush()
        self.sync()
        self._file.close()

    def abandon(self) -> None:
        """The disk refuses: let go of the file as it is."""
        try:
            self._file.close()
        except OSError:
            # What was buffered cannot be written either; the descriptor is closed all the same.
            return

    def _add(self, channel: Channel[_T], message: _T, number: int, log_time_ns: int) -> None:
        self._writer.add_message(
            self._ids[channel.topic],
            log_time_ns,
            channel.encode(message),
            log_time_ns,
            number & 0xFFFFFFFF,
        )
