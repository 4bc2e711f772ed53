"""How far one machine's answers lie from another's, answer by answer, against what is tolerated.

A network's float32 outputs differ in their last digits, since sums are taken in another order; what is quantized can
differ by a step. Little is added to that where the student is told where to look. Where it follows a face it differs
more: one grey level in the detector's small picture moves its first look. What is decided must be the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Of single runs, as a share of the output's largest magnitude, or of 1 where that is smaller.
FLOAT32_SHARE, INT8_SHARE = 1e-5, 1e-2
# In the unit of the name; shares and openness run 0..1.
TOLERATED = {
    "picture/small": 0.1,  # standard deviations of the picture; a grey level is about 0.02
    "picture/face": 1.0,  # grey levels
    "picture/eye": 1.0,
    "one_place/landmarks_px": 0.05,
    "student/box_px": 0.25,
    "student/landmarks_px": 1.0,
    "student/head_pose_rad": 0.01,
    "student/gaze_rad": 0.01,
}
_TOLERATED_SHARE = 0.02
_TOLERATED_AT_ONE_PLACE = 1e-3


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer, over all inputs or frames for which it was given."""

    answer: str
    count: int
    equal_count: int  # bit for bit
    largest: float
    tolerated: float

    @property
    def within(self) -> bool:
        return self.largest <= self.tolerated


def differences(
    ours: Mapping[str, NDArray[np.float64]], theirs: Mapping[str, NDArray[np.float64]]
) -> list[Difference]:
    """By answer, in the order of `ours`. An answer that only one side gave differs without bound."""
    grouped: dict[str, list[str]] = {}
    for key in dict.fromkeys([*ours, *theirs]):
        place, _, output = key.split("/")
        grouped.setdefault(f"{place}/{output}", []).append(key)
    found = []
    for answer, keys in grouped.items():
        pairs = [(ours.get(key), theirs.get(key)) for key in keys]
        found.append(
            Difference(
                answer,
                len(pairs),
                sum(a is not None and b is not None and np.array_equal(a, b) for a, b in pairs),
                max(_apart(a, b) for a, b in pairs),
                _tolerated(answer, [a for a, _ in pairs if a is not None]),
            )
        )
    return found


def _apart(a: NDArray[np.float64] | None, b: NDArray[np.float64] | None) -> float:
    if a is None or b is None or a.shape != b.shape:
        return float("inf")
    if not np.isfinite(a).all() or not np.isfinite(b).all():
        return float("inf")
    return float(np.abs(a - b).max(initial=0.0))


def _tolerated(answer: str, values: list[NDArray[np.float64]]) -> float:
    place = answer.split("/")[0]
    if place == "decided":
        return 0.0
    if place == "one_place":
        return TOLERATED.get(answer, _TOLERATED_AT_ONE_PLACE)
    if place in ("student", "picture"):
        return TOLERATED.get(answer, _TOLERATED_SHARE)
    largest = max((float(np.abs(value).max(initial=0.0)) for value in values), default=0.0)
    return (INT8_SHARE if "int8" in place else FLOAT32_SHARE) * max(1.0, largest)
