"""Reads one trace file, whole or torn: what it opens with, then its moments in turn.

Nothing in the file is believed. Lengths are held against the file and against bounds before memory is asked for,
chunks against their checksums; at the first byte that is wrong the file ends there, with all that was whole before.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, Message, Metadata
from mcap.stream_reader import breakup_chunk
from mcap.writer import MCAP0_MAGIC

from edge_app.judgement import Moment
from edge_app.trace.messages import (
    ALERTS,
    EVENT,
    INPUT,
    SIGNALS,
    SNAPSHOT,
    STATE,
    InputMessage,
    decode_signals,
)
from edge_app.trace.opening import Opening, TraceError, opening_of

_LARGEST_CHUNK_BYTES = 4 << 20  # unpacked; one second of Vigil's is a tenth of a megabyte
_LARGEST_RECORD_BYTES = 8 << 20
_MOST_METADATA = 64
_HEAD = struct.Struct("<BQ")  # opcode and length of each record
_TOPICS = {channel.topic for channel in (INPUT, SIGNALS, STATE, ALERTS, EVENT)}


@dataclass(frozen=True, slots=True)
class RecordedMoment:
    """One moment of a trace. What it led to is left as the bytes that were written."""

    number: int  # within the run
    restarted: bool
    moment: Moment
    state: bytes
    alerts: bytes
    events: tuple[bytes, ...]


class _TornError(Exception):
    """From here on the file cannot be read."""


class TraceReader:
    """A trace file. Its opening is read at once, its moments when they are asked for, once."""

    def __init__(self, path: Path) -> None:
        """Raises `TraceError` for a file that is no trace, or holds no moment."""
        self.path = path
        self.torn = False  # known when all moments have been read
        try:
            self._file: IO[bytes] = path.open("rb")
            self._size = path.stat().st_size
        except OSError as error:
            raise TraceError(f"{path}: cannot be read ({error.strerror})") from error
        self._channels: dict[int, str] = {}
        self._chunks = self._whole_chunks()
        try:
            self.opening, self.snapshot = self._begin()
        except BaseException:
            self.close()
            raise

    def moments(self) -> Iterator[RecordedMoment]:
        """Raises `TraceError` where a moment was written in a way that this version cannot read."""
        parts: dict[str, bytes] = {}
        events: list[bytes] = []
        number: int | None = None
        for chunk in self._chunks:
            for topic, message in chunk:
                if message.sequence != number:
                    number, parts, events = message.sequence, {}, []
                if topic == EVENT.topic:
                    events.append(message.data)
                    continue
                parts[topic] = message.data
                if topic == ALERTS.topic and len(parts) == len(_TOPICS) - 1:
                    yield self._moment(number, parts, tuple(events))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> TraceReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> tuple[Opening, str]:
        if self._file.read(len(MCAP0_MAGIC)) != MCAP0_MAGIC:
            what = "is empty" if self._size == 0 else "is not a trace (no MCAP file)"
            raise TraceError(f"{self.path}: {what}")
        self._metadata: dict[str, dict[str, str]] = {}
        first = next(self._chunks, None)
        opening = opening_of(self._metadata, str(self.path))
        for topic, message in first or ():
            if topic == SNAPSHOT.topic:
                try:
                    return opening, SNAPSHOT.decode(message.data).state
                except ValueError as error:
                    raise TraceError(f"{self.path}: its snapshot cannot be read") from error
        raise TraceError(
            f"{self.path}: was cut off before its first moment; there is nothing to replay"
        )

    def _moment(
        self, number: int, parts: dict[str, bytes], events: tuple[bytes, ...]
    ) -> RecordedMoment:
        try:
            given: InputMessage = INPUT.decode(parts[INPUT.topic])
            signals = decode_signals(parts[SIGNALS.topic])
        except ValueError as error:
            reason = " ".join(str(error).split())[:200]
            raise TraceError(
                f"{self.path}: moment {number} cannot be read by this version of Vigil ({reason})"
            ) from error
        moment = Moment(
            signals,
            given.vehicle,
            given.acknowledged,
            given.fault,
            given.time_of_day_h,
            given.profile,
        )
        return RecordedMoment(
            number, given.restarted, moment, parts[STATE.topic], parts[ALERTS.topic], events
        )

    def _whole_chunks(self) -> Iterator[list[tuple[str, Message]]]:
        """Messages of each chunk with their topics; ends at the end, or where the file is torn."""
        try:
            while (record := self._record()) is not None:
                opcode, content = record
                if opcode in (Opcode.DATA_END, Opcode.FOOTER):
                    return
                if opcode == Opcode.METADATA and len(self._metadata) < _MOST_METADATA:
                    words = Metadata.read(_stream(content))
                    self._metadata[words.name] = words.metadata
                elif opcode == Opcode.CHUNK:
                    yield self._unpacked(Chunk.read(_stream(content)))
            self.torn = True
        except (
            _TornError,
            McapError,
            ValueError,
            struct.error,
            OverflowError,
            zstandard.ZstdError,
        ):
            self.torn = True

    def _record(self) -> tuple[int, bytes] | None:
        """None at the end of the file, which comes before the end mark where it was cut off."""
        head = self._file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None
        opcode, length = _HEAD.unpack(head)
        left = self._size - self._file.tell()
        if opcode not in (Opcode.METADATA, Opcode.CHUNK):
            if length > left:
                raise _TornError
            self._file.seek(length, 1)
            return opcode, b""
        if length > min(left, _LARGEST_RECORD_BYTES):
            raise _TornError
        return opcode, self._file.read(length)

    def _unpacked(self, chunk: Chunk) -> list[tuple[str, Message]]:
        size = chunk.uncompressed_size
        if chunk.compression not in ("", "zstd") or size > _LARGEST_CHUNK_BYTES:
            raise _TornError
        if chunk.compression == "zstd" and zstandard.frame_content_size(chunk.data) != size:
            # What unpacks to more than it announces is not unpacked.
            raise _TornError
        messages = []
        for record in breakup_chunk(chunk, validate_crc=True):
            if isinstance(record, Channel):
                self._channels[record.id] = record.topic
            elif isinstance(record, Message):
                topic = self._channels.get(record.channel_id)
                if topic in _TOPICS or topic == SNAPSHOT.topic:
                    messages.append((str(topic), record))
        return messages


def _stream(content: bytes) -> ReadDataStream:
    return ReadDataStream(BytesIO(content))
