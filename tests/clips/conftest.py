"""Real clips through the whole way of a frame, as `vigil analyze` goes it, with each perception there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from edge_app.camera.frame import Frame
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import BUILT_IN, MEDIAPIPE, PerceptionSettings
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState
from tests.clips.clip_edits import read_clip
from tests.conftest import find_face_landmarker

Watch = Callable[[Iterable[Frame]], list[MonitorStep]]


@pytest.fixture(scope="session", params=[MEDIAPIPE, BUILT_IN])
def perception(request: pytest.FixtureRequest) -> Perception:
    file = find_face_landmarker() if request.param == MEDIAPIPE else None
    if request.param == MEDIAPIPE and file is None:
        pytest.skip("no face_landmarker.task: set VIGIL_MODELS to its folder")
    return open_perception(PerceptionSettings(model=request.param, model_file=file))


@pytest.fixture(scope="session")
def watch(perception: Perception) -> Watch:
    """Frames in, one step for each out; a new driver every time."""

    def run(frames: Iterable[Frame]) -> list[MonitorStep]:
        monitor = DriverMonitor(perception, VigilSettings())
        steps = (monitor.step(frame, VehicleState()) for frame in frames)
        return [step for step in steps if step is not None]

    return run


@pytest.fixture(scope="session")
def watch_clip(watch: Watch, data_dir: Path) -> Callable[[str], list[MonitorStep]]:
    """A clip by its path below the data folder; watched once per session."""

    @cache
    def run(name: str) -> list[MonitorStep]:
        return watch(read_clip(data_dir / name))

    return run
