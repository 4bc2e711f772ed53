"""Coordinates that move with a face: eye distances to the driver's left and down, from between the eyes.

Things put on a face are drawn in them, so that they follow roll, distance and (with `across`) turning of the head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import (
    INNER_CORNER,
    NOSE_BASE,
    OUTER_CORNER,
    PART_SIZES,
    PARTS,
)
from edge_app.face.student_crops import anchors_of, face_crop

Floats = NDArray[np.float32]

_FACE_SIDE = 3.2  # of a student's crop, in eye distances
_NOSE_TIP = PARTS["nose"].start + 5
_TIP_DEPTH = 0.55  # how far the tip of the nose stands before the eyes, in eye distances
_SIDEWAYS = 0.35  # below this foreshortening the line through the eyes says little about roll


@dataclass(frozen=True, slots=True)
class FaceFrame:
    """Picture = origin + unit_px * (x * right + y * down). Left and right eyes are the driver's own."""

    points: Floats  # (146, 2) px
    origin: Floats  # (2,) px, between the eyes
    right: Floats  # (2,) unit vector to the picture's right on an upright face
    down: Floats  # (2,) unit vector
    unit_px: float  # eye distance as seen from the front
    across: float  # 0..1, foreshortening of the line through the eyes
    turn: float  # sine of yaw, roughly; positive to the picture's right

    def at(self, xy: Floats | list[tuple[float, float]]) -> Floats:
        """(N, 2) eye distances -> px."""
        local: Floats = np.asarray(xy, dtype=np.float32) * np.float32(self.unit_px)
        placed: Floats = local @ self._axes() + self.origin
        return placed

    def local(self, points: Floats) -> Floats:
        """(N, 2) px -> eye distances."""
        moved: Floats = (points - self.origin) / np.float32(self.unit_px)
        coordinates: Floats = moved @ self._axes().T
        return coordinates

    def _axes(self) -> Floats:
        return np.array([self.right, self.down], dtype=np.float32)

    def part(self, name: str) -> Floats:
        """A part of `landmark_layout`, in px."""
        return self.points[PARTS[name]]

    def eye_region(self, side: str) -> Floats:
        """(61, 2) px spread over one eye's opening and lids, whether it is open or shut."""
        lid = self.part(f"eyelid_{side}")
        outer, inner = lid[OUTER_CORNER], lid[INNER_CORNER]
        half = (inner - outer) / 2
        # A far eye keeps its height when its width shrinks.
        height = max(0.42 * float(np.hypot(half[0], half[1])), 0.07 * self.unit_px)
        axes = np.array([half, height * self.down], dtype=np.float32)
        region: Floats = _DISC @ axes + (outer + inner) / 2
        return region

    def mouth_region(self) -> Floats:
        """(60, 2) px spread over the lips and between them."""
        region: Floats = _MOUTH_SPREAD @ self.part("lips_outer")
        return region

    def face_region(self) -> Floats:
        """(180, 2) px spread over the face."""
        region: Floats = _FACE_SPREAD @ self.part("oval")
        return region

    def cheek_points(self) -> Floats:
        """(6, 2) px of bare skin beside the nose, and of the brow's middle."""
        return self.at(
            [(-0.55, 0.5), (0.55, 0.5), (-0.45, 0.6), (0.45, 0.6), (0.0, -0.45), (0.0, 0.25)]
        )


def _disc() -> Floats:
    rings = [np.zeros((1, 2))]
    for radius, count in ((0.35, 10), (0.65, 20), (0.95, 30)):
        angle = np.arange(count) * (2 * np.pi / count)
        rings.append(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return np.concatenate(rings).astype(np.float32)


def _spread(count: int, shares: tuple[float, ...]) -> Floats:
    """(shares * count, count): rings inside an outline of `count` points, as weights of its points."""
    to_center = np.full((count, count), 1 / count)
    rings = [share * np.eye(count) + (1 - share) * to_center for share in shares]
    return np.concatenate(rings).astype(np.float32)


_DISC = _disc()
_MOUTH_SPREAD = _spread(PART_SIZES["lips_outer"], (0.3, 0.6, 0.9))
_FACE_SPREAD = _spread(PART_SIZES["oval"], (0.2, 0.45, 0.65, 0.8, 0.92))


def face_frame(points: Floats) -> FaceFrame:
    """points: (146, 2) px in the order of `landmark_layout`."""
    anchors = anchors_of(points)
    unit_px = max(face_crop(anchors).side_px / _FACE_SIDE, 1.0)
    between = (anchors.eye_left + anchors.eye_right) / 2
    line: Floats = anchors.eye_left - anchors.eye_right
    nose = points[NOSE_BASE] - between
    length = math.hypot(float(line[0]), float(line[1]))
    if length < _SIDEWAYS * unit_px:
        line = np.array([nose[1], -nose[0]], dtype=np.float32)
    norm = max(math.hypot(float(line[0]), float(line[1])), 1e-3)
    right = (line / norm).astype(np.float32)
    down = np.array([-right[1], right[0]], dtype=np.float32)
    turn = float((points[_NOSE_TIP] - between) @ right) / (_TIP_DEPTH * unit_px)
    return FaceFrame(
        points=points,
        origin=between.astype(np.float32),
        right=right,
        down=down,
        unit_px=unit_px,
        across=min(1.0, length / unit_px),
        turn=max(-1.0, min(1.0, turn)),
    )
