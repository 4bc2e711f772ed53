"""What the lids tell of impairment: how far the eyes are open, how slow blinks are, how many closures are long.

In: openness, the ongoing closure and blinks of every frame. Out: readings, once asked for.
"""

from __future__ import annotations

from collections import deque

from calibration.driver.references import OPEN_EYE, SHUT_EYE, DriverReferences, EyeReference
from edge_app.driver_state.fading_histogram import FadingHistogram
from edge_app.driver_state.impairment_cue import NOT_YET, Cue, CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import Blink, ClosureKind, LidEpisode

_MOST_BLINKS, _LEAST_BLINKS = 120, 15
_SURE_STD = 0.09  # told deviation of openness up to which a reading counts in full
_TYPICAL_EYE = EyeReference()
_LONG = (ClosureKind.LONG_CLOSURE, ClosureKind.MICROSLEEP, ClosureKind.SLEEP)


class LidCues:
    """Opening is a median, which blinks do not move, of eyes that are not cast down."""

    def __init__(self, settings: ImpairmentSettings) -> None:
        self._settings = settings
        self._opening = FadingHistogram(0.0, 1.6, 64, settings.memory_s)
        self._own_opening = FadingHistogram(0.0, 1.6, 64, settings.memory_s)
        self._seen_s = 0.0
        self._well_seen_s = 0.0
        self._timed_s = 0.0  # at a frame rate at which blinks can be timed
        self._blinks: deque[float] = deque(maxlen=_MOST_BLINKS)
        self._long: deque[float] = deque()  # onsets of long closures within the memory
        self._reason = Unavailable.NOT_CALIBRATED

    def step(
        self,
        t_s: float,
        passed_s: float,
        eyes: tuple[Signal, Signal],
        lids: LidEpisode,
        blink: Blink | None,
        *,
        can_time_blinks: bool,
        own: DriverReferences | None,
    ) -> None:
        """passed_s: since the last frame. own: what was learned of this driver, if anything was."""
        settings = self._settings
        if blink is not None:
            self._blinks.append(blink.duration_s)
        while self._long and self._long[0] < t_s - settings.memory_s:
            self._long.popleft()
        seen = [eye for eye in eyes if eye.value is not None]
        if not seen:
            self._reason = eyes[0].unavailable or Unavailable.UNCERTAIN
            return
        self._seen_s += passed_s
        std = max(eye.std or 0.0 for eye in seen)
        self._well_seen_s += passed_s * min(1.0, _SURE_STD / max(std, 1e-3))
        if can_time_blinks:
            self._timed_s += passed_s
        is_new = not self._long or self._long[-1] != lids.onset_s
        if lids.kind in _LONG and lids.onset_s is not None and is_new:
            self._long.append(lids.onset_s)
        self._opening.step(_opening(eyes, _TYPICAL_EYE, _TYPICAL_EYE), passed_s)
        if own is not None:
            self._own_opening.step(_opening(eyes, own.left, own.right), passed_s)

    def readings(self) -> dict[Cue, CueReading]:
        settings = self._settings
        coverage = self._well_seen_s / settings.min_observed_s
        opening, own = self._opening.quantile(0.5), self._own_opening.quantile(0.5)
        missing = CueReading.missing(self._reason)
        told = {
            Cue.LESS_OPEN_EYES: missing if opening is None else CueReading.of(opening, coverage),
            Cue.OPENING_LOST: NOT_YET if own is None else CueReading.of(1.0 - own, coverage),
            Cue.SLOW_BLINKS: missing,
            Cue.LONG_CLOSURES: missing,
        }
        if self._timed_s > 0.0 and len(self._blinks) >= _LEAST_BLINKS:
            middle = sorted(self._blinks)[len(self._blinks) // 2]
            share = self._timed_s / self._seen_s
            told[Cue.SLOW_BLINKS] = CueReading.of(middle, coverage * share)
        elif self._timed_s == 0.0 and self._seen_s > 0.0:
            told[Cue.SLOW_BLINKS] = CueReading.missing(Unavailable.LOW_FRAME_RATE)
        if self._seen_s > 0.0:
            minutes = min(self._seen_s, settings.memory_s) / 60.0
            rate = len(self._long) / max(1.0, minutes)
            told[Cue.LONG_CLOSURES] = CueReading.of(rate**0.5, coverage)
        return told


def _opening(eyes: tuple[Signal, Signal], left: EyeReference, right: EyeReference) -> float:
    """1: as open as the reference; mean of the eyes that are seen."""
    openings = [
        (eye.value - reference.closed) / (reference.open - reference.closed)
        for eye, reference in zip(eyes, (left, right), strict=True)
        if eye.value is not None
    ]
    return sum(openings) / len(openings)


def is_known(references: DriverReferences) -> bool:
    """Whether anything was learned of the open eye."""
    return any(
        eye.open != OPEN_EYE or eye.closed != SHUT_EYE
        for eye in (references.left, references.right)
    )
