"""What the teacher says of one face, averaged over slightly different views of it.

The teacher is MediaPipe's face landmarker. The spread between views tells how far its word can be trusted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import COUNT, MIRROR_ROWS, stacked
from edge_app.face.mediapipe_landmarker import MediaPipeReading
from model_compression.data.blendshapes import MIRROR_SCORES, NAMES
from model_compression.data.face_search import (
    MIN_PRESENCE,
    Canvas,
    Teacher,
    canvas_of,
    find_faces,
)
from model_compression.data.picture_set import Picture

LABELS_VERSION = 1
"""Raised when the same pictures would be labelled differently; caches of another version are made anew."""

_SHIFT = 0.04  # of the crop's side, either way
_SCALE = 0.06
_ROLL_RAD = math.radians(5)
_MIRROR_X = np.array(
    [[1, -1, -1], [-1, 1, 1], [-1, 1, 1]], dtype=np.float32
)  # M R M, entry by entry


@dataclass(frozen=True, slots=True)
class View:
    """The teacher's word on one view, brought back to the unmirrored picture."""

    presence: float  # 0..1
    landmarks: NDArray[np.float32]  # (146, 2) px
    rotation: NDArray[np.float32]  # (3, 3)
    blendshapes: NDArray[np.float32]  # (52,) 0..1


@dataclass(frozen=True, slots=True)
class FaceLabel:
    """Mean and spread over the views of a face. Not found: zeros, and what presence the views gave."""

    found: bool
    presence: float  # 0..1, mean
    landmarks: NDArray[np.float32]  # (146, 2) px of the picture
    landmark_std: NDArray[np.float32]  # (146,) px, per coordinate
    rotation: NDArray[np.float32]  # (3, 3) of the head in the picture, as `HeadFit.rotation`
    rotation_std_rad: float  # root mean square angle between the views and their mean
    blendshapes: NDArray[np.float32]  # (52,)
    blendshapes_std: NDArray[np.float32]  # (52,)


def label_picture(
    teacher: Teacher, picture: Picture, *, views: int, enlargement: int, seed: int
) -> list[FaceLabel]:
    """One label for each of the picture's people, left to right."""
    canvas = canvas_of(picture.image, enlargement)
    random = np.random.default_rng(seed)
    labels = []
    for crop in find_faces(teacher, canvas, len(picture.people)):
        if crop is None:
            labels.append(not_found(0.0))
        else:
            labels.append(averaged(views_of(teacher, canvas, crop, views, random)))
    return labels


def views_of(
    teacher: Teacher,
    canvas: Canvas,
    crop: FaceCrop,
    count: int,
    random: np.random.Generator,
) -> list[View]:
    """`count` views around `crop`, every second one mirrored; landmarks in px of the picture."""
    flipped = np.ascontiguousarray(canvas.image[:, ::-1])
    width_px = canvas.image.shape[1]
    seen = []
    for number in range(count):
        shift_x, shift_y, scale, roll = random.uniform(-1.0, 1.0, 4)
        view_crop = FaceCrop(
            crop.center_x_px + _SHIFT * crop.side_px * shift_x,
            crop.center_y_px + _SHIFT * crop.side_px * shift_y,
            crop.side_px * (1.0 + _SCALE * scale),
            crop.roll_rad + _ROLL_RAD * roll,
        )
        if number % 2 == 0:
            view = _view(teacher.read(canvas.image, view_crop))
        else:
            other_way = mirrored_crop(view_crop, width_px)
            view = mirrored(_view(teacher.read(flipped, other_way)), width_px)
        seen.append(
            View(view.presence, canvas.to_picture(view.landmarks), view.rotation, view.blendshapes)
        )
    return seen


def mirrored_crop(crop: FaceCrop, width_px: int) -> FaceCrop:
    """The same square in the mirrored picture."""
    return FaceCrop(width_px - 1 - crop.center_x_px, crop.center_y_px, crop.side_px, -crop.roll_rad)


def mirrored(view: View, width_px: int) -> View:
    """What the same face gives in the mirrored picture; its own inverse."""
    landmarks = view.landmarks[MIRROR_ROWS]
    landmarks[:, 0] = width_px - 1 - landmarks[:, 0]
    rotation = view.rotation * _MIRROR_X
    return View(view.presence, landmarks, rotation, view.blendshapes[MIRROR_SCORES])


def averaged(views: Sequence[View]) -> FaceLabel:
    presence = float(np.mean([view.presence for view in views]))
    if presence < MIN_PRESENCE:
        return not_found(presence)
    landmarks = np.stack([view.landmarks for view in views])  # (K, 146, 2)
    blendshapes = np.stack([view.blendshapes for view in views])  # (K, 52)
    rotations = np.stack([view.rotation for view in views])  # (K, 3, 3)
    u, _, vt = np.linalg.svd(rotations.mean(axis=0))
    rotation = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    # Chordal distance, since the arc cosine loses small angles in float32: |A - B| = 2 sqrt(2) sin(angle / 2).
    chords = np.linalg.norm(rotations - rotation, axis=(1, 2)) / (2 * math.sqrt(2))
    angles = 2 * np.arcsin(np.clip(chords, 0.0, 1.0))
    return FaceLabel(
        found=True,
        presence=presence,
        landmarks=landmarks.mean(axis=0),
        landmark_std=np.sqrt(landmarks.var(axis=0).mean(axis=1)),
        rotation=rotation.astype(np.float32),
        rotation_std_rad=float(np.sqrt((angles**2).mean())),
        blendshapes=blendshapes.mean(axis=0),
        blendshapes_std=blendshapes.std(axis=0),
    )


def not_found(presence: float) -> FaceLabel:
    scores = np.zeros(len(NAMES), dtype=np.float32)
    return FaceLabel(
        found=False,
        presence=presence,
        landmarks=np.zeros((COUNT, 2), dtype=np.float32),
        landmark_std=np.zeros(COUNT, dtype=np.float32),
        rotation=np.eye(3, dtype=np.float32),
        rotation_std_rad=0.0,
        blendshapes=scores,
        blendshapes_std=scores,
    )


def _view(reading: MediaPipeReading) -> View:
    landmarks = stacked(reading.landmarks())
    return View(reading.presence, landmarks, reading.fit.rotation, reading.scores)
