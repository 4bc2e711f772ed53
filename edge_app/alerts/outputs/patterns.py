"""The rhythm of each level, the same for ear and eye: beeps in groups, louder levels denser and higher.

Pitches lie between 600 and 1500 Hz, where hearing loss by age and road noise take least (compare ISO 7731).
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.alerts.event import Level


@dataclass(frozen=True, slots=True)
class Pattern:
    """A group of beeps, once or again and again while the alert is held."""

    tones_hz: tuple[float, ...]  # one beep each
    beep_s: float
    gap_s: float  # after each beep
    repeat_s: float | None  # from the start of one group to the next; None: once

    @property
    def duration_s(self) -> float:
        return len(self.tones_hz) * (self.beep_s + self.gap_s)

    def is_on(self, held_s: float) -> bool:
        """Whether a beep sounds `held_s` seconds after the pattern began."""
        within_s = held_s if self.repeat_s is None else held_s % self.repeat_s
        if within_s >= self.duration_s:
            return False
        return within_s % (self.beep_s + self.gap_s) < self.beep_s


PATTERNS = {
    Level.NOTICE: Pattern((660.0,), 0.15, 0.0, None),
    Level.ADVICE: Pattern((784.0, 988.0), 0.25, 0.10, None),
    Level.WARNING: Pattern((988.0, 988.0, 988.0), 0.15, 0.10, 2.0),
    Level.ALARM: Pattern((1175.0, 1397.0) * 4, 0.14, 0.06, 1.6),
    Level.UNRESPONSIVE: Pattern((1397.0, 932.0) * 2, 0.50, 0.0, 2.0),
}
