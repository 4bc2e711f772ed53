"""The seconds around an alert, cut out of the timeline: columns in, panels with their limits and gaps out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge_app.alerts.event import Event
from edge_app.views.timeline import Gap, Points, Timeline
from edge_app.views.why import Limit, Line, Panel, Tick

_AFTER_S = 2.0
_ONSET_LEAD_S = 2.0
_AFTER_SHARE = 0.04  # of a window of minutes, so that what follows can be seen at all
_MOST_SLICES = 200
_LEAST_RANGE = 1e-3
_AIR = 0.13  # of the scale


class Window:
    """From `before_s` before the alert, or a little before its onset if that is earlier, until 2 s after it."""

    def __init__(self, timeline: Timeline, event: Event, *, before_s: float) -> None:
        earliest_s = min(event.t_s - before_s, event.onset_s - _ONSET_LEAD_S)
        self.start_s = max(earliest_s, timeline.start_s)
        after_s = max(_AFTER_S, _AFTER_SHARE * (event.t_s - self.start_s))
        self.end_s = max(event.t_s, min(event.t_s + after_s, timeline.end_s))
        self.part = timeline.between(self.start_s, self.end_s)

    def line(
        self, column: str, label: str, color: int, *, factor: float = 1.0, minus: str | None = None
    ) -> Line:
        """`minus`: a column from which the line is counted."""
        points = self.part.points(column, _MOST_SLICES, minus=minus)
        return Line(label, color, Points(points.t_s, points.value * factor))

    def gaps(self, *columns: str) -> tuple[Gap, ...]:
        found = {gap for column in columns for gap in self.part.gaps(column)}
        clipped = [
            replace(gap, start_s=max(gap.start_s, self.start_s), end_s=min(gap.end_s, self.end_s))
            for gap in found
        ]
        return tuple(
            sorted((gap for gap in clipped if gap.duration_s > 0), key=lambda gap: gap.start_s)
        )

    def missing(self, column: str, start_s: float, end_s: float) -> dict[str, float]:
        """Seconds of that time lost to each reason, longest first."""
        found: dict[str, float] = {}
        for gap in self.gaps(column):
            length_s = min(gap.end_s, end_s) - max(gap.start_s, start_s)
            if length_s > 0.0:
                found[gap.reason] = found.get(gap.reason, 0.0) + length_s
        return dict(sorted(found.items(), key=lambda entry: -entry[1]))

    def panel(
        self,
        title: str,
        lines: Sequence[Line],
        limits: Sequence[Limit],
        gaps: tuple[Gap, ...],
        scale: Sequence[tuple[float, str]],
    ) -> Panel:
        """As high as the scale's ticks, the limits and the data reach, with some air around."""
        ticks = tuple(Tick(value, label) for value, label in scale)
        values = np.concatenate(
            [
                *(line.points.value for line in lines),
                [limit.value for limit in limits],
                [tick.value for tick in ticks],
            ]
        )
        values = values[np.isfinite(values)]
        low = float(values.min())
        high = max(float(values.max()), low + _LEAST_RANGE)
        return Panel(
            title,
            low if low == 0.0 else low - _AIR * (high - low),
            high + _AIR * (high - low),
            ticks,
            tuple(lines),
            tuple(limits),
            gaps,
        )
