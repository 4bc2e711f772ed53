"""What was deep, low or cast down for this driver at a moment: levels that are learned, replayed from the rows.

A timeline with closure, eye aspect ratio and the names of the closures comes in. The rows' three decimals are what
the levels are exact to; a learned level starts with the first row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_app.driver_state.condition_timer import ConditionTimer, HeldFor
from edge_app.driver_state.lid_depth import OwnDepth
from edge_app.driver_state.lid_vote import LidVote
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.state import ClosureKind, LidState
from edge_app.driver_state.usual_level import UsualLevel
from edge_app.views.timeline import Timeline

COLUMNS = ("closure", "eye_aspect_ratio")
WORDS = ("closure_kind", "lids")


@dataclass(frozen=True, slots=True)
class LidLevels:
    """The levels in use at one moment."""

    deep_from: float  # closure
    deep_by_own: bool  # against the depth that this driver has shown, not the settings' alone
    deep_s: float  # seconds for which the ongoing closure has been deep
    cast_down_from: float  # closure
    low_below: float | None  # eye aspect ratio; None before open eyes were seen


class LidReplay:
    """Steps through the rows as the driver state did; moments are asked for in order of time."""

    def __init__(self, timeline: Timeline, settings: DriverStateSettings) -> None:
        self._settings = lids = settings.lids
        self._times_s = timeline.times_s().tolist()
        self._closures = timeline.values("closure").tolist()
        self._ratios = timeline.values("eye_aspect_ratio").tolist()
        self._kinds, self._lids = timeline.words("closure_kind"), timeline.words("lids")
        self._own_depth = OwnDepth(lids.max_own_depth)
        self._own: float | None = None
        self._vote = LidVote(vote_s=lids.vote_s, vote_share=lids.vote_share)
        self._timer = ConditionTimer(
            flicker_s=0.0, max_gap_s=settings.max_gap_s, forget_s=settings.forget_s
        )
        self._deep: HeldFor | None = None
        self._usual = UsualLevel(lids.usual_memory_s, settings.max_gap_s)
        self._usual_ratio = UsualLevel(lids.usual_memory_s, settings.max_gap_s)
        self._next = 0

    def at(self, t_s: float) -> LidLevels:
        """Levels at the last row not later than `t_s`."""
        while self._next < len(self._times_s) and self._times_s[self._next] <= t_s + 1e-4:
            self._step(self._next)
            self._next += 1
        lids = self._settings
        cast_down_from = max(lids.cast_down_from, self._usual.level + lids.cast_down_above_usual)
        if self._next and self._kinds[self._next - 1] != ClosureKind.NONE.value:
            cast_down_from = min(cast_down_from, lids.closed_until)
        seen = self._usual_ratio.seen_s > 0.0
        return LidLevels(
            deep_from=self._deep_levels()[0],
            deep_by_own=self._own is not None,
            deep_s=self._deep.seen_s if self._deep else 0.0,
            cast_down_from=cast_down_from,
            low_below=lids.unseen_low_share * self._usual_ratio.level if seen else None,
        )

    def _step(self, at: int) -> None:
        t_s, closure, ratio = self._times_s[at], self._closures[at], self._ratios[at]
        if math.isnan(closure):
            self._deep = self._timer.step(t_s, None)
            return
        self._own = self._own_depth.step(closure)
        enter, keep = self._deep_levels()
        self._deep = self._timer.step(t_s, self._vote.step(t_s, closure, enter=enter, keep=keep))
        if self._kinds[at] == ClosureKind.NONE.value:
            self._usual.step(t_s, closure)
        if self._lids[at] == LidState.OPEN.value and not math.isnan(ratio):
            self._usual_ratio.step(t_s, ratio)

    def _deep_levels(self) -> tuple[float, float]:
        lids = self._settings
        if self._own is None:
            return lids.closed_from, lids.closed_until
        return lids.own_closed_from * self._own, lids.own_closed_until * self._own
