"""How long something has been seen to hold: the one timer behind closures and glances.

Time counts from frame to frame; a gap counts for nothing, so dropped frames never stretch a timer.
"""

from __future__ import annotations

from dataclasses import dataclass

_TIME_TOLERANCE_S = 1e-6
# An interruption is forgiven only after so many times its allowed length without one.
_REST_PER_FLICKER = 4.0


@dataclass(frozen=True, slots=True)
class HeldFor:
    """A condition that is going on."""

    onset_s: float  # frame time at which it began
    seen_s: float  # seconds for which it was seen to hold

    def reaches(self, duration_s: float) -> bool:
        return self.seen_s >= duration_s - _TIME_TOLERANCE_S


class ConditionTimer:
    """Seconds for which a condition has held.

    `flicker_s`: interruptions shorter than this do not end it and count as held. `max_gap_s`: between frames
    farther apart nothing is known; a frame that cannot be read is as good as none. `forget_s`: after so long
    without knowing, it is over.
    """

    def __init__(self, *, flicker_s: float, max_gap_s: float, forget_s: float) -> None:
        self._flicker_s = flicker_s
        self._max_gap_s = max_gap_s
        self._forget_s = forget_s
        self._held: HeldFor | None = None
        self._last_s: float | None = None  # last frame in which the condition could be told
        self._last_held = False
        self._interrupted_s = 0.0  # length of the ongoing interruption
        self._ending_s = 0.0  # from the last frame that held to the first that did not
        self._rested_s = 0.0  # held since the last interruption

    def step(
        self, t_s: float, condition: bool | None, *, began_s: float | None = None
    ) -> HeldFor | None:
        """Returns what is going on at `t_s`; None when the condition does not hold. None in: cannot be told.

        began_s: since when a condition that begins here has held, where that is known only now.
        """
        if condition is None:
            if self._last_s is not None:
                allowed_s = self._forget_s if self._last_held else self._flicker_s
                if t_s - self._last_s > allowed_s + _TIME_TOLERANCE_S:
                    self._held = None
            return self._held
        since_last_s = t_s - self._last_s if self._last_s is not None else 0.0
        if since_last_s > self._forget_s + _TIME_TOLERANCE_S:
            self._held = None
        if self._held is not None and not self._last_held:
            self._interrupted_s += since_last_s
        elif self._held is not None:
            known = since_last_s <= self._max_gap_s + _TIME_TOLERANCE_S
            counted_s = since_last_s if known else 0.0
            self._rested_s += counted_s
            if condition:
                self._held = HeldFor(self._held.onset_s, self._held.seen_s + counted_s)
            elif since_last_s >= self._flicker_s - _TIME_TOLERANCE_S:
                # How long it has not held is anybody's guess: no flicker to forgive.
                self._held = None
            else:
                # Counted only if it holds again at once: else nothing may come due in a frame that shows its end.
                self._ending_s = counted_s
        if self._held is not None and self._last_held and not condition and self._tired():
            self._held = None
        if self._interrupted_s > self._flicker_s + _TIME_TOLERANCE_S:
            self._held = None
        if condition and self._held is None:
            onset_s = t_s if began_s is None else began_s
            self._held = HeldFor(onset_s, t_s - onset_s)
            self._rested_s = _REST_PER_FLICKER * self._flicker_s
        elif condition and self._held is not None and self._interrupted_s > 0.0:
            forgiven_s = self._ending_s + self._interrupted_s
            self._held = HeldFor(self._held.onset_s, self._held.seen_s + forgiven_s)
            self._rested_s = 0.0
        if condition or self._held is None:
            self._interrupted_s = 0.0
        self._last_s = t_s
        self._last_held = condition
        return self._held

    def _tired(self) -> bool:
        """Fluttering lids are interrupted again and again; that is not one long closure."""
        return self._rested_s < _REST_PER_FLICKER * self._flicker_s - _TIME_TOLERANCE_S
