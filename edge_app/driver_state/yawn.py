"""Yawns: mouth openness and smile in, completed yawns out. Talking, laughing and singing are not yawns."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import Yawn, YawnState


@dataclass(slots=True)
class _Opening:
    """A mouth that has risen from closed and has not yet come back."""

    onset_s: float
    end_s: float  # last moment before it has come down
    wide_s: float = 0.0
    dip_s: float = 0.0  # length of the ongoing dip below wide
    longest_dip_s: float = 0.0
    peak: float = 0.0
    level: float = 0.0  # the widest in two frames running: one frame alone may be a slip
    last: float = 0.0
    smile_sum: float = 0.0
    smile_s: float = 0.0


class YawnEstimator:
    """A yawn rises, stays wide and about as wide for `min_wide_s` without dips, falls no sooner than `min_s` after its
    rise, as a note that is sung does, and is not a laugh (smile).

    It is reported when it is over, with the time at which the mouth began to open: when the mouth has come down to
    `falls_to` of its widest. Lips that then rest a little apart, about the level at which they would be rising again,
    do not put it off; the next yawn begins with a mouth that has been closed once more.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.yawn
        self._max_gap_s = settings.max_gap_s
        self._forget_s = settings.forget_s
        self._opening: _Opening | None = None
        self._last_s: float | None = None
        self._was_closed = False  # seen closed since the last opening: a yawn must rise
        self._yawns: deque[Yawn] = deque()

    def step(self, t_s: float, mouth_openness: Signal, smile: Signal) -> YawnState:
        completed = self._follow(t_s, mouth_openness.value, smile.value)
        if completed is not None:
            self._yawns.append(completed)
        while self._yawns and self._yawns[0].end_s < t_s - self._settings.window_s:
            self._yawns.popleft()
        opening = self._opening
        in_progress = opening is not None and self._may_be_yawn(opening)
        return YawnState(in_progress, len(self._yawns), completed)

    def _follow(self, t_s: float, openness: float | None, smile: float | None) -> Yawn | None:
        settings = self._settings
        since_last_s = 0.0 if self._last_s is None else t_s - self._last_s
        if openness is None:
            if since_last_s > self._forget_s:
                self._opening = None
                self._was_closed = False
            return None
        self._last_s = t_s
        if since_last_s > self._forget_s:
            self._opening = None
            self._was_closed = False
        passed_s = since_last_s if since_last_s <= self._max_gap_s else 0.0
        opening = self._opening
        if openness < settings.rising_from:
            self._was_closed = True
        if opening is None:
            if openness >= settings.rising_from and self._was_closed:
                self._opening = _Opening(onset_s=t_s, end_s=t_s, peak=openness)
            return None
        over_at = max(settings.rising_from, settings.falls_to * opening.peak)
        closed = openness < settings.rising_from
        yawn = self._yawn_of(opening) if openness < over_at else None
        if closed or yawn is not None:
            self._opening = None
            self._was_closed = closed
            return yawn
        if openness >= over_at:
            opening.end_s = t_s
        opening.peak = max(opening.peak, openness)
        opening.level = max(opening.level, min(opening.last, openness))
        opening.last = openness
        if smile is not None:
            opening.smile_sum += smile * passed_s
            opening.smile_s += passed_s
        if openness >= max(settings.wide_from, settings.steady_share * opening.level):
            if opening.wide_s > 0.0:
                opening.longest_dip_s = max(opening.longest_dip_s, opening.dip_s)
            opening.dip_s = 0.0
            opening.wide_s += passed_s
        else:
            opening.dip_s += passed_s
        return None

    def _yawn_of(self, opening: _Opening) -> Yawn | None:
        lasted_s = opening.end_s - opening.onset_s
        if lasted_s < self._settings.min_s or not self._may_be_yawn(opening):
            return None
        return Yawn(opening.onset_s, opening.end_s, opening.peak)

    def _may_be_yawn(self, opening: _Opening) -> bool:
        settings = self._settings
        mean_smile = opening.smile_sum / opening.smile_s if opening.smile_s > 0 else 0.0
        return (
            opening.wide_s >= settings.min_wide_s
            and opening.end_s - opening.onset_s <= settings.max_s
            and opening.longest_dip_s <= settings.max_dip_s
            and mean_smile <= settings.max_smile
        )
