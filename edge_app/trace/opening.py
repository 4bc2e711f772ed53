"""What every trace file opens with: who wrote it, with which settings, on what machine, and which part of a run it is.

Settings are those that a replay needs or its reader wants to know. Broker, passwords, the vehicle's name and folders
of the machine are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from edge_app import __version__
from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import TemporalHead
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.trace.machine import Machine

SCHEMA_VERSION = 1
"""Counts up when an older reader would misread a file. A new channel or field does not: readers pass over it."""

_GROUPS = ("driver_state", "alerts", "perception", "camera", "vehicle")
_RECORDS = ("vigil.trace", "vigil.machine", "vigil.settings", "vigil.calibration")


class TraceError(UserError):
    """A file that is no trace, or holds nothing that can be replayed: a sentence with its name."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What stays the same over all files of a program's run."""

    run_id: str
    machine: Machine
    perception: str
    expression_labels: tuple[str, ...]
    settings: Mapping[str, Any]  # by group, plain values
    vigil_version: str = __version__
    # Nothing is learned outside the estimators yet; what they learn is in the snapshot.
    calibration: Mapping[str, Any] = field(default_factory=dict)
    temporal_heads: tuple[TemporalHead, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """The first records of one file."""

    origin: Origin
    file_number: int  # within the run, from 0
    first_step: int  # number of the first moment within the run, from 0
    dropped_before: int  # moments of the run that could not be recorded
    opened_at: str  # wall time, ISO 8601
    clock_synchronised: bool

    def records(self) -> dict[str, dict[str, str]]:
        """As MCAP metadata: name -> words."""
        origin = self.origin
        about = {
            "schema_version": SCHEMA_VERSION,
            "run_id": origin.run_id,
            "file_number": self.file_number,
            "first_step": self.first_step,
            "dropped_before": self.dropped_before,
            "opened_at": self.opened_at,
            "clock_synchronised": self.clock_synchronised,
            "vigil_version": origin.vigil_version,
            "perception": origin.perception,
            "expression_labels": origin.expression_labels,
            "temporal_heads": [asdict(head) for head in origin.temporal_heads],
        }
        contents: tuple[Mapping[str, Any], ...] = (
            about,
            origin.machine.words(),
            origin.settings,
            origin.calibration,
        )
        return {
            name: {key: json.dumps(value) for key, value in content.items()}
            for name, content in zip(_RECORDS, contents, strict=True)
        }


def opening_of(records: Mapping[str, Mapping[str, str]], place: str) -> Opening:
    """The reverse of `Opening.records`. Raises `TraceError`."""
    if _RECORDS[0] not in records:
        raise TraceError(f"{place}: an MCAP file, but not one of Vigil's traces")
    try:
        about, machine, settings, calibration = (
            {key: json.loads(word) for key, word in records.get(name, {}).items()}
            for name in _RECORDS
        )
        version = int(about["schema_version"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise TraceError(f"{place}: its opening cannot be read ({error})") from error
    if version > SCHEMA_VERSION:
        raise TraceError(
            f"{place}: written in version {version} of the trace format, and this Vigil reads up to"
            f" {SCHEMA_VERSION}; replay it with a newer one"
        )
    try:
        return Opening(
            origin=Origin(
                run_id=str(about["run_id"]),
                machine=Machine(**machine),
                perception=str(about["perception"]),
                expression_labels=tuple(str(label) for label in about["expression_labels"]),
                settings=settings,
                vigil_version=str(about["vigil_version"]),
                calibration=calibration,
                temporal_heads=tuple(map(_head, about.get("temporal_heads", ()))),
            ),
            file_number=int(about["file_number"]),
            first_step=int(about["first_step"]),
            dropped_before=int(about["dropped_before"]),
            opened_at=str(about["opened_at"]),
            clock_synchronised=bool(about["clock_synchronised"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TraceError(f"{place}: its opening lacks something ({error})") from error


def _head(words: Mapping[str, Any]) -> TemporalHead:
    classes = tuple(str(name) for name in words["classes"])
    return TemporalHead(
        str(words["name"]),
        classes,
        str(words["validated"]),
        of_emotion=bool(words.get("of_emotion", False)),
    )


def recorded_settings(settings: VigilSettings) -> dict[str, Any]:
    """What of the settings is written into a trace, as plain values."""
    plain: dict[str, Any] = {group: _plain(getattr(settings, group)) for group in _GROUPS}
    plain["camera"]["source"] = _kind_of_source(settings.camera.source)
    plain["perception"]["model"] = Path(settings.perception.model).name
    return plain


def _kind_of_source(uri: str) -> str:
    """Without address, user and password; a file keeps its name."""
    scheme, colon, rest = uri.partition(":")
    if colon and scheme not in ("file", "images"):
        return scheme
    return Path(rest or uri).name


def judging_settings(
    opening: Opening, place: str
) -> tuple[DriverStateSettings, AlertSettings, tuple[str, ...]]:
    """The settings that judged, and the keys among them that this version of Vigil no longer has."""
    unknown: list[str] = []
    models = []
    for group, model in (("driver_state", DriverStateSettings), ("alerts", AlertSettings)):
        values = opening.origin.settings.get(group)
        try:
            models.append(_validated(model, values, group, unknown))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in (group, *first["loc"]))
            raise TraceError(
                f"{place}: its settings cannot be used ({where}: {first['msg']})"
            ) from None
    driver_state, alerts = models
    assert isinstance(driver_state, DriverStateSettings) and isinstance(alerts, AlertSettings)
    return driver_state, alerts, tuple(unknown)


def _validated(model: type[BaseModel], values: Any, group: str, unknown: list[str]) -> BaseModel:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        extra = [
            e["loc"] for e in error.errors(include_url=False) if e["type"] == "extra_forbidden"
        ]
        if not extra:
            raise
    values = json.loads(json.dumps(values))
    for loc in extra:
        around = values
        for part in loc[:-1]:
            around = around[part]
        del around[loc[-1]]
        unknown.append(".".join(str(part) for part in (group, *loc)))
    return model.model_validate(values)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        held = {name: getattr(value, name) for name in type(value).model_fields}
        return {key: _plain(v) for key, v in held.items() if not isinstance(v, SecretStr)}
    if isinstance(value, dict):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    if isinstance(value, Path):
        return value.name
    return value if isinstance(value, bool | int | float | None) else str(value)
