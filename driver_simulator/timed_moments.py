"""What the driver does at each frame that arrives, in order of time; without a picture this costs microseconds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.driver.performance import Performance
from driver_simulator.scenario.frame_times import FrameTime, frame_times

# One instant alone costs as much as twenty of many.
_AT_ONCE = 64


def timed_moments(performance: Performance) -> Iterator[tuple[FrameTime, DriverMoment]]:
    """The frames of the performance's scenario, lost ones left out, each with its moment."""
    times = frame_times(performance.scenario)
    while block := list(islice(times, _AT_ONCE)):
        courses = performance.courses(np.array([time.t_s for time in block]))
        yield from zip(block, courses.moments(), strict=True)
