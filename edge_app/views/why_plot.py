"""The picture of a `Why`: places across in percent and heights in pixels, so that it fits any width.

`templates/why.html` writes it as one SVG.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.alerts.event import EventType, Level
from edge_app.views import legend
from edge_app.views.charts import path
from edge_app.views.why import Limit, Panel, Why

_LABEL_BAND_PX = 30
_TITLE_PX = 20
_FIRST_PX, _FURTHER_PX = 116, 88
_AXIS_PX = 20
_LETTER_PX = 11
_LABELLED_FROM = 0.2  # share of the width that a stretch must have to bear words
_EDGE_SHARE = 0.07  # of the width, in which a word is set inwards
_MOST_TICKS = 6
_TICKS_S = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300)
_MINUTES_FROM_S = 120


@dataclass(frozen=True, slots=True)
class Place:
    """A word or a moment on the time axis. `anchor`: start, middle or end."""

    x: float  # percent
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Box:
    x: float  # percent
    width: float  # percent
    label: str = ""
    label_x: float = 0.0


@dataclass(frozen=True, slots=True)
class LimitLine:
    y: float
    label_y: float
    label: str
    color: int | None


@dataclass(frozen=True, slots=True)
class PlotPanel:
    """Heights are pixels from the top of the picture."""

    title: str
    y: int
    height: int
    scale: tuple[tuple[float, str], ...]
    lines: tuple[tuple[int, str, str], ...]  # color, label, path
    limits: tuple[LimitLine, ...]
    gaps: tuple[Box, ...]

    @property
    def bottom(self) -> int:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class WhyPlot:
    title: str
    description: str
    sentence: str
    missing: str
    level: Level | None
    height: int
    span_ms: int
    counted: tuple[Box, ...]
    counted_label: Place
    panels: tuple[PlotPanel, ...]
    alert: Place
    ticks: tuple[Place, ...]
    marks: tuple[Place, ...]


def lay_out(why: Why) -> WhyPlot:
    panels: list[PlotPanel] = []
    top = _LABEL_BAND_PX
    for panel in why.panels:
        height = _FURTHER_PX if panels else _FIRST_PX
        panels.append(_panel(why, panel, top + _TITLE_PX, height))
        top += _TITLE_PX + height
    title = f"{legend.sentence_case(why.type.value)} at {legend.clock(why.raised_s)}"
    told = why.level.word if why.level else legend.plain(why.type.value)
    missing = _missing(why, told)
    alert_x = _x(why, why.raised_s)
    return WhyPlot(
        title=title,
        description=f"{why.sentence} {missing}".rstrip(),
        sentence=why.sentence,
        missing=missing,
        level=why.level,
        height=top + _AXIS_PX,
        span_ms=max(1, round(1000 * (why.end_s - why.start_s))),
        counted=tuple(_box(why, stretch.start_s, stretch.end_s) for stretch in why.counted),
        counted_label=_counted_label(why, alert_x),
        panels=tuple(panels),
        alert=_inwards(alert_x, told),
        ticks=_ticks(why),
        marks=tuple(
            _mark(_x(why, mark.t_s), mark.label)
            for mark in why.marks
            if why.start_s <= mark.t_s <= why.end_s
        ),
    )


def _panel(why: Why, panel: Panel, top: int, height: int) -> PlotPanel:
    def y(value: float) -> float:
        return round(top + (panel.high - value) / (panel.high - panel.low) * height, 1)

    return PlotPanel(
        title=panel.title,
        y=top,
        height=height,
        scale=tuple((_within(y(tick.value) + 4, top, height), tick.label) for tick in panel.scale),
        lines=tuple(
            (line.color, line.label, path(line.points, 1.0, panel.low, panel.high, why.start_s))
            for line in panel.lines
        ),
        limits=_limit_lines([(limit, y(limit.value)) for limit in panel.limits], top, top + height),
        gaps=tuple(
            _box(why, gap.start_s, gap.end_s, legend.plain(gap.reason)) for gap in panel.gaps
        ),
    )


def _within(y: float, top: int, height: int) -> float:
    return min(max(y, top + _LETTER_PX), top + height - 3)


def _limit_lines(
    limits: list[tuple[Limit, float]], top: float, bottom: float
) -> tuple[LimitLine, ...]:
    """From the highest down: a label stands above its line, or below where another has the place."""
    lines: list[LimitLine] = []
    taken = top
    for limit, y in sorted(limits, key=lambda entry: entry[1]):
        label_y = y - 3
        if label_y - _LETTER_PX < taken:
            label_y = max(y, taken) + _LETTER_PX
        taken = label_y = min(label_y, bottom - 2)
        lines.append(LimitLine(y, label_y, limit.label, limit.color))
    return tuple(lines)


def _counted_label(why: Why, alert_x: float) -> Place:
    """Beside the alert, on the side that has room for it."""
    return Place(alert_x, why.counted_label, "end" if alert_x > 50 else "start")


def _ticks(why: Why) -> tuple[Place, ...]:
    """Seconds or minutes before and after the alert."""
    before_s, after_s = why.raised_s - why.start_s, why.end_s - why.raised_s
    span_s = before_s + after_s
    step_s = next((step for step in _TICKS_S if span_s / step <= _MOST_TICKS), span_s / _MOST_TICKS)
    minutes = span_s > _MINUTES_FROM_S
    unit, unit_s = ("min", 60.0) if minutes else ("s", 1.0)
    steps = range(-int(before_s / step_s + 1e-6), int(after_s / step_s + 1e-6) + 1)
    return tuple(
        _inwards(
            _x(why, why.raised_s + step * step_s),
            f"{'−' if step < 0 else '+'}{abs(step) * step_s / unit_s:g} {unit}",
        )
        for step in steps
        if step != 0
    )


def _mark(x: float, label: str) -> Place:
    """Its word stands on the side away from the nearer edge."""
    return Place(x, legend.plain(label), "end" if x > 50 else "start")


def _missing(why: Why, told: str) -> str:
    """What was hatched, and for how long before the alert, unless that is what the sentence tells."""
    if why.type is EventType.DEGRADED:
        return ""
    seconds = [(legend.plain(reason), length_s) for reason, length_s in why.unavailable().items()]
    if not seconds:
        return ""
    before = [f"{reason} {length_s:.1f} s" for reason, length_s in seconds if length_s >= 0.05]
    if not before:
        return f"Hatched: {', '.join(reason for reason, _ in seconds)}."
    until = "until it was told" if why.level is None else f"until the {told}"
    return f"Hatched: {', '.join(before)} {until}."


def _inwards(x: float, label: str) -> Place:
    edge = 100 * _EDGE_SHARE
    return Place(x, label, "start" if x < edge else "end" if x > 100 - edge else "middle")


def _box(why: Why, start_s: float, end_s: float, label: str = "") -> Box:
    left, right = _x(why, max(start_s, why.start_s)), _x(why, min(end_s, why.end_s))
    width = round(max(0.0, right - left), 2)
    if width < 100 * _LABELLED_FROM:
        return Box(left, width)
    # Beside the line of the alert, not under it.
    alert_x = _x(why, why.raised_s)
    if left < alert_x < right:
        sides = ((left, alert_x), (alert_x, right))
        left, right = max(sides, key=lambda side: side[1] - side[0])
    return Box(_x(why, max(start_s, why.start_s)), width, label, round((left + right) / 2, 2))


def _x(why: Why, t_s: float) -> float:
    span_s = max(why.end_s - why.start_s, 1e-3)
    return round(100 * (t_s - why.start_s) / span_s, 2)
