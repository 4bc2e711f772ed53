"""What training shows and says of a face: sides, mirrors, lids, and people who are never shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge_app.face.head_rotation import angles_of, rotation_of
from edge_app.face.landmark_layout import MIRROR_ROWS, PARTS
from model_compression.data.blendshapes import INDEX
from model_compression.data.held_out import is_held_out
from model_compression.data.labelled_face import LabelledFace, labelled_face
from model_compression.data.labelled_set import LabelledSet
from model_compression.training.tasks.face_samples import (
    FaceAugmentation,
    FaceSamples,
    held_out_rows,
    learnable_rows,
)

STILL = {"open_mouth": 0.0, "surroundings": 0.0, "mirror": False, "cover": False}
PLAIN = FaceAugmentation(warp_lids=False, **STILL)


def samples(drawn_set: LabelledSet, augmentation: FaceAugmentation = PLAIN) -> FaceSamples:
    return FaceSamples(
        [(drawn_set, 1.0)],
        augmentation,
        crop_px=112,
        seed=1,
        stage_index=0,
        eyes=True,
        face=True,
    )


def of(drawn_set: LabelledSet, row: int = 0) -> LabelledFace:
    return replace(labelled_face(drawn_set, row), emotion=-1)


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_position_alone_decides_the_sample(drawn_set: LabelledSet) -> None:
    all_of_it = FaceAugmentation()
    once, again = samples(drawn_set, all_of_it), samples(drawn_set, all_of_it)
    once[4], once[9]
    for name, value in once[5].items():
        assert np.array_equal(value, again[5][name], equal_nan=True), name


def test_people_held_out_are_never_shown(drawn_set: LabelledSet) -> None:
    people = drawn_set.labels.person
    learned = {str(person) for person in people[learnable_rows(drawn_set)]}
    kept = {str(person) for person in people[held_out_rows(drawn_set)]}
    assert learned and kept and not learned & kept
    assert all(is_held_out("faces", person) for person in kept)


def test_points_stand_on_the_eyes_in_the_crop(drawn_set: LabelledSet) -> None:
    sample = samples(drawn_set).sample(of(drawn_set), rng())
    left, right = sample["landmarks"][:16].mean(axis=0), sample["landmarks"][16:32].mean(axis=0)
    assert left[0] > right[0]  # the driver's left eye is on the picture's right
    assert np.hypot(*(left - right)) == pytest.approx(1 / 3.2, rel=0.15)


def test_mirrored_face_has_its_sides_changed(drawn_set: LabelledSet) -> None:
    face = of(drawn_set)
    scores = face.scores.copy()
    scores[INDEX["eyeBlinkLeft"]] = 0.7
    face = replace(face, scores=scores, rotation=rotation_of(0.3, -0.1, 0.05))
    other = face.turned_over()
    assert other.blink("right") == pytest.approx(0.7) and other.blink("left") == 0
    yaw, pitch, roll = angles_of(other.rotation)
    assert (yaw, pitch, roll) == pytest.approx((-0.3, -0.1, -0.05), abs=1e-5)
    back = other.turned_over()
    assert np.allclose(back.points, face.points) and np.allclose(back.scores, face.scores)
    assert np.array_equal(back.picture, face.picture)
    width = face.picture.shape[1]
    assert np.allclose(other.points[:, 0], width - 1 - face.points[MIRROR_ROWS][:, 0])


def test_shut_lids_are_told_as_shut_whatever_the_teacher_said(drawn_set: LabelledSet) -> None:
    shut = FaceAugmentation(shut=1.0, partly=0, narrow=0, wide=0, twin=0, wink=0, **STILL)
    scores = np.full(52, 0.6, dtype=np.float32)  # the teacher is in doubt
    face = replace(of(drawn_set), scores=scores)
    sample = samples(drawn_set, shut).sample(face, rng())
    assert np.array_equal(sample["openness"], [0, 0])
    assert np.array_equal(sample["openness_weight"], [1, 1])


def test_twin_keeps_the_openness_it_was_told_with(drawn_set: LabelledSet) -> None:
    twins = FaceAugmentation(shut=0, partly=0, narrow=0, wide=0, twin=1.0, wink=0, **STILL)
    as_it_is = samples(drawn_set).sample(of(drawn_set), rng())
    twin = samples(drawn_set, twins).sample(of(drawn_set), rng())
    assert np.allclose(twin["openness"], as_it_is["openness"])


def test_half_shut_eye_in_the_photograph_teaches_nothing(drawn_set: LabelledSet) -> None:
    scores = np.zeros(52, dtype=np.float32)
    scores[INDEX["eyeBlinkLeft"]] = 0.5
    sample = samples(drawn_set).sample(replace(of(drawn_set), scores=scores), rng())
    assert np.array_equal(sample["openness_weight"], [0, 1])


def test_covered_or_warped_face_has_lost_its_emotion(drawn_set: LabelledSet) -> None:
    changed = FaceAugmentation(emotions_untouched=0.0, mirror=False)
    face = labelled_face(drawn_set, 1)
    assert face.emotion == 1
    assert samples(drawn_set, changed).sample(face, rng())["emotion"] == -1
    kept = FaceAugmentation(emotions_untouched=1.0, mirror=False)
    assert samples(drawn_set, kept).sample(face, rng())["emotion"] == 1


def test_opened_mouth_is_told_as_open_and_its_points_move_along(drawn_set: LabelledSet) -> None:
    opening = PLAIN.model_copy(update={"open_mouth": 1.0})
    shut = samples(drawn_set).sample(of(drawn_set), rng())
    drawn = [
        samples(drawn_set, opening).sample(of(drawn_set), np.random.default_rng(seed))
        for seed in range(8)
    ]
    assert all(sample["mouth_openness"] > shut["mouth_openness"] for sample in drawn)
    assert max(sample["mouth_openness"] for sample in drawn) > 0.5
    lips = [sample["landmarks"][PARTS["lips_inner"]] for sample in drawn]
    aspects = [
        float(np.hypot(*(points[5] - points[15])) / np.hypot(*(points[0] - points[10])))
        for points in lips
    ]
    told = np.array([float(sample["mouth_openness"]) for sample in drawn])[np.argsort(aspects)]
    # The rounder, the more open, until it is as open as can be.
    assert (np.diff(told) > -1e-3).all()
    assert np.ptp(told) > 0.5


def test_tight_photograph_gets_something_around_it_and_no_stripes(drawn_set: LabelledSet) -> None:
    face = of(drawn_set)
    low, high = face.points.min(axis=0).astype(int), face.points.max(axis=0).astype(int)
    tight = replace(
        face,
        picture=np.ascontiguousarray(face.picture[low[1] : high[1], low[0] : high[0]]),
        points=face.points - low.astype(np.float32),
    )
    around = PLAIN.model_copy(update={"surroundings": 1.0})
    striped = samples(drawn_set).sample(tight, rng())["face"][0]
    filled = samples(drawn_set, around).sample(tight, rng())["face"][0]
    assert np.ptp(striped[-3:], axis=0).max() <= 2  # the last rows repeat the border
    assert np.abs(filled[-6:].astype(int) - striped[-6:]).mean() > 5
    inside = np.s_[40:70, 40:70]
    assert np.abs(filled[inside].astype(int) - striped[inside]).mean() < 3
