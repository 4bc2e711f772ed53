"""A frame being composed: layers are laid over each other, and it is known which faces can still be seen.

Out: a `Scene`. Places are in px from the frame's left and upper edge, so that a frame of another size has them by
plain multiplication.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from model_compression.augmentation.non_faces import feathered
from model_compression.augmentation.portraits import Floats, Luma, face_square

SMALLEST_PX = 8.5  # side of the smallest box to be found in a picture of 192 px
_TINY_PX = 5.0  # below this a face may count as background
_LEAST_LIKENESS = 0.75  # correlation of a face with itself before light and camera spoiled it
_LARGEST_ROLL_RAD = math.radians(60)


@dataclass(frozen=True, slots=True)
class Scene:
    frame: Luma  # (h, w)
    points: Floats  # (F, 5, 2) px
    ignored: Floats  # (G, 4) left, top, right, bottom px: neither face nor background


@dataclass(frozen=True, slots=True)
class Placed:
    points: Floats  # (5, 2) px, edge-based
    hidden: float  # share of its box that later layers cover


@dataclass(slots=True)
class Stage:
    """A frame being composed."""

    frame: Luma
    faces: list[Placed] = field(default_factory=list)
    ignored: list[Floats] = field(default_factory=list)  # (4,) each

    def put(
        self,
        picture: Luma,
        matrix: Floats,
        outline: Floats | None,
        *,
        softness_px: float,
        tone: tuple[float, float],
        aliased: bool,
    ) -> None:
        """Lay `picture` over the frame. matrix: (2, 3) picture px -> frame px; outline: (N, 2) px of the picture."""
        height, width = self.frame.shape
        if outline is None:
            h, w = picture.shape
            outline = np.array(
                [[-0.5, -0.5], [w - 0.5, -0.5], [w - 0.5, h - 0.5], [-0.5, h - 0.5]], np.float32
            )
        shape = outline @ matrix[:, :2].T + matrix[:, 2]
        margin = 2 * softness_px + 1
        left, top = np.maximum(np.floor(shape.min(axis=0) - margin), 0).astype(int)
        right, bottom = np.minimum(np.ceil(shape.max(axis=0) + margin) + 1, (width, height)).astype(
            int
        )
        if right <= left or bottom <= top:
            return
        size = (int(right - left), int(bottom - top))
        moved = matrix.copy()
        moved[:, 2] -= (left, top)
        layer = warped(picture, moved, size, aliased=aliased)
        mask = np.zeros((size[1], size[0]), dtype=np.uint8)
        corners = np.rint((shape - (left, top)) * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
        if softness_px >= 0.4:
            mask = feathered(mask, softness_px)
        alpha = mask * np.float32(1 / 255)
        part = self.frame[top:bottom, left:right]
        blended = part + alpha * (layer * np.float32(tone[0]) + np.float32(tone[1]) - part)
        part[:] = np.clip(blended, 0, 255)
        self._hide((left, top, right, bottom), mask)

    def _hide(self, box: tuple[int, int, int, int], mask: Luma) -> None:
        for number, placed in enumerate(self.faces):
            x, y, side, _ = face_square(placed.points)
            low_x, high_x = round(x - side / 2) - box[0], round(x + side / 2) - box[0]
            low_y, high_y = round(y - side / 2) - box[1], round(y + side / 2) - box[1]
            covered = mask[max(0, low_y) : max(0, high_y), max(0, low_x) : max(0, high_x)]
            share = float(covered.sum(dtype=np.float64)) / 255 / max(side * side, 1.0)
            self.faces[number] = Placed(placed.points, min(1.0, placed.hidden + share))

    def finished(self, frame: Luma, smallest_px: float) -> Scene:
        """Which of the placed faces can be asked for."""
        height, width = frame.shape
        wanted: list[Floats] = []
        ignored = list(self.ignored)
        for placed in self.faces:
            x, y, side, roll = face_square(placed.points)
            box = np.array([x - side / 2, y - side / 2, x + side / 2, y + side / 2], np.float32)
            inside_x = min(width, box[2]) - max(0.0, box[0])
            inside_y = min(height, box[3]) - max(0.0, box[1])
            inside = max(0.0, inside_x) * max(0.0, inside_y) / (side * side)
            if inside < 0.1 or placed.hidden > 0.9 or side < _TINY_PX:
                continue
            clear = inside >= 0.55 and placed.hidden <= 0.35 and side >= smallest_px
            clear = clear and 0 < x < width and 0 < y < height and abs(roll) <= _LARGEST_ROLL_RAD
            if clear and _likeness(self.frame, frame, box) >= _LEAST_LIKENESS:
                wanted.append(placed.points)
            else:
                ignored.append(box)
        return Scene(
            frame,
            np.stack(wanted) if wanted else np.zeros((0, 5, 2), np.float32),
            np.stack(ignored) if ignored else np.zeros((0, 4), np.float32),
        )


def warped(
    picture: Luma,
    matrix: Floats,
    size: tuple[int, int],
    *,
    aliased: bool,
    border: int = cv2.BORDER_REPLICATE,
) -> Luma:
    """`cv2.warpAffine` that averages when it shrinks, unless `aliased`. matrix: picture px -> px of the result."""
    matrix = matrix.astype(np.float32, copy=True)
    scale = math.sqrt(abs(area_scale(matrix)))
    while not aliased and scale < 0.6 and min(picture.shape) >= 16:
        halved = (picture.shape[1] // 2, picture.shape[0] // 2)
        picture = cv2.resize(
            picture[: 2 * halved[1], : 2 * halved[0]], halved, interpolation=cv2.INTER_AREA
        )  # type: ignore[assignment]
        matrix[:, 2] += 0.5 * matrix[:, :2].sum(
            axis=1
        )  # the centre of the first halved pixel lies at 0.5, 0.5
        matrix[:, :2] *= 2
        scale *= 2
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)  # type: ignore[return-value]


def _likeness(clean: Luma, spoiled: Luma, box: Floats) -> float:
    """Correlation within box (4,): 0 where noise, darkness or glare left nothing of what was there."""
    left, top, right, bottom = (max(0, round(float(edge))) for edge in box)
    before = clean[top:bottom, left:right].astype(np.float32)
    after = spoiled[top:bottom, left:right].astype(np.float32)
    if before.size == 0:
        return 0.0
    before -= before.mean()
    after -= after.mean()
    energy = float((before * before).sum()) * float((after * after).sum())
    return float((before * after).sum()) / math.sqrt(energy) if energy > 0 else 0.0


def area_scale(matrix: Floats) -> float:
    """Determinant of the left half of (2, 3): by how much areas grow, negative when mirrored."""
    return float(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])
