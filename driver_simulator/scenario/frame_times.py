"""Which frames come when: the camera's rate with its jitter and without the frames that are lost.

In: a scenario. Out: frame numbers and capture times, strictly increasing; a lost frame leaves a gap in the numbers.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from driver_simulator.scenario.scenario import Scenario

LEAST_STEP_S = 0.001
"""No two frames of a camera come closer together than this, whatever the jitter."""

_MOST_DEVIATIONS = 3.0
_DRAW = 0x46524D  # parts these draws of a seed from those that move the driver


@dataclass(frozen=True, slots=True)
class FrameTime:
    """`index` counts the lost frames too."""

    index: int
    t_s: float


def frame_times(scenario: Scenario) -> Iterator[FrameTime]:
    """Every frame that arrives, from 0 until the end of the drive. The first one is never lost.

    Jitter moves each capture time by a normal deviate, cut off at three deviations; frames that would change places
    keep their order, which leaves the spread of the times as it was asked for.
    """
    camera = scenario.camera
    rng = np.random.default_rng([scenario.seed, _DRAW])
    reach_s = _MOST_DEVIATIONS * camera.jitter_s
    waiting_s: list[float] = []
    index, last_s = 0, -math.inf
    count = max(1, math.ceil(scenario.duration_s * camera.frame_rate_hz - 1e-9))
    for number in range(count):
        nominal_s = number / camera.frame_rate_hz
        # The drive counts its time from the first frame.
        moved_s = _jitter(rng, camera.jitter_s, reach_s) if number else 0.0
        heapq.heappush(waiting_s, nominal_s + moved_s)
        settled_s = math.inf if number == count - 1 else nominal_s - reach_s
        while waiting_s and waiting_s[0] <= settled_s:
            last_s = max(heapq.heappop(waiting_s), last_s + LEAST_STEP_S, 0.0)
            if last_s >= scenario.duration_s:
                return
            if index == 0 or rng.random() >= camera.drop_share:
                yield FrameTime(index, last_s)
            index += 1


def _jitter(rng: np.random.Generator, deviation_s: float, reach_s: float) -> float:
    if deviation_s == 0.0:
        return 0.0
    return min(reach_s, max(-reach_s, deviation_s * float(rng.standard_normal())))
