"""A photographed head turned further aside, up or down, as a camera beside the driver sees it.

Photographs show faces from the front (of the set `faces`, 95 in 100 are turned by at most 23 degrees as its teacher
sees them); a camera on the dash or the pillar looks from further aside. After the face profiling of Zhu et al. 2016
("Face alignment across large poses", sec. 4): a mean head gives each pixel its depth, the rotation moves it, what
folds behind the nearer side is hidden. Departs from it in that a turn by yaw slides each row along itself and a turn
by pitch each column (a parallel projection), which takes no mesh to render.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.head_rotation import angles_of
from edge_app.face.landmark_layout import COUNT, MIRROR_ROWS, PARTS
from model_compression.data.labelled_face import LabelledFace
from model_compression.data.labelled_set import LabelledSet

Floats = NDArray[np.float32]

_MOST_YAW_RAD, _MOST_PITCH_RAD = math.radians(55), math.radians(28)
_TURN_RAD, _NOD_RAD = math.radians(50), math.radians(14)
_FITTED_FACES = 3000  # plenty for a mean
_ROUNDS = 4
_EARS_BEHIND = (
    0.25  # of the eye distance, behind the rearmost point of the oval: about where a head turns
)
_HAIR, _STILL = 1.25, 2.2  # rings around the face's middle, in sizes of its oval
_GRID = 26  # cells across the part of the picture that moves
_KERNEL = 0.22  # of the eye distance: how far a point carries what is around it along


@dataclass(frozen=True, slots=True)
class HeadShape:
    """points: (146, 3) in eye distances, in the head's own axes (x to the picture's right, y down, z away)."""

    points: Floats

    @property
    def pivot_z(self) -> float:
        return float(self.points[PARTS["oval"], 2].max()) + _EARS_BEHIND


def mean_head(sets: Iterable[LabelledSet]) -> HeadShape:
    """The one head whose parallel projections, turned as the teacher says, fit all labelled points best.

    Alternating least squares over scale, place and shape; the left half mirrors the right one.
    """
    points, rotations = _faces_of(sets)
    middles = points.mean(axis=1, keepdims=True)
    flat = points - middles
    scales = np.sqrt((flat**2).sum(axis=(1, 2)) / COUNT)
    shape = np.zeros((COUNT, 3))
    for _ in range(_ROUNDS):
        rows = scales[:, None, None] * rotations[:, :2]  # (N, 2, 3)
        normal = np.einsum("nij,nik->jk", rows, rows)
        seen = np.einsum("nij,npi->jp", rows, flat)
        # Faces that all look one way tell nothing of depth: it stays 0.
        shape = np.linalg.solve(normal + 1e-6 * np.trace(normal) * np.eye(3), seen).T
        shape -= shape.mean(axis=0)
        shape = (shape + shape[MIRROR_ROWS] * (-1.0, 1.0, 1.0)) / 2
        drawn = np.einsum("nij,pj->npi", rotations[:, :2], shape)
        scales = (drawn * flat).sum(axis=(1, 2)) / (drawn**2).sum(axis=(1, 2))
    left, right = (shape[PARTS[f"eyelid_{side}"]].mean(axis=0) for side in ("left", "right"))
    return HeadShape((shape / np.linalg.norm(left - right)).astype(np.float32))


def turned(
    of: LabelledFace, shape: HeadShape, *, yaw_rad: float = 0.0, pitch_rad: float = 0.0
) -> LabelledFace:
    """The face after the head turns by so much to the picture's right and up, seen by the same camera."""
    for angle, axis in ((yaw_rad, 0), (pitch_rad, 1)):
        if angle:
            of = _turned_about(of, shape, angle, axis)
    return of


def turned_at_random(of: LabelledFace, shape: HeadShape, rng: np.random.Generator) -> LabelledFace:
    """By up to 50 degrees aside and, every second one, some 14 up or down, to no more than a camera in a car sees."""
    yaw, pitch, _ = angles_of(of.rotation)
    wanted_yaw = yaw + rng.uniform(-_TURN_RAD, _TURN_RAD)
    wanted_pitch = pitch + (rng.normal(0, _NOD_RAD) if rng.random() < 0.5 else 0.0)
    return turned(
        of,
        shape,
        yaw_rad=_within(wanted_yaw, _MOST_YAW_RAD, yaw) - yaw,
        pitch_rad=_within(wanted_pitch, _MOST_PITCH_RAD, pitch) - pitch,
    )


def _within(wanted: float, most: float, now: float) -> float:
    """A head that is turned further already is not turned back to the limit."""
    reach = max(most, abs(now))
    return max(-reach, min(reach, wanted))


def _faces_of(sets: Iterable[LabelledSet]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, rotations = [], []
    for labelled in sets:
        rows = np.flatnonzero(labelled.labels.found)[:_FITTED_FACES]
        points.append(labelled.labels.landmarks[rows])
        rotations.append(labelled.labels.rotation[rows])
    return (
        np.concatenate(points).astype(np.float64),
        np.concatenate(rotations).astype(np.float64),
    )


def _turned_about(of: LabelledFace, shape: HeadShape, angle: float, axis: int) -> LabelledFace:
    """axis 0: rows slide (yaw); 1: columns slide (pitch)."""
    in_head = shape.points - np.array([0, 0, shape.pivot_z], dtype=np.float32)
    placed = in_head @ of.rotation.T  # (146, 3), in eye distances, from the pivot
    middle = of.points.mean(axis=0)
    spread = placed[:, :2] - placed[:, :2].mean(axis=0)
    scale = float((spread * (of.points - middle)).sum() / max(float((spread**2).sum()), 1e-6))
    if scale < 1.0:
        return of
    pivot = middle - scale * placed[:, :2].mean(axis=0)
    sin, cos = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    # To the right and up alike what is near moves; up is towards smaller rows.
    forward = -sin if axis == 0 else sin
    across = of.points[:, axis] - pivot[axis]
    slide = across * (cos - 1) + forward * scale * placed[:, 2]
    hair = pivot + _HAIR * (of.points[PARTS["oval"]] - pivot)
    still = pivot + _STILL * (of.points[PARTS["oval"]] - pivot)
    known = np.concatenate([of.points, hair, still])
    slides = np.concatenate([slide, (hair[:, axis] - pivot[axis]) * (cos - 1), np.zeros(36)])
    moved = of.points.copy()
    moved[:, axis] += slide
    # A face that slides beyond the photograph's edge takes the edge along.
    before = max(0, -int(np.floor(moved[:, axis].min())))
    behind = max(0, int(np.ceil(moved[:, axis].max())) + 1 - of.picture.shape[1 - axis])
    picture = _widened(of.picture, before, behind, axis)
    moved[:, axis] += before
    known[:, axis] += before
    picture = _slid(picture, known, slides.astype(np.float32), _KERNEL * scale, axis)
    turn = (
        np.array([[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]])
        if axis == 0
        else np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]])
    )
    rotation = (turn @ of.rotation).astype(np.float32)
    return replace(of, picture=picture, points=moved, rotation=rotation)


def _widened(picture: NDArray[np.uint8], before: int, behind: int, axis: int) -> NDArray[np.uint8]:
    if not before and not behind:
        return picture
    sides = (0, 0, before, behind) if axis == 0 else (before, behind, 0, 0)
    return np.asarray(cv2.copyMakeBorder(picture, *sides, cv2.BORDER_REPLICATE), dtype=np.uint8)


def _slid(
    picture: NDArray[np.uint8], known: Floats, slides: Floats, reach_px: float, axis: int
) -> NDArray[np.uint8]:
    """Rows (axis 0) or columns slide as the known points do; the side that comes nearer hides the other."""
    if axis == 1:
        upright = _slid(np.ascontiguousarray(picture.T), known[:, ::-1], slides, reach_px, 0)
        return np.ascontiguousarray(upright.T)
    height, width = picture.shape
    low, high = np.maximum(known.min(axis=0), 0), np.minimum(known.max(axis=0), (width, height))
    left, top = (int(value) for value in low)
    right, bottom = (int(np.ceil(value)) for value in high)
    if right - left < 8 or bottom - top < 8:
        return picture
    columns = np.linspace(left, right - 1, _GRID, dtype=np.float32)
    rows = np.linspace(top, bottom - 1, _GRID, dtype=np.float32)
    slide = _carried(columns, rows, known, slides, reach_px)
    # Both borders of what moves stay where they are.
    slide[:, (0, -1)] = 0
    lands = columns + slide
    # The head's front moves towards one side and hides what lies there.
    if float(slides[:COUNT].mean()) >= 0:
        lands = np.maximum.accumulate(lands, axis=1)
    else:
        lands = np.minimum.accumulate(lands[:, ::-1], axis=1)[:, ::-1]
    lands += np.linspace(0, 1e-2, _GRID, dtype=np.float32)
    comes_from = np.stack([np.interp(columns, row, columns) for row in lands]).astype(np.float32)
    size = (right - left, bottom - top)
    map_x = cv2.resize(comes_from, size, interpolation=cv2.INTER_LINEAR)
    map_y = np.repeat(np.arange(top, bottom, dtype=np.float32)[:, None], size[0], axis=1)
    out = picture.copy()
    out[top:bottom, left:right] = cv2.remap(
        picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return out


def _carried(
    columns: Floats, rows: Floats, known: Floats, slides: Floats, reach_px: float
) -> Floats:
    """(rows, columns) slides between the known points: a mean with weights that fall off with the distance."""
    far_x = np.exp(-(((columns[:, None] - known[:, 0]) / reach_px) ** 2) / 2) + np.float32(1e-6)
    far_y = np.exp(-(((rows[:, None] - known[:, 1]) / reach_px) ** 2) / 2) + np.float32(1e-6)
    weight = far_y @ far_x.T
    carried: Floats = ((far_y * slides) @ far_x.T / weight).astype(np.float32)
    return carried
