"""The camera of a scenario: every frame that arrives, with the driver as scripted at its instant and the picture.

In: a scenario, and for portraits other than the shipped one the perception that finds their landmarks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.driver.performance import Performance
from driver_simulator.picture.portrait import Portrait, astronaut, portrait_of
from driver_simulator.picture.renderer import PictureRenderer
from driver_simulator.scenario.frame_times import FrameTime, frame_times
from driver_simulator.scenario.person import ASTRONAUT
from driver_simulator.scenario.scenario import Scenario
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame. image: (H, W, 3) or (H, W) uint8."""

    time: FrameTime
    moment: DriverMoment
    image: NDArray[np.uint8]


class SimulatedCamera:
    """Draws the frames of one scenario, each when it is asked for."""

    def __init__(self, scenario: Scenario, portrait: Portrait) -> None:
        self.scenario = scenario
        self.performance = Performance(scenario)
        self._renderer = PictureRenderer(scenario, portrait)

    @staticmethod
    def open(scenario: Scenario, perception: PerceptionSettings | None = None) -> SimulatedCamera:
        """With the scenario's portrait; None: the default perception finds its landmarks. Raises `UserError`."""
        return SimulatedCamera(scenario, _portrait(scenario, perception or PerceptionSettings()))

    def shots(self) -> Iterator[Shot]:
        for time in frame_times(self.scenario):
            moment = self.performance.at(time.t_s)
            yield Shot(time, moment, self._renderer.frame(moment))


def _portrait(scenario: Scenario, perception: PerceptionSettings) -> Portrait:
    chosen = scenario.person.portrait
    if chosen == ASTRONAUT:
        return astronaut()
    return portrait_of(Path(chosen), open_perception(perception))
