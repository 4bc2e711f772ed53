"""A face is followed as in the vehicle: the same steps, of the pictures that were observed, one memory a driver."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from edge_app.camera.frame import Frame
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.face.letterbox import letterbox_of
from edge_app.face.student_crops import standardized
from edge_app.face.temporal_reading import StepSchedule
from model_compression.quantization.followed_face import (
    FollowedFace,
    FollowedFrame,
    Heard,
    followed,
    told,
)
from tests.face.faces import ScriptedPerception, observation, textured
from tests.face.students import (
    GivenSession,
    Student,
    detector_outputs,
    face_outputs,
    face_points,
    upright_face,
)
from tests.face.temporal_models import EMBEDDING, counting, steps_told

RATE_HZ = 4.0


def frames(times_s: Iterable[float]) -> list[Frame]:
    still = textured()
    return [Frame(still, t_s, index) for index, t_s in enumerate(times_s)]


def evenly(rate_hz: float, duration_s: float = 10.0) -> list[float]:
    return [index / rate_hz for index in range(round(duration_s * rate_hz))]


def trembling(rate_hz: float, by_s: float) -> list[float]:
    chance = random.Random(7)
    return [t_s + chance.uniform(0.0, by_s) for t_s in evenly(rate_hz)]


def face_of(times_s: Iterable[float], perception: ScriptedPerception | None = None) -> FollowedFace:
    perception = perception or ScriptedPerception()
    return followed(perception, frames(times_s), rate_hz=RATE_HZ, side_px=32)


@pytest.mark.parametrize(
    "times_s",
    [*map(evenly, (30.0, 25.0, 11.0, 4.0, 3.0)), trembling(4.0, 0.02), trembling(30.0, 0.03)],
)
def test_steps_are_taken_when_the_vehicle_takes_them(times_s: list[float]) -> None:
    schedule = StepSchedule(RATE_HZ)
    face = face_of(times_s)
    assert [frame.t_s for frame in face.frames] == times_s
    assert [frame.is_step for frame in face.frames] == [schedule.due(t_s) for t_s in times_s]
    assert len(face) == sum(frame.is_step for frame in face.frames)


def test_picture_is_the_one_that_was_observed() -> None:
    """The next look would go elsewhere by a tenth of the crop."""
    moved = (face_points() + np.array([0.1, 0.0], dtype=np.float32)).reshape(1, -1)
    student = Student(face=GivenSession(face_outputs(landmarks=moved)))
    letterbox = letterbox_of(640, 480)
    student.detector.outputs = detector_outputs([upright_face(320.0, 240.0, 60.0)], letterbox)
    face = followed(student.perception, frames([0.0]), rate_hz=RATE_HZ, side_px=112)
    (picture,) = face.pictures
    assert np.array_equal(standardized(picture), student.face.shown[-1]["face"][0, 0])


def test_frame_without_a_face_is_no_step() -> None:
    blind = ScriptedPerception(faces=[])
    face = face_of(evenly(30.0, 2.0), blind)
    assert len(face) == 0
    assert not any(frame.seen or frame.judged for frame in face.frames)


def test_of_a_face_that_cannot_be_judged_nothing_is_told() -> None:
    turned = ScriptedPerception(look=lambda crop: replace(observation(yaw_rad=1.5), next_crop=crop))
    face = face_of(evenly(30.0, 2.0), turned)
    assert len(face) == 8
    assert [frame.readings for frame in told(counting(), face, ones(8))] == [()] * 60


def test_what_was_said_holds_until_the_next_step() -> None:
    face = face_of(evenly(8.0, 1.0))
    said = [steps_told(frame.readings) for frame in told(counting(), face, ones(4))]
    assert said == [1, 1, 2, 2, 3, 3, 4, 4]


def test_what_is_remembered_goes_in_with_the_next_embedding() -> None:
    model = counting()
    heard = Heard(model.session)
    list(told(replace(model, session=heard), face_of(evenly(4.0, 1.0)), ones(4)))
    assert [step[0, EMBEDDING] for step in heard.steps] == [0, 1, 2, 3]
    assert [said["memory"][0, 0] for said in heard.outputs] == [1, 2, 3, 4]


def test_another_driver_finds_nothing_remembered() -> None:
    away_s = DriverStateSettings().lids.usual_memory_s + 1.0
    drive = [
        FollowedFrame(0.0, is_step=True),
        FollowedFrame(1.0, is_step=True),
        FollowedFrame(2.0, is_step=True, other=True),
        FollowedFrame(3.0, seen=False),
        FollowedFrame(3.0 + away_s, is_step=True),
    ]
    face = FollowedFace([textured()] * 4, drive)
    said = list(told(counting(), face, ones(4)))
    assert [steps_told(frame.readings) for frame in said] == [1, 2, 1, None, 1]
    assert [frame.anew for frame in said] == [True, False, True, False, True]


def ones(steps: int) -> list[np.ndarray]:
    """Embeddings that count as one step each."""
    return [np.ones(EMBEDDING, dtype=np.float32)] * steps
