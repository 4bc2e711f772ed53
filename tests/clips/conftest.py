"""Real clips through the whole way of a frame, as `vigil analyze` goes it, with each perception there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from edge_app.camera.frame import Frame
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import BUILT_IN, MEDIAPIPE, PerceptionSettings
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.trace.open import open_recorder
from edge_app.trace.settings import TraceSettings
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


@dataclass(frozen=True)
class WatchedClip:
    """What was seen in a clip, and the folder of the trace that was written meanwhile."""

    steps: list[MonitorStep]
    trace: Path


@pytest.fixture(scope="session")
def traced_clip(
    perception: Perception, data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], WatchedClip]:
    """A clip by its path below the data folder; watched once per session, with a trace in files of 5 s."""
    settings = VigilSettings(trace=TraceSettings(file_minutes=5 / 60))

    @cache
    def run(name: str) -> WatchedClip:
        folder = tmp_path_factory.mktemp("trace")
        recorder = open_recorder(folder, settings, perception, may_wait=True)
        monitor = DriverMonitor(perception, settings, tracer=recorder)
        steps = [monitor.step(frame, VehicleState()) for frame in read_clip(data_dir / name)]
        recorder.close()
        return WatchedClip([step for step in steps if step is not None], folder)

    return run


@pytest.fixture(scope="session")
def watch_clip(traced_clip: Callable[[str], WatchedClip]) -> Callable[[str], list[MonitorStep]]:
    """The steps of a clip by its path below the data folder."""
    return lambda name: traced_clip(name).steps
