"""`sim:<scenario>`: a scripted driver as a source of frames, drawn when they are asked for.

Behind the colon stands a scenario's file, or the name of one that comes with Vigil. Times, losses and faults of the
frames are the scenario's own. What the driver does to the unit (`acknowledge`) is not heard here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_app.camera.source import SourceSettings, UnusableSourceError
from edge_app.errors import UserError

if TYPE_CHECKING:
    from driver_simulator.simulated_camera import SimulatedCamera
    from edge_app.camera.frame import Frame

PLAYS_BY_ITSELF = False
"""Frames wait to be read: live they are played in real time, and as fast as possible where that is asked for."""


def open_source(rest: str, settings: SourceSettings) -> ScenarioSource:
    """Raises `UnusableSourceError` where there is no such scenario, or it holds mistakes."""
    # Opening and meshing a portrait takes seconds, and whether a source plays by itself is asked before.
    from driver_simulator.driver.performance import Performance
    from driver_simulator.scenario.load import load_scenario
    from driver_simulator.simulated_camera import SimulatedCamera

    try:
        return ScenarioSource(SimulatedCamera(Performance(load_scenario(rest))))
    except UserError as error:
        raise UnusableSourceError(str(error)) from error


class ScenarioSource:
    """`FrameSource` of a scenario."""

    live = False
    frame_count = None  # how many are lost on the way is not known before

    def __init__(self, camera: SimulatedCamera) -> None:
        self.frame_rate_hz: float | None = camera.performance.scenario.camera.frame_rate_hz
        self._shots = camera.shots()

    def read(self) -> Frame | None:
        from edge_app.camera.frame import Frame

        shot = next(self._shots, None)
        if shot is None:
            return None
        return Frame(shot.image, shot.time.t_s, shot.time.index)

    def close(self) -> None:
        self._shots = iter(())
