"""A drive's frames through one set of models, as in the vehicle: tracker, signals, driver state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.driver_state.class_voting import ClassVoting
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.driver_state.state import DriverState
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceObservation, Perception
from edge_app.face.settings import PerceptionSettings
from edge_app.face.signal_reading import SignalReader
from edge_app.face.tracker import FaceTracker

ExpressionAt = Callable[[NDArray[np.uint8], FaceCrop], tuple[float, ...] | None]


@dataclass(frozen=True, slots=True)
class Stream:
    """One entry for each frame; `faces` are None where none was found."""

    faces: list[FaceObservation | None]
    signals: list[Signals]
    states: list[DriverState]


def stream_of(perception: Perception, frames: Iterable[Frame]) -> Stream:
    """All frames of one drive, in order."""
    settings = PerceptionSettings()
    tracker, reader = FaceTracker(perception, settings), SignalReader(settings)
    estimator = DriverStateEstimator(DriverStateSettings())
    stream = Stream([], [], [])
    for frame in frames:
        face = tracker.step(frame)
        signals = Signals.without_face(frame.t_s, Unavailable.NO_FACE)
        if face is not None:
            signals = reader.read(frame, face)
        stream.faces.append(face)
        stream.signals.append(signals)
        stream.states.append(estimator.step(signals))
    return stream


def expressions_of(
    expression_at: ExpressionAt, frames: Sequence[Frame], seen: Sequence[FaceObservation | None]
) -> list[int | None]:
    """The smoothed expression's class at every second frame, read in the crops in which the face was `seen`.

    Of one picture and its neighbour two models may be of two minds without either being worse; read in crops that
    each has led elsewhere, even two float models are.
    """
    voting = ClassVoting(DriverStateSettings().expression)
    labels: list[int | None] = []
    for frame, face in list(zip(frames, seen, strict=True))[::2]:
        read = None if face is None else expression_at(frame.image, face.next_crop)
        voted = voting.step(frame.t_s, read)
        labels.append(None if voted is None else voted.label_index)
    return labels
