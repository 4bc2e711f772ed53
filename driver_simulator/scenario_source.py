"""`sim:<scenario>`: a scripted driver as a source of frames, drawn when they are asked for.

Behind the colon stands a scenario's file, or the name of one that comes with Vigil. Times, losses and faults of the
frames are the scenario's own. What the driver does to the unit (`acknowledge`) is not heard here.
"""

from __future__ import annotations

from edge_app.camera.source import FrameSource, SourceSettings, UnusableSourceError
from edge_app.errors import UserError

PLAYS_BY_ITSELF = False
"""Frames wait to be read: live they are played in real time, and as fast as possible where that is asked for."""


def open_source(rest: str, settings: SourceSettings) -> FrameSource:
    """Raises `UnusableSourceError` where there is no such scenario, or it holds mistakes."""
    # What draws takes a second to load, and whether a source plays by itself is asked before.
    from driver_simulator.driver.performance import Performance
    from driver_simulator.scenario.load import load_scenario
    from driver_simulator.simulated_camera import SimulatedCamera

    try:
        return SimulatedCamera(Performance(load_scenario(rest)))
    except UserError as error:
        raise UnusableSourceError(str(error)) from error
