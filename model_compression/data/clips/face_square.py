"""From faces seen in frames to one upright square a frame that follows the head smoothly, with only the face in it.

In: where each frame's face was seen. Out: crops and outlines without gaps, and the cut pictures. Subtitles and logos
beside a face can give its label away; only what lies inside the face's own outline is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import PARTS
from edge_app.face.luma_reach import luma_of
from model_compression.data.clips.face_track import SeenFace
from model_compression.data.clips.settings import GREY

Picture = NDArray[np.uint8]

_CROP_SIGMA_S = 0.25  # a square does not tremble with the landmarks, and hardly lags behind a nod
_OUTLINE_SIGMA_S = 0.08  # a jaw that drops in a yawn takes its outline along
_REACH = 3.0  # sigmas
_LEAST_SIGMA, _LEAST_SPREAD = 1e-3, 1e-9
# From one seen frame to the next; beyond it the picture was cut, or somebody else is followed.
_LEAP_SHIFT = 0.5  # of the square's side
_LEAP_SCALE = 1.6
# Of the square's side.
_FOREHEAD = 0.05  # how far the outline goes beyond the oval's upper end, up to the hair
_DILATION = 0.02
_BROWS = (PARTS["brow_left"], PARTS["brow_right"])


def smooth_squares(
    seen: Sequence[SeenFace | None], size_px: int, frame_rate_hz: float
) -> tuple[list[FaceCrop], NDArray[np.float32]]:
    """The square of each frame, and the outline's points in its pixels (T, 146, 2). At least one face must be seen.

    A frame without a face holds the last square and outline, whatever is there now; frames before the first face have
    its.
    """
    found = np.array([number if face else -1 for number, face in enumerate(seen)])
    first = int(np.argmax(found >= 0))
    nearest = np.maximum(np.maximum.accumulate(found), first).tolist()
    held = [face for number in nearest if (face := seen[number]) is not None]
    crops = np.array([_numbers(face.crop) for face in held])  # (T, 4)
    crops[:, 3] = np.unwrap(crops[:, 3])
    stretches = _stretches(crops)
    crops = np.concatenate(
        [_smoothed(crops[part], _CROP_SIGMA_S * frame_rate_hz) for part in stretches]
    )
    squares = [
        FaceCrop(float(x), float(y), float(np.exp(log_side)), float(roll))
        for x, y, log_side, roll in crops
    ]
    # Of a frame without a face, the outline is where it was in the last square, not where it was in the room.
    outlines = np.stack(
        [_outline(held[at], squares[nearest[at]], size_px) for at in range(len(held))]
    )
    flat = outlines.reshape(len(held), -1)
    flat = np.concatenate(
        [_smoothed(flat[part], _OUTLINE_SIGMA_S * frame_rate_hz) for part in stretches]
    )
    return squares, flat.reshape(outlines.shape).astype(np.float32)


def cut_square(image: Picture, square: FaceCrop, size_px: int, channels: int) -> Picture:
    """image: (H, W[, 3]) BGR -> (size_px, size_px, channels) RGB or luma; beyond the frame all is grey."""
    picture = luma_of(image) if channels == 1 or image.ndim == 2 else image
    matrix = square.frame_to_crop(size_px)
    picture, matrix = _shrunk(picture, matrix, int(square.side_px / size_px), square)
    cut = cv2.warpAffine(
        picture,
        matrix,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(GREY, GREY, GREY),
    )
    if channels == 1:
        return np.asarray(cut[..., None], dtype=np.uint8)
    code = cv2.COLOR_GRAY2RGB if cut.ndim == 2 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(cut, code), dtype=np.uint8)


def grey_outside(picture: Picture, outline: NDArray[np.float32]) -> None:
    """Makes all of (S, S, C) grey in place that lies outside the slightly dilated convex hull of (N, 2) px."""
    picture[~inside(outline, picture.shape[0])] = GREY


def inside(outline: NDArray[np.float32], size_px: int) -> NDArray[np.bool_]:
    """(S, S): what belongs to the face."""
    mask = np.zeros((size_px, size_px), dtype=np.uint8)
    hull = cv2.convexHull(outline.astype(np.float32))
    cv2.fillConvexPoly(mask, np.rint(hull).astype(np.int32), 1)
    around = 2 * round(_DILATION * size_px) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (around, around))
    return np.asarray(cv2.dilate(mask, kernel), dtype=np.bool_)


def _numbers(crop: FaceCrop) -> tuple[float, float, float, float]:
    return crop.center_x_px, crop.center_y_px, float(np.log(crop.side_px)), crop.roll_rad


def _stretches(crops: NDArray[np.float64]) -> list[slice]:
    """Where the face moves on without a leap."""
    step = np.abs(np.diff(crops, axis=0))
    side = np.exp(crops[:-1, 2])
    leaps = (np.hypot(step[:, 0], step[:, 1]) > _LEAP_SHIFT * side) | (
        step[:, 2] > np.log(_LEAP_SCALE)
    )
    starts = [0, *(np.flatnonzero(leaps) + 1).tolist(), len(crops)]
    return [slice(a, b) for a, b in pairwise(starts)]


def _smoothed(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """(T, N): a straight line fitted around each instant, so that a head in motion is not lagged behind at the ends."""
    reach = max(1, round(_REACH * sigma))
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / max(sigma, _LEAST_SIGMA)) ** 2)

    def around(padded: NDArray[np.float64], power: int) -> NDArray[np.float64]:
        padded = np.pad(padded, ((reach, reach), (0, 0)))
        shown = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=0)
        return np.asarray(shown @ (weights * offsets**power), dtype=np.float64)

    there = np.ones((len(values), 1))
    weight, first, second = (around(there, power) for power in range(3))
    spread = weight * second - first**2
    lined = second * around(values, 0) - first * around(values, 1)
    # A lone frame has no line through it.
    return np.where(spread > _LEAST_SPREAD, lined / np.maximum(spread, _LEAST_SPREAD), values)


def _outline(face: SeenFace, square: FaceCrop, size_px: int) -> NDArray[np.float64]:
    """The face's points in the square's pixels, the oval's upper end drawn towards the hair."""
    matrix = square.frame_to_crop(size_px)
    points = (face.points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float64)
    brows = min(points[rows, 1].min() for rows in _BROWS)
    oval = points[PARTS["oval"]]
    oval[oval[:, 1] < brows, 1] -= _FOREHEAD * size_px
    return points


def _shrunk(
    picture: Picture, matrix: NDArray[np.float32], factor: int, square: FaceCrop
) -> tuple[Picture, NDArray[np.float32]]:
    """The part that the square can reach, made `factor` times smaller by averaging: a large face does not flicker."""
    if factor < 2:
        return picture, matrix
    reach = square.side_px  # more than half of its diagonal
    height, width = picture.shape[:2]
    left, top = (
        int(np.clip(middle - reach, 0, size - 1))
        for middle, size in ((square.center_x_px, width), (square.center_y_px, height))
    )
    right, bottom = (
        int(np.clip(middle + reach, first + 1, size))
        for middle, first, size in (
            (square.center_x_px, left, width),
            (square.center_y_px, top, height),
        )
    )
    size = (max(1, (right - left) // factor), max(1, (bottom - top) // factor))
    part = picture[top : top + size[1] * factor, left : left + size[0] * factor]
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    # A pixel of the small picture is the middle of factor x factor pixels.
    first = np.array([left, top], dtype=np.float32) + np.float32((factor - 1) / 2)
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ first
    moved[:, :2] *= factor
    return np.asarray(small, dtype=np.uint8), moved
