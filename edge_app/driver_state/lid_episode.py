"""The closure that is going on: since when, for how long, and whether it is a microsleep or sleep.

A shut eye and a lid cast down for long read alike; what tells them apart is that a closure is as deep as this driver's
eyes go, holds its depth, and is told with certainty.
"""

from __future__ import annotations

from edge_app.driver_state.condition_timer import ConditionTimer, HeldFor
from edge_app.driver_state.lid_depth import HeldDepth, OwnDepth, SureDepth
from edge_app.driver_state.lid_vote import LidVote
from edge_app.driver_state.scale_change import ScaleChange
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import ClosureKind, LidEpisode, LidLevels, LidState
from edge_app.driver_state.usual_level import UsualLevel

_SHUT = 1.0  # closure of touching lids
_LEAST_BAND = 0.05  # between the closures at which a closure begins and ends, whatever is usual
STILL_WIDE_S = 0.5
"""A mouth that was wide so long ago still yawns: it flickers."""


class LidEpisodeEstimator:
    """Names the ongoing closure. See `LidSettings` for the three ways in which a closure comes to count.

    Many shut their eyes for two seconds at the height of a yawn: with the mouth wide no closure is a microsleep before
    `yawning_microsleep_s`; what is sleep does not wait.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        lids = settings.lids
        self._settings = lids
        self._any = _Closure(settings)
        self._own = _Closure(settings)  # against the depth that this driver has shown
        self._own_depth = OwnDepth(lids.max_own_depth)
        self._held_depth = HeldDepth(
            hold_share=lids.hold_share, max_spread=lids.max_spread, window_s=lids.microsleep_s
        )
        self._sure_depth = SureDepth(max_std=lids.max_shut_openness_std, window_s=lids.microsleep_s)
        self._holds = False
        self._sure = True
        self._usual = UsualLevel(lids.usual_memory_s, settings.max_gap_s)
        self._until = lids.closed_until  # closure below which the ongoing one has ended
        self._wide_from = settings.yawn.wide_from
        self._wide_s: float | None = None  # when the mouth was last wide
        self._named = ClosureKind.NONE  # the gravest name that the ongoing closure has been given
        self._named_onset_s: float | None = None

    def step(
        self,
        t_s: float,
        closure: Signal,
        openness_std: float,
        mouth_openness: Signal,
        change: ScaleChange | None = None,
    ) -> LidEpisode:
        """openness_std: `openness_std_of_both` of the eyes; means nothing where there is no closure. change: of the
        scale of closure since the last frame; none while the lids are down.
        """
        depth = closure.value
        if change is not None:
            self._own_depth.rescale(change)
            self._usual.rescale(change)
        if mouth_openness.value is not None and mouth_openness.value >= self._wide_from:
            self._wide_s = t_s
        own: float | None = None
        if depth is None:
            any_closure, own_closure = self._any.unknown(t_s), self._own.unknown(t_s)
        else:
            lids = self._settings
            own = self._own_depth.step(depth)
            # Lids that are low all day have opened when they are halfway back to where they usually are.
            halfway = (self._usual.level + _SHUT) / 2
            self._until = max(lids.closed_until, min(halfway, lids.closed_from - _LEAST_BAND))
            any_closure = self._any.step(t_s, depth, lids.closed_from, self._until)
            if own is None:
                own_closure = self._own.step(t_s, depth, lids.closed_from, self._until)
            else:
                own_closure = self._own.step(
                    t_s, depth, lids.own_closed_from * own, lids.own_closed_until * own
                )
            if own_closure is None or own_closure.seen_s == 0.0:
                self._held_depth.begin()
            if any_closure is None or any_closure.seen_s == 0.0:
                self._sure_depth.begin()
            self._holds = own_closure is not None and self._held_depth.step(t_s, depth)
            self._sure = any_closure is None or self._sure_depth.step(t_s, openness_std)
            if any_closure is None:
                self._usual.step(t_s, depth)
        yawns = self._wide_s is not None and t_s - self._wide_s <= STILL_WIDE_S
        kind = self._kind(depth, any_closure, own_closure, yawns)
        levels = None
        if depth is not None:
            levels = LidLevels(
                own_deep_from=None if own is None else self._settings.own_closed_from * own,
                deep_s=own_closure.seen_s if own_closure else 0.0,
                cast_down_from=self._cast_down_from(kind),
            )
        return LidEpisode(
            lids=self._lid_state(depth, kind, levels),
            kind=kind,
            onset_s=any_closure.onset_s if any_closure else None,
            closed_s=any_closure.seen_s if any_closure else 0.0,
            doubted=not self._sure and kind in (ClosureKind.BLINK, ClosureKind.LONG_CLOSURE),
            levels=levels,
        )

    def _kind(
        self,
        depth: float | None,
        closure: HeldFor | None,
        own_closure: HeldFor | None,
        yawns: bool,
    ) -> ClosureKind:
        lids = self._settings
        if closure is None:
            return ClosureKind.NONE
        if closure.onset_s != self._named_onset_s:
            self._named, self._named_onset_s = ClosureKind.NONE, closure.onset_s
        if depth is not None and depth >= self._until:
            # Nothing comes due in a frame that shows the eyes open.
            if closure.reaches(lids.sleep_s):
                self._named = ClosureKind.SLEEP
            elif own_closure is not None and own_closure.reaches(self._microsleep_s(yawns)):
                self._named = ClosureKind.MICROSLEEP
        if self._named is not ClosureKind.NONE:
            return self._named
        long = closure.reaches(lids.long_closure_s)
        return ClosureKind.LONG_CLOSURE if long else ClosureKind.BLINK

    def _microsleep_s(self, yawns: bool) -> float:
        lids = self._settings
        if yawns:
            return max(lids.yawning_microsleep_s, lids.drifting_microsleep_s)
        return lids.microsleep_s if self._holds and self._sure else lids.drifting_microsleep_s

    def _cast_down_from(self, kind: ClosureKind) -> float:
        lids = self._settings
        low_from = max(lids.cast_down_from, self._usual.level + lids.cast_down_above_usual)
        # Eyes that are narrow when open close too.
        return low_from if kind is ClosureKind.NONE else min(low_from, self._until)

    def _lid_state(
        self, depth: float | None, kind: ClosureKind, levels: LidLevels | None
    ) -> LidState:
        if depth is None or levels is None:
            return LidState.UNKNOWN
        if depth < levels.cast_down_from:
            return LidState.OPEN  # though the closure may go on, if this is but a flicker
        if kind in (ClosureKind.BLINK, ClosureKind.MICROSLEEP, ClosureKind.SLEEP) or self._holds:
            return LidState.CLOSED
        return LidState.CAST_DOWN


class _Closure:
    """The vote on one scale, and how long its answer has held."""

    def __init__(self, settings: DriverStateSettings) -> None:
        lids = settings.lids
        self._vote = LidVote(vote_s=lids.vote_s, vote_share=lids.vote_share)
        self._timer = ConditionTimer(
            flicker_s=0.0, max_gap_s=settings.max_gap_s, forget_s=settings.forget_s
        )

    def step(self, t_s: float, depth: float, enter: float, keep: float) -> HeldFor | None:
        return self._timer.step(t_s, self._vote.step(t_s, depth, enter=enter, keep=keep))

    def unknown(self, t_s: float) -> HeldFor | None:
        return self._timer.step(t_s, None)
