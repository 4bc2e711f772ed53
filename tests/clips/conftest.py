"""Real clips through the whole way of a frame, as `vigil analyze` goes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import pytest

from edge_app.alerts.event import Event
from edge_app.camera.file import VideoFileSource
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.face.mediapipe_landmarker import MediaPipeLandmarker
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState

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

    @lru_cache(maxsize=None)
    def run(name: str) -> list[MonitorStep]:
        return watch(read_clip(data_dir / name))

    return run


def read_clip(path: Path) -> list[Frame]:
    source = VideoFileSource(str(path), CameraSettings())
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def events_of(steps: Iterable[MonitorStep]) -> list[Event]:
    return [event for step in steps for event in step.policy.events]
