"""Which pixels of a canvas are the head with its hair: GrabCut, begun from the face's oval.

In: an upright face on the canvas. Out: coverage 0..1, free of holes, in one piece.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import PARTS

_ROUNDS = 4
_SHRINK = 2
_HAIR_ABOVE, _HAIR_BESIDE = 0.62, 0.5
"""How far hair may reach beyond the oval, in its height and in its half width."""
_SMOOTH_PX = 2.0


def head_matte(
    canvas: NDArray[np.uint8], points: NDArray[np.float32], seen: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """canvas: (H, W, 3); points: (146, 2) px; seen: (H, W), False beyond the photograph's edge -> (H, W)."""
    height, width = canvas.shape[:2]
    size = (width // _SHRINK, height // _SHRINK)
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    seen_small = cv2.resize(seen.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    labels = _first_guess(points[PARTS["oval"]] / np.float32(_SHRINK), size)
    labels[~seen_small] = cv2.GC_BGD
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    everything = (0, 0, *size)
    cv2.grabCut(small, labels, everything, background, foreground, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    head = _one_piece(((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)).astype(np.uint8))
    large = cv2.resize(head.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(large, (0, 0), _SMOOTH_PX)
    return np.asarray(np.clip((soft - 0.35) / 0.5, 0.0, 1.0), dtype=np.float32)


def _first_guess(oval: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    low, high = oval.min(axis=0), oval.max(axis=0)
    half, tall = (high[0] - low[0]) / 2, high[1] - low[1]
    middle = (low + high) / 2
    labels = np.full((height, width), cv2.GC_BGD, dtype=np.uint8)

    def fill(scale_x: float, up: float, down: float, label: int) -> None:
        # An egg around the oval: its upper half reaches `up`, its lower half `down` from the middle.
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        reach = np.where(rows < middle[1], up, down)
        egg = ((columns - middle[0]) / (half * scale_x)) ** 2 + ((rows - middle[1]) / reach) ** 2
        labels[egg < 1] = label

    above, below = tall * (0.5 + _HAIR_ABOVE), tall * 0.85
    fill(1 + _HAIR_BESIDE * 1.5, above, below, cv2.GC_PR_BGD)
    fill(1 + _HAIR_BESIDE * 0.5, tall * 0.85, tall * 0.6, cv2.GC_PR_FGD)
    face = middle + (oval - middle) * 0.94
    cv2.fillPoly(labels, [np.rint(face).astype(np.int32)], cv2.GC_FGD)
    return labels


def _one_piece(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest piece, its holes filled, thin spurs removed."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
    closed = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, kernel)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    if count < 2:
        return np.asarray(closed, dtype=np.uint8)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    head = (pieces == largest).astype(np.uint8)
    outlines, _ = cv2.findContours(head, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(head, outlines, -1, 1, cv2.FILLED)
    return np.asarray(head, dtype=np.uint8)
