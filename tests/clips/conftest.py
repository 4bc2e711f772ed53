"""Real clips through the whole way of a frame, as `vigil analyze` goes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from edge_app.camera.frame import Frame
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState
from tests.clips.clip_edits import read_clip

Watch = Callable[[Iterable[Frame]], list[MonitorStep]]


@pytest.fixture(scope="session")
def perception(face_landmarker_path: Path) -> MediaPipeLandmarker:
    return MediaPipeLandmarker(face_landmarker_path)


@pytest.fixture(scope="session")
def watch(perception: MediaPipeLandmarker) -> Watch:
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
