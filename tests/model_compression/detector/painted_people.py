"""Faces painted from their points, and a labelled set of them: no photograph is needed to test the detector's data."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import COUNT, PARTS
from model_compression.data.labelled_set import FaceLabels, LabelledSet

SIDE_PX = 96


def landmarks(
    eye_distance_px: float = 26.0, center: tuple[float, float] = (48.0, 40.0)
) -> NDArray[np.float32]:
    """(146, 2) px of an upright face; `center` lies between the eyes."""
    points = np.zeros((COUNT, 2), dtype=np.float32)
    turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    points[PARTS["oval"]] = np.stack([1.05 * np.sin(turn), 0.6 - 1.3 * np.cos(turn)], axis=1)
    for part, x in (("eyelid_right", -0.5), ("eyelid_left", 0.5)):
        outer = np.sign(x) * 0.2
        way = np.linspace(outer, -outer, 9)
        points[PARTS[part]][:9] = np.stack([x + way, np.zeros(9)], axis=1)
        points[PARTS[part]][9:] = np.stack([x + way[7:0:-1], np.full(7, -0.08)], axis=1)
        points[PARTS[part.replace("eyelid", "iris")]] = (x, 0.0)
        points[PARTS[part.replace("eyelid", "brow")]] = (x, -0.3)
    points[PARTS["nose"]] = np.stack([np.zeros(8), np.linspace(0, 0.716, 8)], axis=1)
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    lips = np.stack([-0.4 * np.cos(turn), 1.05 + 0.12 * np.sin(turn)], axis=1)
    points[PARTS["lips_outer"]] = points[PARTS["lips_inner"]] = lips
    return points * np.float32(eye_distance_px) + np.array(center, dtype=np.float32)


def face(points: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(96, 96): a light oval with dark eyes, nose and mouth."""
    picture = np.full((SIDE_PX, SIDE_PX), 60, dtype=np.uint8)
    cv2.fillConvexPoly(picture, np.rint(points[PARTS["oval"]]).astype(np.int32), 190)
    for part in ("eyelid_left", "eyelid_right"):
        spot = points[PARTS[part]][[0, 8]].mean(axis=0)
        cv2.circle(picture, (round(float(spot[0])), round(float(spot[1]))), 3, 20, -1)
    base = points[PARTS["nose"]][7]
    cv2.circle(picture, (round(float(base[0])), round(float(base[1]))), 2, 90, -1)
    cv2.fillPoly(picture, [np.rint(points[PARTS["lips_outer"]]).astype(np.int32)], 80)
    return picture


def labelled_set(name: str = "fer2013-train", people: int = 40) -> LabelledSet:
    """Every person once, of different sizes and places."""
    rng = np.random.default_rng(0)
    points = np.stack(
        [
            landmarks(float(rng.uniform(16, 28)), tuple(rng.uniform(40, 56, 2).tolist()))
            for _ in range(people)
        ]
    )
    pixels = np.concatenate([face(person).ravel() for person in points])
    unit = np.tile(np.eye(3, dtype=np.float32), (people, 1, 1))
    zeros = np.zeros(people, dtype=np.float32)
    labels = FaceLabels(
        offset=np.arange(people, dtype=np.int64) * SIDE_PX * SIDE_PX,
        height=np.full(people, SIDE_PX, dtype=np.int32),
        width=np.full(people, SIDE_PX, dtype=np.int32),
        source=np.array([f"row {row}" for row in range(people)]),
        person=np.array([f"person {row}" for row in range(people)]),
        emotion=np.full(people, -1, dtype=np.int8),
        found=np.ones(people, dtype=bool),
        presence=np.ones(people, dtype=np.float32),
        landmarks=points,
        landmark_std=np.zeros((people, COUNT), dtype=np.float32),
        rotation=unit,
        rotation_std_rad=zeros,
        blendshapes=np.zeros((people, 52), dtype=np.float32),
        blendshapes_std=np.zeros((people, 52), dtype=np.float32),
    )
    return LabelledSet(name, pixels, labels, "painted")
