"""The charts of the report: which signals stand together, on what scale, and their lines as SVG paths.

Lines are drawn in milliseconds by thousandths of the scale, so that a browser zooms by changing the view box alone
and reads the values back from the path: the numbers stand in the file once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.views.timeline import Gap, Points, Timeline

_PER_SCALE = 1000
_MS = 1000.0


@dataclass(frozen=True, slots=True)
class Series:
    """One line: the column it is read from, its name, its place in the palette (1..3)."""

    column: str
    label: str
    color: int


@dataclass(frozen=True, slots=True)
class ChartKind:
    """Signals that share a scale. `gaps_of` names the column whose gaps are shaded; `factor` turns into `unit`."""

    title: str
    note: str
    unit: str
    factor: float
    low: float
    high: float
    least_high: float  # the scale shrinks to the data, but not below this
    decimals: int
    lines: tuple[float, ...]  # dashed reference lines
    gaps_of: str
    series: tuple[Series, ...]


_DEGREES = math.degrees(1.0)


def chart_kinds(driver_state: DriverStateSettings, alerts: AlertSettings) -> tuple[ChartKind, ...]:
    """The charts of the report; dashed are the limits of the settings in use."""
    closed_from, window_s = driver_state.lids.closed_from, driver_state.perclos.window_s
    moderate = 100 * driver_state.drowsiness.perclos_moderate
    severe = 100 * driver_state.drowsiness.perclos_severe
    wide_from, distraction = driver_state.yawn.wide_from, alerts.distraction
    glance_s, share_s = distraction.glance_fast_s, distraction.share_s
    advice, warning = alerts.drowsiness.advice_level, alerts.drowsiness.warning_level
    return (
        ChartKind(
            "Eye closure",
            "0 is this driver's open eye, 1 the closed eye; "
            f"from the dashed {closed_from:g} on an eye counts as closed",
            *("", 1.0, 0.0, 1.0, 1.0, 2, (closed_from,), "closure"),
            (
                Series("closure_left", "left", 1),
                Series("closure_right", "right", 2),
                Series("closure", "combined", 3),
            ),
        ),
        ChartKind(
            "PERCLOS",
            f"share of the last {window_s:g} s of visible time with the eyes at least {100 * closed_from:g}% closed, "
            f"once enough of it was visible; dashed: {moderate:g}% and {severe:g}%",
            *("%", 100.0, 0.0, 100.0, 20.0, 1, (moderate, severe), "perclos"),
            (
                Series("perclos", "all closures", 3),
                Series("perclos_without_blinks", "without blinks", 1),
            ),
        ),
        ChartKind(
            "Mouth openness",
            f"0 closed, 1 wide open; a yawn is wide, from the dashed {wide_from:g} on",
            *("", 1.0, 0.0, 1.0, 1.0, 2, (wide_from,), "mouth_openness"),
            (Series("mouth_openness", "mouth", 3),),
        ),
        ChartKind(
            "Head direction",
            "against the camera; yaw is positive to the picture's right, pitch upwards",
            *("°", _DEGREES, -90.0, 90.0, 30.0, 0, (0.0,), "head_yaw_rad"),
            (Series("head_yaw_rad", "yaw", 1), Series("head_pitch_rad", "pitch", 2)),
        ),
        ChartKind(
            "Off the road",
            f"length of the ongoing glance, and the sum over the last {driver_state.glance.window_s:g} s; "
            f"dashed: {glance_s:g} s and {share_s:g} s",
            *("s", 1.0, 0.0, 30.0, 12.0, 1, (glance_s, share_s), "off_road_s"),
            (Series("off_road_s", "glance", 3), Series("off_road_30_s", "in all", 1)),
        ),
        ChartKind(
            "Drowsiness level",
            "1 to 9, modelled on the Karolinska scale; not a KSS rating. "
            f"Told once enough was seen; dashed: advice from {advice:g}, warning from {warning:g}",
            *("", 1.0, 1.0, 9.0, 9.0, 1, (advice, warning), "drowsiness_level"),
            (Series("drowsiness_level", "level", 3),),
        ),
    )


def plotted_columns(kinds: Sequence[ChartKind]) -> list[str]:
    return sorted({series.column for kind in kinds for series in kind.series})


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart, ready for the page. `lines_y` and paths are in thousandths from the top."""

    kind: ChartKind
    low: float
    high: float
    paths: tuple[tuple[Series, str], ...]
    lines_y: tuple[float, ...]
    gaps: tuple[Gap, ...]
    missing: dict[str, float]


def draw_chart(kind: ChartKind, timeline: Timeline) -> Chart:
    lines = [(series, timeline.points(series.column)) for series in kind.series]
    low, high = _scale(kind, [points for _, points in lines])

    def height(value: float) -> float:
        return (high - value) / (high - low) * _PER_SCALE

    return Chart(
        kind,
        low,
        high,
        tuple(
            (series, path(points, kind.factor, low, high, timeline.start_s))
            for series, points in lines
        ),
        tuple(height(line) for line in kind.lines if low <= line <= high),
        tuple(timeline.gaps(kind.gaps_of)),
        timeline.missing_shares(kind.gaps_of),
    )


def _scale(kind: ChartKind, lines: list[Points]) -> tuple[float, float]:
    values = np.concatenate([points.value for points in lines]) * kind.factor
    values = values[np.isfinite(values)]
    reach = max(kind.least_high, float(np.abs(values).max())) if len(values) else kind.least_high
    high = min(kind.high, _round_up(reach))
    return (-high if kind.low < 0 else kind.low), high


def _round_up(value: float) -> float:
    """To the next figure that reads well on an axis."""
    steps = (1, 5, 9, 10, 12, 15, 20, 25, 30, 40, 45, 50, 60, 75, 90, 100)
    return float(next((step for step in steps if value <= step), math.ceil(value)))


def path(points: Points, factor: float, low: float, high: float, start_s: float) -> str:
    """`M x y l dx dy ...` in whole numbers; every gap starts a new `M`."""
    seen = np.isfinite(points.value)
    x = np.rint((points.t_s - start_s) * _MS).astype(np.int64).tolist()
    scaled = np.clip(np.where(seen, points.value, low / factor) * factor, low, high)
    y = np.rint((high - scaled) / (high - low) * _PER_SCALE).astype(np.int64).tolist()
    parts: list[str] = []
    drawing = False
    for at, visible in enumerate(seen.tolist()):
        if not visible:
            drawing = False
        elif drawing:
            parts.append(f"{x[at] - x[at - 1]} {y[at] - y[at - 1]}")
        else:
            # A lone point is a line of no length, which round line ends turn into a dot.
            parts.append(f"M{x[at]} {y[at]}l0 0")
            drawing = True
    return " ".join(parts).replace(" -", "-").replace(" M", "M")
