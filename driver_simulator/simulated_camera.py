"""The camera of a scenario: a source of frames that draws each one when it is read.

In: a performance, and for portraits other than the shipped one the perception that finds their landmarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.driver.performance import Performance
from driver_simulator.picture.cutting import portrait_of
from driver_simulator.picture.portrait import Portrait
from driver_simulator.picture.portrait_file import astronaut
from driver_simulator.picture.renderer import PictureRenderer
from driver_simulator.scenario.frame_times import FrameTime
from driver_simulator.scenario.person import ASTRONAUT
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.timed_moments import timed_moments
from edge_app.camera.frame import Frame
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings


class SimulatedCamera:
    """`FrameSource` of one performance."""

    live = False
    # How many are lost on the way is not known before.
    frame_count: int | None = None

    def __init__(
        self, performance: Performance, perception: PerceptionSettings | None = None
    ) -> None:
        """perception: finds the landmarks of a portrait; None: the default one. Raises `UserError`."""
        scenario = performance.scenario
        portrait = _portrait(scenario, perception or PerceptionSettings())
        self.frame_rate_hz: float | None = scenario.camera.frame_rate_hz
        self._renderer = PictureRenderer(scenario, portrait)
        self._coming: Iterator[tuple[FrameTime, DriverMoment]] = timed_moments(performance)
        self._from_s = 0.0

    def picture(self, moment: DriverMoment) -> NDArray[np.uint8]:
        """(H, W, 3) BGR, or (H, W) luma of a near-infrared camera."""
        return self._renderer.frame(moment)

    def leave_out_before(self, t_s: float) -> None:
        """Frames before `t_s` are not drawn: a machine too slow for real time loses them, as a camera would."""
        self._from_s = t_s

    def read(self) -> Frame | None:
        for time, moment in self._coming:
            if time.t_s >= self._from_s:
                return Frame(self.picture(moment), time.t_s, time.index)
        return None

    def close(self) -> None:
        self._coming = iter(())


def _portrait(scenario: Scenario, perception: PerceptionSettings) -> Portrait:
    chosen = scenario.person.portrait
    if chosen == ASTRONAUT:
        return astronaut()
    return portrait_of(Path(chosen), open_perception(perception))
