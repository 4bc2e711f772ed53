"""A head that is turned: its points follow the rotation, its picture follows the points."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.face.head_rotation import angles_of, rotation_of
from edge_app.face.landmark_layout import COUNT, MIRROR_ROWS, PARTS
from model_compression.augmentation.head_turn import (
    HeadShape,
    mean_head,
    turned,
    turned_at_random,
)
from model_compression.data.labelled_face import LabelledFace
from model_compression.data.labelled_set import LabelledSet
from tests.model_compression.detector.painted_people import labelled_set

_EYE_DISTANCE_PX = 40.0
_MIDDLE_PX = 100.0


def solid_head() -> HeadShape:
    """A painted face on a ball: what lies further out lies further back."""
    flat = labelled_set(people=1).labels.landmarks[0]
    eyes = [flat[PARTS[f"iris_{side}"]][0] for side in ("left", "right")]
    flat = (flat - flat.mean(axis=0)) / np.linalg.norm(eyes[0] - eyes[1])
    flat = (flat + flat[MIRROR_ROWS] * (-1, 1)) / 2
    depth = 0.35 * (flat**2).sum(axis=1)
    return HeadShape(np.column_stack([flat, depth - depth.mean()]).astype(np.float32))


def seen(head: HeadShape, yaw_deg: float, pitch_deg: float = 0.0) -> LabelledFace:
    """The head as a camera sees it from afar; dots mark its points."""
    rotation = rotation_of(math.radians(yaw_deg), math.radians(pitch_deg), 0.0)
    points = (_EYE_DISTANCE_PX * (head.points @ rotation.T)[:, :2] + _MIDDLE_PX).astype(np.float32)
    picture = np.full((200, 200), 100, dtype=np.uint8)
    for row in (PARTS["nose"].start + 7, PARTS["iris_left"].start, PARTS["lips_outer"].start):
        cv2.circle(
            picture, (round(float(points[row, 0])), round(float(points[row, 1]))), 3, 255, -1
        )
    return LabelledFace(
        picture=picture,
        points=points,
        point_std=np.zeros(COUNT, dtype=np.float32),
        rotation=rotation,
        rotation_std_rad=0.0,
        scores=np.zeros(52, dtype=np.float32),
        scores_std=np.zeros(52, dtype=np.float32),
        emotion=-1,
    )


def shape_of(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Wherever in the picture the face has come to lie."""
    return points - points.mean(axis=0)


@pytest.mark.parametrize(("yaw_deg", "pitch_deg"), [(30, 0), (-45, 0), (0, 20), (0, -15), (35, 12)])
def test_points_and_rotation_are_those_of_a_head_seen_from_there(
    yaw_deg: float, pitch_deg: float
) -> None:
    head = solid_head()
    moved = turned(
        seen(head, 0), head, yaw_rad=math.radians(yaw_deg), pitch_rad=math.radians(pitch_deg)
    )
    yaw, pitch, _ = (math.degrees(angle) for angle in angles_of(moved.rotation))
    if not (yaw_deg and pitch_deg):
        expected = seen(head, yaw_deg, pitch_deg)
        assert np.abs(shape_of(moved.points) - shape_of(expected.points)).max() < 0.1
        assert (yaw, pitch) == pytest.approx((yaw_deg, pitch_deg), abs=0.1)
    else:
        assert not np.allclose(shape_of(moved.points), shape_of(seen(head, 0).points), atol=1.0)
        assert yaw == pytest.approx(yaw_deg, abs=3)
        assert pitch == pytest.approx(pitch_deg, abs=3)


@pytest.mark.parametrize("yaw_deg", [-40, -20, 20, 40])
def test_picture_follows_the_points_that_can_be_seen(yaw_deg: float) -> None:
    head = solid_head()
    moved = turned(seen(head, 0), head, yaw_rad=math.radians(yaw_deg))
    x, y = np.rint(moved.points[PARTS["nose"].start + 7]).astype(int)
    assert moved.picture[y - 1 : y + 2, x - 1 : x + 2].max() > 200


def test_face_that_slides_off_its_photograph_stays_whole() -> None:
    head = solid_head()
    whole = seen(head, 0)
    tight = replace(
        whole, picture=whole.picture[:, 40:150].copy(), points=whole.points - np.float32((40, 0))
    )
    moved = turned(tight, head, yaw_rad=math.radians(45))
    assert moved.points[:, 0].min() >= 0
    assert moved.points[:, 0].max() <= moved.picture.shape[1]


def test_mean_head_has_the_depth_that_turned_heads_show() -> None:
    head = solid_head()
    faces = [seen(head, yaw, pitch) for yaw in (-35, -10, 5, 30) for pitch in (-20, 0, 15)]
    painted = labelled_set(people=len(faces))
    labels = replace(
        painted.labels,
        landmarks=np.stack([face.points for face in faces]),
        rotation=np.stack([face.rotation for face in faces]),
    )
    found = mean_head([LabelledSet("faces", painted.pixels, labels, "turned")])
    scale = np.linalg.norm(found.points) / np.linalg.norm(head.points)
    assert scale == pytest.approx(1.0, abs=0.05)
    assert np.abs(found.points / scale - head.points).max() < 0.03


def test_faces_that_all_look_ahead_give_a_flat_head() -> None:
    found = mean_head([labelled_set()])
    assert np.abs(found.points[:, 2]).max() < 0.01


def test_turns_stay_within_what_a_camera_in_a_car_sees() -> None:
    head = solid_head()
    rng = np.random.default_rng(3)
    angles = [
        [math.degrees(a) for a in angles_of(turned_at_random(seen(head, 20), head, rng).rotation)]
        for _ in range(40)
    ]
    yaw, pitch = np.array(angles)[:, 0], np.array(angles)[:, 1]
    assert np.abs(yaw).max() < 58
    assert np.abs(pitch).max() < 32
    assert yaw.min() < -15
    assert yaw.max() > 40
