"""Words and colours that overlay, report and live page share, so that one thing looks the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeGuard

from edge_app.alerts.event import Level

# Where a view draws its lines. They explain the picture; they decide nothing.
CLOSED_FROM = 0.8  # closure; the definition of PERCLOS (P80)
PERCLOS_FULL_SCALE = 0.4
PERCLOS_RAISED = 0.08
PERCLOS_HIGH = 0.15
GLANCE_FULL_SCALE_S = 6.0
GLANCE_LONG_S = 3.5
DROWSINESS_ADVICE = 7.0
DROWSINESS_WARNING = 8.0
DROWSINESS_RANGE = (1.0, 9.0)

LEVEL_BGR: dict[Level, tuple[int, int, int]] = {
    Level.NOTICE: (150, 120, 90),
    Level.ADVICE: (200, 130, 40),
    Level.WARNING: (40, 175, 250),
    Level.ALARM: (50, 50, 225),
    Level.UNRESPONSIVE: (110, 20, 165),
}


_UNITS = (
    ("_per_min", " per min", 1.0),
    ("_kmh", " km/h", 1.0),
    ("_hz", " Hz", 1.0),
    ("_rad", "°", math.degrees(1.0)),
    ("_share", "%", 100.0),
    ("_s", " s", 1.0),
)


def plain(word: str) -> str:
    """`eyes_occluded` -> `eyes occluded`: the words of the closed lists, as people read them."""
    return word.replace("_", " ")


def sentence_case(word: str) -> str:
    """`off_road_glance` -> `Off road glance`."""
    text = plain(word)
    return text[:1].upper() + text[1:]


def spelled(key: str, value: float | str | bool | None) -> str:
    """`closed_s`, 1.42 -> `closed 1.42 s`: a value by its key, whose ending names the unit."""
    for ending, unit, factor in _UNITS:
        if key.endswith(ending) and len(key) > len(ending) and _is_number(value):
            return f"{plain(key.removesuffix(ending))} {value * factor:.3g}{unit}"
        if key.endswith(ending) and value is None:
            return f"{plain(key.removesuffix(ending))} unknown"
    if key == "reason":
        return plain(str(value))
    if value is None:
        return f"{plain(key)} unknown"
    if isinstance(value, bool):
        return f"{plain(key)} {'yes' if value else 'no'}"
    if isinstance(value, (int, float)):
        return f"{plain(key)} {value:.3g}"
    return f"{plain(key)} {plain(value)}"


def why(values: Mapping[str, float | str | bool | None]) -> str:
    """An event's values in words. The first of several reasons also stands alone, as `reason`: it is said once."""
    reasons = str(values.get("reasons") or "").split(",")
    return ", ".join(
        spelled(key, value.replace(",", ", ") if isinstance(value, str) else value)
        for key, value in values.items()
        if value != "" and not (key == "reason" and value in reasons)
    )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def length(duration_s: float) -> str:
    """1.033 -> `1.0 s`; below a second 0.767 -> `0.77 s`."""
    if not math.isfinite(duration_s):
        return "an unknown time"
    return f"{duration_s:.{1 if duration_s >= 1 else 2}f} s"


def length_and_limit(length_s: float, limit_s: float) -> tuple[str, str]:
    """Both as exact as the limit is: 1.268, 1.25 -> `1.27 s`, `1.25 s`."""
    decimals = max(1, len(f"{limit_s:g}".partition(".")[2]))
    return f"{length_s:.{decimals}f} s", f"{limit_s:.{decimals}f} s"


def clock(t_s: float) -> str:
    """83.27 -> `1:23.3`; hours appear when there are any."""
    tenths = max(0, round(t_s * 10))
    minutes, tenth = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{tenth / 10:04.1f}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"
