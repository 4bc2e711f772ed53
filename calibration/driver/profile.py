"""What is kept of one driver from drive to drive, where the owner wants that: references, and the face's proportions.

No picture, no name, and nothing by which a stranger could be recognised among many.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from calibration.driver.alert_blinks import LEAST_BLINKS
from calibration.driver.face_geometry import LARGEST_RATIO
from calibration.driver.open_eye import MOST_PER_GAZE_DOWN, MOST_PER_HEAD_PITCH
from calibration.driver.reference_bounds import CLOSED_RANGE, LEAST_OPENING, OPEN_RANGE
from calibration.driver.references import BlinkReference, DriverReferences, EyeReference

VERSION = 1
_MOST_RATIOS = 64
_LONGEST_DATE = 40
_Range = tuple[float, float]
_ANGLE: _Range = (-math.pi, math.pi)


class ProfileError(ValueError):
    """No profile: what is wrong with it, in half a sentence."""


class NewerProfileError(ProfileError):
    """Of a later version than this one knows."""


@dataclass(frozen=True, slots=True)
class DriverProfile:
    """One driver."""

    created: str  # dates as they were given
    last_used: str
    bare: DriverReferences | None = None  # without glasses, or where nobody can tell
    with_glasses: DriverReferences | None = None
    geometry: tuple[float, ...] | None = None
    geometry_spreads: tuple[float, ...] | None = None
    confidence: float = 1.0  # 0..1, in the references; a hasty minute is believed as far as it goes


def as_document(profile: DriverProfile) -> dict[str, Any]:
    """Plain values for a file."""
    document: dict[str, Any] = {
        "version": VERSION,
        "kind": "driver",
        "created": profile.created,
        "last_used": profile.last_used,
        "confidence": round(profile.confidence, 3),
    }
    for name, references in (("bare", profile.bare), ("with_glasses", profile.with_glasses)):
        if references is not None:
            document[name] = _references_document(references)
    if profile.geometry is not None and profile.geometry_spreads is not None:
        document["geometry"] = {
            "ratios": [round(value, 5) for value in profile.geometry],
            "spreads": [round(value, 5) for value in profile.geometry_spreads],
        }
    document["complete"] = True  # the last line: a torn file is YAML too
    return document


def from_document(document: object) -> DriverProfile:
    """Raises `ProfileError`. Numbers that no driver has are an error too: what is damaged is not half believed."""
    top = _group(document, "it")
    if top.get("kind") != "driver":
        raise ProfileError("it holds no driver")
    version = top.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise NewerProfileError(f"it was written by a newer Vigil (version {version})")
    if version != VERSION:
        raise ProfileError("it is of no known version")
    if top.get("complete") is not True:
        raise ProfileError("it ends early")
    geometry = spreads = None
    if top.get("geometry") is not None:
        kept = _group(top["geometry"], "geometry")
        geometry = _numbers(kept.get("ratios"), "geometry.ratios", (-LARGEST_RATIO, LARGEST_RATIO))
        spreads = _numbers(kept.get("spreads"), "geometry.spreads", (0.0, LARGEST_RATIO))
        if len(geometry) != len(spreads):
            raise ProfileError("geometry has not a spread for each ratio")
    sets = {
        name: None if top.get(name) is None else _references(top[name], name)
        for name in ("bare", "with_glasses")
    }
    if not any(sets.values()):
        raise ProfileError("it holds no references")
    sure = top.get("confidence")
    return DriverProfile(
        confidence=1.0 if sure is None else _number(top, "confidence", "it", (0.0, 1.0)),
        created=_date(top, "created"),
        last_used=_date(top, "last_used"),
        bare=sets["bare"],
        with_glasses=sets["with_glasses"],
        geometry=geometry,
        geometry_spreads=spreads,
    )


def _references_document(references: DriverReferences) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for side, eye in (("left", references.left), ("right", references.right)):
        document[side] = {
            "open": round(eye.open, 4),
            "closed": round(eye.closed, 4),
            "open_per_head_pitch": round(eye.open_per_head_pitch, 4),
            "open_per_gaze_down": round(eye.open_per_gaze_down, 4),
        }
    for name in _OPTIONAL:
        value = getattr(references, name)
        if value is not None:
            document[name] = round(value, 4)
    blinks = references.blinks
    if blinks.blinks:
        document["blinks"] = {
            "blinks": blinks.blinks,
            **{name: round(getattr(blinks, name), 5) for name in _BLINK_RANGES},
        }
    return document


_OPTIONAL: dict[str, _Range] = {
    "mouth_resting": (0.0, 1.0),
    "forward_yaw_rad": _ANGLE,
    "forward_pitch_rad": _ANGLE,
    "forward_gaze_yaw_rad": _ANGLE,
    "forward_gaze_pitch_rad": _ANGLE,
}
# Blinks last 0.1 to 0.5 s; lids open at 3 to 15 openings in a second (Caffier et al. 2003 and others), with room.
_BLINK_RANGES: dict[str, _Range] = {
    "amplitude_mean": (0.1, 1.5),
    "amplitude_std": (0.0, 1.0),
    "duration_mean_s": (0.03, 1.0),
    "duration_std_s": (0.0, 0.5),
    "reopening_velocity_mean_per_s": (0.2, 60.0),
    "reopening_velocity_std_per_s": (0.0, 60.0),
}


def _references(document: object, where: str) -> DriverReferences:
    kept = _group(document, where)
    optional = {
        name: None if kept.get(name) is None else _number(kept, name, where, within)
        for name, within in _OPTIONAL.items()
    }
    blinks = BlinkReference()
    if kept.get("blinks") is not None:
        values, inside = _group(kept["blinks"], f"{where}.blinks"), f"{where}.blinks"
        count = values.get("blinks")
        if isinstance(count, bool) or not isinstance(count, int) or count < LEAST_BLINKS:
            raise ProfileError(f"{inside}.blinks is no number of at least {LEAST_BLINKS}")
        numbers = {
            name: _number(values, name, inside, within) for name, within in _BLINK_RANGES.items()
        }
        blinks = BlinkReference(blinks=count, **numbers)
    return DriverReferences(
        left=_eye(kept.get("left"), f"{where}.left"),
        right=_eye(kept.get("right"), f"{where}.right"),
        blinks=blinks,
        **optional,
    )


def _eye(document: object, where: str) -> EyeReference:
    kept = _group(document, where)
    pitch = (-MOST_PER_HEAD_PITCH, MOST_PER_HEAD_PITCH)
    eye = EyeReference(
        open=_number(kept, "open", where, OPEN_RANGE),
        closed=_number(kept, "closed", where, CLOSED_RANGE),
        open_per_head_pitch=_number(kept, "open_per_head_pitch", where, pitch),
        open_per_gaze_down=_number(kept, "open_per_gaze_down", where, (0.0, MOST_PER_GAZE_DOWN)),
    )
    if eye.open - eye.closed < LEAST_OPENING - 1e-3:  # rounded
        raise ProfileError(f"{where}: open and closed are too close to each other")
    return eye


def _group(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ProfileError(f"{where} is no group of values")
    return value


def _date(top: Mapping[str, Any], name: str) -> str:
    value = top.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_DATE:
        raise ProfileError(f"{name} is no date")
    return value


def _numbers(value: object, where: str, within: _Range) -> tuple[float, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_RATIOS:
        raise ProfileError(f"{where} is no list of numbers")
    return tuple(
        _number({"": one}, "", f"{where}.{place}", within) for place, one in enumerate(value)
    )


def _number(values: Mapping[str, Any], key: str, where: str, within: _Range) -> float:
    name = f"{where}.{key}" if key else where
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ProfileError(f"{name} is no number")
    number = float(value)
    if not within[0] <= number <= within[1]:
        raise ProfileError(f"{name} is {number:g}, which no driver has")
    return number
