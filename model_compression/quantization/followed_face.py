"""A driver's face as a temporal part follows it in the vehicle: when it takes steps, and on which pictures.

Frames come in; the pictures of the steps go out, and what the vehicle's reader is told of a head frame by frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import HeadReading
from edge_app.face.crop import FaceCrop
from edge_app.face.luma_reach import luma_around
from edge_app.face.observation import FaceDetection, FaceObservation, Perception
from edge_app.face.settings import PerceptionSettings
from edge_app.face.signal_reading import SignalReader
from edge_app.face.student_crops import Luma, cut_face
from edge_app.face.temporal_model import TemporalModel
from edge_app.face.temporal_reading import TemporalReader
from edge_app.face.tracker import FaceTracker
from edge_app.inference.session import Session

Floats = NDArray[np.float32]
Outputs = dict[str, Floats]

_SAID = (HeadReading("said", (1.0,)),)


@dataclass(frozen=True, slots=True)
class FollowedFrame:
    """One frame of a drive."""

    t_s: float
    seen: bool = True  # a face was
    is_step: bool = False
    other: bool = False  # another face than the one before
    judged: bool = True  # enough of the face that what heads over time say is told


@dataclass(frozen=True, slots=True)
class FollowedFace:
    """One drive. Where no face was seen there was no step."""

    pictures: list[Luma]  # (S, S) of each step, as the face part saw it; not standardized
    frames: list[FollowedFrame]

    def __len__(self) -> int:
        """Steps."""
        return len(self.pictures)


@dataclass(frozen=True, slots=True)
class ToldFrame:
    """What heads over time say of one frame of a drive."""

    t_s: float
    readings: tuple[HeadReading, ...]
    anew: bool = False  # what was said before is not of this driver


def followed(
    perception: Perception, frames: Iterable[Frame], *, rate_hz: float, side_px: int
) -> FollowedFace:
    """All frames of one drive, in order."""
    settings = PerceptionSettings()
    looks = _Looks(perception)
    tracker, signals = FaceTracker(looks, settings), SignalReader(settings)
    clock = Heard(_Silent())
    steps = _reader(TemporalModel(clock, (), {}, rate_hz, embedding_size=1, memory_size=1))
    face = FollowedFace([], [])
    for frame in frames:
        looks.forget()
        seen = tracker.step(frame)
        if seen is None:
            face.frames.append(FollowedFrame(frame.t_s, seen=False, judged=False))
            continue
        if tracker.handed_over:
            steps.forget()
        steps.step(frame.t_s, np.zeros(1, dtype=np.float32))
        is_step = len(clock.steps) > len(face)
        if is_step:
            crop = looks.crop_of(seen)
            reach = luma_around(frame.image, crop)
            face.pictures.append(cut_face(reach.luma, reach.moved(crop), side_px))
        judged = bool(signals.read(frame, seen, _SAID).temporal)
        face.frames.append(FollowedFrame(frame.t_s, True, is_step, tracker.handed_over, judged))
    return face


def told(
    model: TemporalModel, face: FollowedFace, embeddings: Iterable[Floats]
) -> Iterator[ToldFrame]:
    """Of each frame of a drive, what `model` says, held between two steps.

    embeddings: (E,) of each step. The drive begins with nothing remembered.
    """
    reader, steps = _reader(model), iter(embeddings)
    embedding = np.zeros(model.embedding_size, dtype=np.float32)
    for frame in face.frames:
        if not frame.seen:
            yield ToldFrame(frame.t_s, ())
            continue
        if frame.other:
            reader.forget()
        if frame.is_step:
            embedding = next(steps)
        readings = reader.step(frame.t_s, embedding)
        yield ToldFrame(frame.t_s, readings if frame.judged else (), reader.begun_anew)


def _reader(model: TemporalModel) -> TemporalReader:
    return TemporalReader(model, same_driver_s=DriverStateSettings().lids.usual_memory_s)


class Heard:
    """A session of the part temporal; what goes in and what is said at each step is kept."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.steps: list[Floats] = []  # (1, embedding + memory) each
        self.outputs: list[Outputs] = []

    def run(self, inputs: dict[str, Floats]) -> Outputs:
        self.steps.append(inputs["step"].copy())
        self.outputs.append(self._session.run(inputs))
        return self.outputs[-1]


class _Silent:
    """A head that says nothing: it is asked as often as any other of its rate."""

    def run(self, inputs: dict[str, Floats]) -> Outputs:
        return {"memory": np.zeros((1, 1), dtype=np.float32)}


class _Looks:
    """A perception, and in which crop each face of the frame was observed."""

    def __init__(self, perception: Perception) -> None:
        self._perception = perception
        self._looks: list[tuple[FaceObservation, FaceCrop]] = []
        self.name = perception.name
        self.expression_labels = perception.expression_labels
        self.temporal = perception.temporal
        self.blink_head = perception.blink_head

    def forget(self) -> None:
        """Another frame."""
        self._looks.clear()

    def crop_of(self, observation: FaceObservation) -> FaceCrop:
        """Of this very observation."""
        return next(crop for seen, crop in reversed(self._looks) if seen is observation)

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        return self._perception.detect(image)

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        self._looks.append((self._perception.observe(image, crop), crop))
        return self._looks[-1][0]
