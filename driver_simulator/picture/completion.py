"""What a photograph does not show of a head: hair over a cropped forehead, skin under a cropped chin, no background.

In: canvas, matte, points, and which pixels the photograph has. Out: the canvas painted beyond them, so that a turned
head shows no rim of what was behind it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.fill import grown_in
from edge_app.face.landmark_layout import PARTS

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_RIM_PX = 4
_SKIN_NEAR = 40.0
"""Grey levels from the skin's colour up to which what lies under a chin is taken for a neck."""
_FEW_HAIRS, _DARKER_THAN_SKIN = 600, 0.78
_JAW_LINE_PX, _JAW_LINE_DARK = 27, 0.8
_JAW_SHADE, _JAW_SHADE_PX = 0.34, 26.0
_STRANDS = 0.1
_CHIN_SHADOW = 0.82


def completed(
    canvas: NDArray[np.uint8],
    matte: Floats,
    points: NDArray[np.float32],
    seen: NDArray[np.bool_],
    skin_bgr: Floats,
) -> NDArray[np.uint8]:
    """canvas: (H, W, 3) -> the same size."""
    shown = (seen & (matte > 0.9)).astype(np.uint8)
    known: Mask = cv2.erode(shown, np.ones((3, 3)), iterations=_RIM_PX) > 0
    oval = points[PARTS["oval"]]
    chin = float(oval[18, 1])
    rows, columns = (
        np.asarray(place, dtype=np.float32)
        for place in np.mgrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    )
    strange = np.abs(canvas.astype(np.float32) - skin_bgr).max(axis=-1) > _SKIN_NEAR
    known &= ~(cv2.dilate(strange.astype(np.uint8), np.ones((9, 9))).astype(bool) & (rows > chin))
    known &= ~_under_jaw(canvas, points, skin_bgr)
    filled = grown_in(canvas.astype(np.float32), known)
    hair = _hair_colour(canvas, known, points, skin_bgr)
    over = _over_the_hairline(rows, columns, oval) * _soft(~known, 3.0)
    strands = _strands(canvas.shape[:2])[..., None]
    filled += (hair * (1 + strands) - filled) * over[..., None]
    below = (np.clip((rows - chin) / 12, 0, 1) * _soft(~known, 3.0))[..., None]
    neck = np.minimum(filled, skin_bgr * 1.05) * 0.5 + skin_bgr * (_CHIN_SHADOW - 0.5)
    filled += (neck - filled) * below
    filled *= _shade_of_jaw(points, canvas.shape[:2])[..., None]
    return np.asarray(np.clip(filled + 0.5, 0, 255), dtype=np.uint8)


def _under_jaw(canvas: NDArray[np.uint8], points: NDArray[np.float32], skin_bgr: Floats) -> Mask:
    """The dark line between jaw and neck: seen from below it would be drawn out to a stain."""
    rim = np.zeros(canvas.shape[:2], dtype=np.uint8)
    jaw = points[PARTS["oval"]][10:27]
    cv2.polylines(rim, [np.rint(jaw).astype(np.int32)], False, 1, _JAW_LINE_PX)
    dark = canvas.mean(axis=-1) < _JAW_LINE_DARK * skin_bgr.mean()
    wider = cv2.dilate((dark & (rim > 0)).astype(np.uint8), np.ones((5, 5), dtype=np.uint8))
    return np.asarray(wider > 0)


def _shade_of_jaw(points: NDArray[np.float32], size: tuple[int, ...]) -> Floats:
    """(H, W) up to 1: the jaw keeps light from the neck below it."""
    oval = points[PARTS["oval"]]
    mouth = float(points[PARTS["lips_outer"], 1].max())
    outside = np.ones(size, dtype=np.uint8)
    cv2.fillPoly(outside, [np.rint(oval).astype(np.int32)], 0)
    away = cv2.distanceTransform(outside, cv2.DIST_L2, 5)
    below = np.clip((np.arange(size[0], dtype=np.float32) - mouth) / 30, 0, 1)[:, None]
    shade = np.exp(-away / _JAW_SHADE_PX) * np.clip(away / 3, 0, 1) * below
    return np.asarray(1 - _JAW_SHADE * shade, dtype=np.float32)


def _soft(mask: NDArray[np.bool_], sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma))


def _hair_colour(
    canvas: NDArray[np.uint8],
    known: NDArray[np.bool_],
    points: NDArray[np.float32],
    skin_bgr: Floats,
) -> Floats:
    """Of hair that is seen around the forehead, else of the brows."""
    oval = points[PARTS["oval"]]
    middle = oval.mean(axis=0)
    around = known.astype(np.uint8)
    wider = np.rint(middle + 1.08 * (oval - middle)).astype(np.int32)
    cv2.fillPoly(around, [wider], 0)
    around[int(points[PARTS["eyelid_left"], 1].mean()) :] = 0
    seen = canvas[around > 0].astype(np.float32)
    # Skin beside the forehead is no sign of a bald head.
    hairs = seen[seen.mean(axis=1) < _DARKER_THAN_SKIN * skin_bgr.mean()]
    if len(hairs) >= _FEW_HAIRS:
        return np.asarray(np.median(hairs, axis=0), dtype=np.float32)
    brows = np.zeros(canvas.shape[:2], dtype=np.uint8)
    for part in ("brow_left", "brow_right"):
        hull = cv2.convexHull(np.rint(points[PARTS[part]]).astype(np.int32))
        cv2.fillConvexPoly(brows, hull.astype(np.int32), 1)
    dark = np.percentile(canvas[brows > 0], 25, axis=0)
    return np.asarray(np.minimum(dark, skin_bgr * 0.8), dtype=np.float32)


def _over_the_hairline(rows: Floats, columns: Floats, oval: NDArray[np.float32]) -> Floats:
    """1 where a head has hair: over the oval's upper half, and beside it down to the ears."""
    ears = float(oval[[8, 28], 1].mean())
    mask = np.ones(rows.shape, dtype=np.float32)
    middle = oval.mean(axis=0)
    outline = np.rint(middle + (oval - middle) * (1.04, 1.0)).astype(np.int32)
    cv2.fillPoly(mask, [outline], 0.0)
    mask *= np.clip((ears - rows) / 30 + 1, 0, 1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 5.0))


def _strands(size: tuple[int, int]) -> Floats:
    """(H, W) around 0: streaks that run down."""
    noise = np.random.default_rng(0).normal(size=size).astype(np.float32)
    streaks = cv2.GaussianBlur(noise, (0, 0), sigmaX=1.2, sigmaY=14.0)
    return np.asarray(np.clip(streaks / streaks.std() * _STRANDS, -0.5, 0.5), dtype=np.float32)
