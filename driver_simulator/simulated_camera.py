"""The camera of a scenario: every frame that arrives, with the driver as scripted at its instant and the picture.

In: a performance, and for portraits other than the shipped one the perception that finds their landmarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame. image: (H, W, 3) BGR or (H, W) luma, uint8."""

    time: FrameTime
    moment: DriverMoment
    image: NDArray[np.uint8]


class SimulatedCamera:
    """Draws the frames of one performance, each when it is asked for."""

    def __init__(
        self, performance: Performance, perception: PerceptionSettings | None = None
    ) -> None:
        """perception: finds the landmarks of a portrait; None: the default one. Raises `UserError`."""
        self.performance = performance
        portrait = _portrait(performance.scenario, perception or PerceptionSettings())
        self._renderer = PictureRenderer(performance.scenario, portrait)

    def shots(self) -> Iterator[Shot]:
        for time, moment in timed_moments(self.performance):
            yield Shot(time, moment, self.picture(moment))

    def picture(self, moment: DriverMoment) -> NDArray[np.uint8]:
        """(H, W, 3) BGR or (H, W) luma."""
        return self._renderer.frame(moment)


def _portrait(scenario: Scenario, perception: PerceptionSettings) -> Portrait:
    chosen = scenario.person.portrait
    if chosen == ASTRONAUT:
        return astronaut()
    return portrait_of(Path(chosen), open_perception(perception))
