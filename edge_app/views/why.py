"""Why an alert came, as data: the signals of the seconds before it, the limits they met, and a sentence.

`alert_reasons` finds it; `why_plot` lays it out as a picture. Nothing here knows how it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.alerts.event import EventType, Level
from edge_app.views.timeline import Gap, Points


@dataclass(frozen=True, slots=True)
class Line:
    """One signal, in its panel's unit."""

    label: str
    color: int  # its place in the palette, 1..3
    points: Points


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold in use, across the panel. `color`: that of the line it is for, where there are several."""

    value: float
    label: str
    color: int | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """What a place on the scale means: `0 open`, `1 closed`."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Signals on one scale, their limits, and the stretches without a value."""

    title: str
    low: float
    high: float
    scale: tuple[Tick, ...]
    lines: tuple[Line, ...]
    limits: tuple[Limit, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time that counted towards the limit."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one moment and has its share in the alert."""

    t_s: float
    label: str


@dataclass(frozen=True, slots=True)
class Why:
    """The seconds before one alert, and what in them raised it.

    counted: from the onset to the moment at which the limit was reached; `counted_label` says how long it was, and
    the limit.
    """

    type: EventType
    level: Level | None
    raised_s: float
    start_s: float
    end_s: float
    counted: tuple[Stretch, ...]
    counted_label: str
    panels: tuple[Panel, ...]
    sentence: str
    marks: tuple[Mark, ...] = ()

    def unavailable(self) -> dict[str, float]:
        """Seconds without a value in the first panel, until the alert, by their reason; longest first."""
        found: dict[str, float] = {}
        for gap in self.panels[0].gaps:
            until_s = min(gap.end_s, self.raised_s)
            found[gap.reason] = found.get(gap.reason, 0.0) + max(0.0, until_s - gap.start_s)
        return dict(sorted(found.items(), key=lambda entry: -entry[1]))
