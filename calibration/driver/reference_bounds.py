"""What the references of an eye may be: whatever is learned or read from a file is brought within this.

So that an eye that is shut always reads closed, and an open one never does.
"""

from __future__ import annotations

import math

from calibration.driver.open_eye import MOST_PER_GAZE_DOWN, MOST_PER_HEAD_PITCH
from calibration.driver.references import SHUT_EYE, EyeReference

OPEN_RANGE = (0.45, 1.0)
CLOSED_RANGE = (0.05, 0.42)
LEAST_OPENING = 0.25
ALWAYS_SHUT = SHUT_EYE + 0.06
"""An eye that reads this or less counts as closed, whatever has been learned: touching lids, and what noise adds."""

MOST_LOWERED_SHARE = 0.4
"""Of the opening: by no more do head and gaze lower what counts as open."""


def bounded_eye(eye: EyeReference, closed_from: float) -> EyeReference:
    """The nearest references that are possible. closed_from: closure from which lids count as closed."""
    # The least opening must have room above `ALWAYS_SHUT`.
    narrowest = ALWAYS_SHUT + closed_from * LEAST_OPENING
    opened = _within(eye.open, max(OPEN_RANGE[0], narrowest), OPEN_RANGE[1])
    # Openness at `closed_from` must not be below `ALWAYS_SHUT`.
    least = opened - (opened - ALWAYS_SHUT) / closed_from
    most = min(CLOSED_RANGE[1], opened - LEAST_OPENING)
    closed = _within(eye.closed, max(CLOSED_RANGE[0], min(least, most)), most)
    return EyeReference(
        open=opened,
        closed=closed,
        open_per_head_pitch=_within(
            eye.open_per_head_pitch, -MOST_PER_HEAD_PITCH, MOST_PER_HEAD_PITCH
        ),
        open_per_gaze_down=_within(eye.open_per_gaze_down, 0.0, MOST_PER_GAZE_DOWN),
    )


def _within(value: float, least: float, most: float) -> float:
    return max(least, min(most, value)) if math.isfinite(value) else least
