"""The channels of a trace: which message each holds, as JSON, with its schema.

Messages are the program's own dataclasses, so a signal or state that gains a field is recorded without a word here.
Numbers keep every bit; NaN and infinity, which JSON lacks, are the strings "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict, RootModel, ValidationError

from calibration.driver.profile import DriverProfile
from edge_app.alerts.event import ActiveAlert, Event
from edge_app.camera.faults import CameraFault
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import DriverState
from edge_app.trace.plain_schema import plain_schema
from edge_app.vehicle.state import VehicleState

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class InputMessage:
    """What the judgement of one moment was given beside the signals."""

    t_s: float
    restarted: bool  # what follows has nothing to do with what was before
    acknowledged: bool
    fault: CameraFault | None
    vehicle: VehicleState
    time_of_day_h: float | None = None
    profile: DriverProfile | None = None


@dataclass(frozen=True, slots=True)
class AlertsMessage:
    """What holds after one moment."""

    t_s: float
    parked: bool
    active: tuple[ActiveAlert, ...]  # loudest first
    voice: ActiveAlert | None


@dataclass(frozen=True, slots=True)
class SnapshotMessage:
    """All that estimators and policy remembered just before the first moment of the file."""

    t_s: float | None  # of the last moment judged; None where nothing was
    state: str  # JSON, see `snapshot`


def decode_signals(data: bytes) -> Signals:
    """Also of a program that knew fewer signals: what it did not record is `uncertain`. Raises `ValueError`."""
    try:
        return SIGNALS.decode(data)
    except ValidationError as error:
        if any(detail["type"] != "missing" for detail in error.errors(include_url=False)):
            raise
    recorded = json.loads(data)
    for field in fields(Signals):
        if field.name not in recorded and field.type in (Signal, Signal.__name__):
            recorded[field.name] = asdict(Signal.missing(Unavailable.UNCERTAIN))
    return SIGNALS.decode(json.dumps(recorded).encode())


class _Exact(RootModel[_T], Generic[_T]):
    model_config = ConfigDict(ser_json_inf_nan="strings")


class Channel(Generic[_T]):
    """One topic and the kind of its messages."""

    def __init__(self, topic: str, model: type[_Exact[_T]], name: str) -> None:
        self.topic = topic
        self.schema_name = name
        self._model = model

    def encode(self, message: _T) -> bytes:
        # Built, not checked: what is recorded is what the program had, whether it is as it should be or not.
        whole = self._model.model_construct(root=message)
        return self._model.__pydantic_serializer__.to_json(whole, warnings=False)

    def decode(self, data: bytes) -> _T:
        """Raises `ValueError` where `data` is no such message."""
        return self._model.model_validate_json(data).root

    @cached_property
    def schema(self) -> dict[str, Any]:
        return plain_schema(self._model.model_json_schema(mode="serialization"))


INPUT = Channel("/vigil/input", _Exact[InputMessage], "vigil.Input")
SIGNALS = Channel("/vigil/signals", _Exact[Signals], "vigil.Signals")
STATE = Channel("/vigil/state", _Exact[DriverState], "vigil.DriverState")
ALERTS = Channel("/vigil/alerts", _Exact[AlertsMessage], "vigil.Alerts")
EVENT = Channel("/vigil/event", _Exact[Event], "vigil.Event")
SNAPSHOT = Channel("/vigil/snapshot", _Exact[SnapshotMessage], "vigil.Snapshot")

CHANNELS: tuple[Channel[Any], ...] = (INPUT, SIGNALS, STATE, ALERTS, EVENT, SNAPSHOT)
