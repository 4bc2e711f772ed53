"""Eyes that cannot be judged, behind glare for one, while the outline of the lids says that they are low."""

from __future__ import annotations

from edge_app.driver_state.condition_timer import ConditionTimer
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import LidState
from edge_app.driver_state.usual_level import UsualLevel

# An eye that seems to be seen for so long between two frames of glare changes nothing.
_FLICKER_S = 0.2
_MOST_DOUBTFUL = 0.5  # of that time: eyes that are mostly read are not unseen
_LEAST_SEEN_S = 0.3  # of open eyes, or nobody knows what is usual


class UnseenLidsEstimator:
    """Compares the eye aspect ratio with this driver's own of open eyes.

    The outline is guessed where it cannot be seen, so it says neither how far the lids are down nor whether they are
    shut or cast down; but eyes that were seen a moment ago, and are neither seen nor wide now, are not on the road.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.lids
        self._max_gap_s = settings.max_gap_s
        self._usual = UsualLevel(settings.lids.usual_memory_s, settings.max_gap_s)
        self._timer = ConditionTimer(
            flicker_s=_FLICKER_S, max_gap_s=settings.max_gap_s, forget_s=settings.forget_s
        )
        self._held = False
        self._last_s: float | None = None
        self._doubtful_s = 0.0  # of the time that the timer has held

    def step(
        self,
        t_s: float,
        eye_aspect_ratio: Signal,
        closure: Signal,
        openness_std: float,
        lids: LidState,
    ) -> float:
        """For how long, short interruptions aside, the lids have been low while no eye could be judged, seconds.

        Eyes that read low, of which perception is as unsure as of a closure in doubt, do not end it, as long as
        the eyes are mostly not read at all. Lids become low only for whom open eyes were seen within the memory of the
        usual; behind sunglasses they do not.
        """
        ratio = eye_aspect_ratio.value
        doubtful = (
            closure.value is not None
            and closure.value >= self._settings.cast_down_from
            and openness_std > self._settings.max_shut_openness_std
        )
        if closure.value is not None and not doubtful:
            if ratio is not None and lids is LidState.OPEN:
                self._usual.step(t_s, ratio)
            low: bool | None = False
        elif ratio is None or doubtful:
            low = None
        else:
            low = (
                (self._usual.seen_within(t_s) or self._held)
                and self._usual.seen_s >= _LEAST_SEEN_S
                and ratio < self._settings.unseen_low_share * self._usual.level
            )
        since_last_s = 0.0 if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        held = self._timer.step(t_s, low)
        self._held = held is not None
        if held is None:
            self._doubtful_s = 0.0
            return 0.0
        if doubtful and since_last_s <= self._max_gap_s:
            self._doubtful_s += since_last_s
        return held.seen_s if self._doubtful_s <= _MOST_DOUBTFUL * held.seen_s else 0.0
