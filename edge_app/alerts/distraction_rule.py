"""One long glance off the road, or too many in half a minute -> warning."""

from __future__ import annotations

from edge_app.alerts.demand import Demand
from edge_app.alerts.event import EventType, Level
from edge_app.alerts.motion import Motion
from edge_app.alerts.settings import DistractionSettings
from edge_app.driver_state.held_window import HeldWindow
from edge_app.driver_state.state import DriverState, OffRoad

_TIME_TOLERANCE_S = 1e-6
_WINDOW_S = 30.0
_MAX_GAP_S = 0.5


class _CountedGlance:
    """Seconds of the ongoing glance that count: time below the holding speed is left out."""

    def __init__(self) -> None:
        self._onset_s: float | None = None
        self._seen_s = 0.0
        self._is_cleared = False
        self.counted_s = 0.0

    def step(self, state: DriverState, counts: bool) -> None:
        glance = state.glance
        was_cleared, self._is_cleared = self._is_cleared, False
        if glance.onset_s is None:
            if glance.off_road is not None:
                self._begin(None)
            return
        if glance.onset_s != self._onset_s:
            self._begin(glance.onset_s)
            if was_cleared:
                self._seen_s = glance.off_road_s
        if counts:
            self.counted_s += glance.off_road_s - self._seen_s
        self._seen_s = glance.off_road_s

    def clear(self) -> None:
        """A glance that goes on starts again from nothing: what is over at the next step does not count."""
        self._begin(None)
        self._is_cleared = True

    def _begin(self, onset_s: float | None) -> None:
        self._onset_s = onset_s
        self._seen_s = 0.0
        self.counted_s = 0.0


class _BackOnTheRoad:
    """How long the driver has been looking at the road."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def reaches(self, state: DriverState, duration_s: float) -> bool:
        if state.glance.off_road is not False:
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = state.t_s
        return state.t_s - self._since_s >= duration_s - _TIME_TOLERANCE_S


class GlanceRule:
    """A single glance: `glance_fast_s` from `fast_kmh` on, `glance_slow_s` from `slow_kmh` on."""

    def __init__(self, settings: DistractionSettings, *, standing_clears_s: float) -> None:
        self._settings = settings
        self._standing_clears_s = standing_clears_s
        self._glance = _CountedGlance()
        self._demand: Demand | None = None
        self._back = _BackOnTheRoad()

    def step(self, state: DriverState, motion: Motion) -> Demand | None:
        settings = self._settings
        if motion.standing_s > self._standing_clears_s:
            self.reset()
            return None
        self._glance.step(state, motion.watches_ahead_from(settings.hold_below_kmh))
        if self._back.reaches(state, settings.back_s):
            self._demand = None
        limit_s = self._limit_s(motion)
        if (
            limit_s is not None
            and self._demand is None
            and self._glance.counted_s >= limit_s - _TIME_TOLERANCE_S
        ):
            why = state.glance.why
            onset_s = state.glance.onset_s
            self._demand = Demand(
                EventType.OFF_ROAD_GLANCE,
                Level.WARNING,
                state.t_s if onset_s is None else onset_s,
                why.value if why else "off_road",
                {"off_road_s": round(self._glance.counted_s, 3), "limit_s": limit_s},
            )
        return self._demand

    def reset(self) -> None:
        self._glance.clear()
        self._demand = None
        self._back = _BackOnTheRoad()

    def _limit_s(self, motion: Motion) -> float | None:
        if motion.watches_ahead_from(self._settings.fast_kmh):
            return self._settings.glance_fast_s
        if motion.watches_ahead_from(self._settings.slow_kmh):
            return self._settings.glance_slow_s
        return None


class GlanceShareRule:
    """Visual attention time sharing: `share_s` off the road within 30 s.

    The warning ends when the driver looks at the road; it can come again once the sum has fallen to `share_clear_s`.
    """

    def __init__(self, settings: DistractionSettings, *, standing_clears_s: float) -> None:
        self._settings = settings
        self._standing_clears_s = standing_clears_s
        self._window = _share_window()
        self._demand: Demand | None = None
        self._armed = True
        self._back = _BackOnTheRoad()

    def step(self, state: DriverState, motion: Motion) -> Demand | None:
        settings = self._settings
        if motion.standing_s > self._standing_clears_s:
            self.reset()
            return None
        counts = motion.watches_ahead_from(settings.hold_below_kmh)
        # Closed eyes have a ladder of their own; summed up here, the warning would outlast the driver's waking.
        eyes_closed = state.glance.why is OffRoad.EYES_CLOSED
        off_road = None if eyes_closed or not counts else state.glance.off_road
        self._window.step(state.t_s, off_road, since_s=state.glance.onset_s)
        sum_s = self._window.held_s()
        if self._back.reaches(state, settings.back_s):
            self._demand = None
        if sum_s <= settings.share_clear_s:
            self._armed = True
        enough = sum_s >= settings.share_s - _TIME_TOLERANCE_S
        if self._armed and enough and motion.watches_ahead_from(settings.slow_kmh):
            self._armed = False
            self._demand = Demand(
                EventType.OFF_ROAD_SHARE,
                Level.WARNING,
                state.t_s,
                "off_road_share",
                {"off_road_s": round(sum_s, 3), "window_s": _WINDOW_S},
            )
        return self._demand

    def reset(self) -> None:
        self._window = _share_window()
        self._demand = None
        self._armed = True
        self._back = _BackOnTheRoad()


def _share_window() -> HeldWindow:
    return HeldWindow(window_s=_WINDOW_S, max_gap_s=_MAX_GAP_S)
