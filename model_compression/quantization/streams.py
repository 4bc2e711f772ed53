"""A drive's frames through one set of models, as in the vehicle: tracker, signals, driver state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge_app.camera.frame import Frame
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.driver_state.state import DriverState
from edge_app.face.observation import Perception
from edge_app.face.settings import PerceptionSettings
from edge_app.face.signal_reading import SignalReader
from edge_app.face.tracker import FaceTracker


@dataclass(frozen=True, slots=True)
class Stream:
    signals: list[Signals]
    states: list[DriverState]


def stream_of(perception: Perception, frames: Iterable[Frame]) -> Stream:
    """All frames of one drive, in order."""
    settings = PerceptionSettings()
    tracker, reader = FaceTracker(perception, settings), SignalReader(settings)
    estimator = DriverStateEstimator(DriverStateSettings())
    stream = Stream([], [])
    for frame in frames:
        face = tracker.step(frame)
        signals = Signals.without_face(frame.t_s, Unavailable.NO_FACE)
        if face is not None:
            signals = reader.read(frame, face)
        stream.signals.append(signals)
        stream.states.append(estimator.step(signals))
    return stream
