"""What is looked up to explain an alert: earlier events, values at its moment, sums and stretches of rows.

A timeline, the events and the settings in use come in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.alerts.event import Event, EventType
from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.held_window import HeldWindow
from edge_app.driver_state.lid_episode import STILL_WIDE_S
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.state import LidState, OffRoad
from edge_app.driver_state.usual_level import UsualLevel
from edge_app.views.timeline import Points, Timeline
from edge_app.views.why import Stretch

COLUMNS = (
    *("own_deep_from", "deep_s", "cast_down_from", "eye_aspect_ratio"),
    *("off_road", "mouth_openness"),
)
WORDS = ("lids", "off_road_why")


@dataclass(frozen=True, slots=True)
class OffRoadSum:
    """The sum of glances within a rolling window, and the glances themselves."""

    points: Points
    glances: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class WideMouth:
    """When the mouth was wide during a yawn, and the openness below which it was not."""

    stretches: tuple[Stretch, ...]
    wide_from: float


class AlertEvidence:
    """One recording with the settings it was made with."""

    def __init__(
        self,
        timeline: Timeline,
        events: Sequence[Event],
        *,
        driver_state: DriverStateSettings,
        alerts: AlertSettings,
    ) -> None:
        self.timeline = timeline
        self.driver_state = driver_state
        self.alerts = alerts
        self._events = sorted(events, key=lambda event: event.t_s)

    def low_outline_below(self, t_s: float) -> float | None:
        """Eye aspect ratio, as `UnseenLidsEstimator` has it; None before open eyes were seen."""
        lids, part = self.driver_state.lids, self.timeline.between(-math.inf, t_s + 1e-4)
        usual = UsualLevel(lids.usual_memory_s, self.driver_state.max_gap_s)
        seen = zip(
            part.times_s().tolist(),
            part.values("eye_aspect_ratio").tolist(),
            part.words("lids"),
            strict=True,
        )
        for seen_s, ratio, word in seen:
            if word == LidState.OPEN.value and not math.isnan(ratio):
                usual.step(seen_s, ratio)
        return lids.unseen_low_share * usual.level if usual.seen_s > 0.0 else None

    def latest_known(self, column: str, t_s: float) -> float | None:
        """The last value not later than `t_s` that is not missing."""
        values = self.timeline.between(-math.inf, t_s + 1e-4).values(column)
        known = values[~np.isnan(values)]
        return float(known[-1]) if len(known) else None

    def latest(self, column: str, t_s: float) -> float:
        """The last value not later than `t_s`; NaN where there is none."""
        part = self.timeline.between(t_s, t_s + 1e-4)
        values = part.values(column)
        return float(values[-1]) if len(values) else math.nan

    def earlier(self, event: Event, within_s: float, *types: EventType) -> list[Event]:
        """Events of these types that came before `event` or with it, in order of time."""
        since_s = event.t_s - within_s
        return [
            other
            for other in self._events
            if since_s <= other.t_s <= event.t_s and other.type in types
        ]

    def off_road_sum(self, from_s: float, until_s: float, window_s: float) -> OffRoadSum:
        """As `GlanceShareRule` sums it up, at a speed that counts."""
        part = self.timeline.between(from_s - window_s, until_s)
        max_gap_s = self.driver_state.max_gap_s
        held = HeldWindow(window_s=window_s, max_gap_s=max_gap_s)
        times_s, sums = part.times_s(), []
        runs: list[Stretch] = []
        last_s, was_off = -math.inf, False
        off_road, why = part.values("off_road").tolist(), part.words("off_road_why")
        for t_s, off, word in zip(times_s.tolist(), off_road, why, strict=True):
            known = not math.isnan(off) and word != OffRoad.EYES_CLOSED.value
            held.step(t_s, off > 0 if known else None)
            sums.append(held.held_s())
            if was_off and t_s - last_s <= max_gap_s:
                _extend(runs, last_s, t_s)
            last_s, was_off = t_s, known and off > 0
        seen = times_s >= from_s
        return OffRoadSum(
            Points(times_s[seen], np.array(sums)[seen]),
            tuple(
                Stretch(max(run.start_s, from_s), run.end_s) for run in runs if run.end_s > from_s
            ),
        )

    def mouth_is_wide(self, t_s: float) -> bool:
        """As `LidEpisodeEstimator` sees it."""
        part = self.timeline.between(t_s - STILL_WIDE_S, t_s + 1e-3)
        openness = part.values("mouth_openness")
        return bool((openness >= self.driver_state.yawn.wide_from).any())

    def wide_mouth(self, onset_s: float, end_s: float) -> WideMouth:
        """As `YawnEstimator` judges an opening that began at `onset_s`."""
        settings = self.driver_state.yawn
        part = self.timeline.between(onset_s, end_s + 1e-3)
        runs: list[Stretch] = []
        level, last, last_s = 0.0, 0.0, onset_s
        for t_s, openness in zip(
            part.times_s().tolist(), part.values("mouth_openness").tolist(), strict=True
        ):
            if math.isnan(openness) or t_s <= onset_s + 1e-3:
                continue
            level, last = max(level, min(last, openness)), openness
            wide = openness >= max(settings.wide_from, settings.steady_share * level)
            if wide and t_s - last_s <= self.driver_state.max_gap_s:
                _extend(runs, last_s, t_s)
            last_s = t_s
        return WideMouth(tuple(runs), max(settings.wide_from, settings.steady_share * level))


def _extend(runs: list[Stretch], start_s: float, end_s: float) -> None:
    if runs and runs[-1].end_s == start_s:
        runs[-1] = Stretch(runs[-1].start_s, end_s)
    else:
        runs.append(Stretch(start_s, end_s))
