"""The detector's maps as they should be, and what a departure costs: CenterNet's focal loss, GIoU of boxes."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from edge_app.face.student_detector import CELL_PX
from model_compression.augmentation.portraits import Floats, face_square

_SPREAD = 0.1  # of a face's side: width of the bump around its centre
_LEAST_SPREAD = 0.55  # cells
_LEARNS_FROM = 0.35  # height of the bump down to which cells learn box and points


def targets(points: Floats, ignored: Floats, size_px: int) -> dict[str, NDArray[np.float32]]:
    """points: (F, 5, 2), ignored: (G, 4) px of the square -> maps over the cells.

    heat (h, w): bumps that reach 1 in the centres' cells; claimed (h, w): 0 where nothing is said; learns (h, w):
    weight with which a cell learns `box` (4, h, w) and `points` (10, h, w).
    """
    cells = size_px // CELL_PX
    heat = np.zeros((cells, cells), dtype=np.float32)
    claimed = np.ones_like(heat)
    learns = np.zeros_like(heat)
    box = np.zeros((4, cells, cells), dtype=np.float32)
    five = np.zeros((10, cells, cells), dtype=np.float32)
    middle = (np.arange(cells, dtype=np.float32) + 0.5) * CELL_PX
    for left, top, right, bottom in ignored:
        # Half a cell more, since a cell sees beyond its own 8 px.
        columns = (middle > left - CELL_PX / 2) & (middle < right + CELL_PX / 2)
        rows = (middle > top - CELL_PX / 2) & (middle < bottom + CELL_PX / 2)
        claimed[np.ix_(rows, columns)] = 0
    for face in points:
        x, y, side, _ = face_square(face)
        column, row = int(x // CELL_PX), int(y // CELL_PX)
        if not (0 <= column < cells and 0 <= row < cells):
            continue
        spread = max(_LEAST_SPREAD, _SPREAD * side / CELL_PX)
        bump = np.multiply.outer(
            np.exp(-(((np.arange(cells) - row) / spread) ** 2) / 2),
            np.exp(-(((np.arange(cells) - column) / spread) ** 2) / 2),
        ).astype(np.float32)
        own = (bump >= _LEARNS_FROM) & (bump > heat)
        heat = np.maximum(heat, bump)
        claimed[bump >= _LEARNS_FROM] = 1
        learns[own] = bump[own]
        rows, columns = np.nonzero(own)
        box[0, rows, columns] = (x - middle[columns]) / CELL_PX
        box[1, rows, columns] = (y - middle[rows]) / CELL_PX
        box[2:, rows, columns] = math.log(side / CELL_PX)
        cell = np.stack([middle[columns], middle[rows]])  # (2, n)
        away = (face[:, :, None] - cell) / side  # (5, 2, n)
        five[:, rows, columns] = away.reshape(10, -1)
    return {"heat": heat, "claimed": claimed, "learns": learns, "box": box, "points": five}


def heat_loss(logits: Tensor, heat: Tensor, claimed: Tensor) -> Tensor:
    """CenterNet's penalty-reduced focal loss (eq. 1; alpha 2, beta 4), over the number of faces. All (B, h, w)."""
    share = torch.sigmoid(logits)
    center = (heat >= 1).float()
    hit = center * (1 - share) ** 2 * functional.softplus(-logits)
    miss = (1 - center) * (1 - heat) ** 4 * share**2 * functional.softplus(logits)
    loss: Tensor = (claimed * (hit + miss)).sum() / (claimed * center).sum().clamp(min=1)
    return loss


def generalised_overlap(box: Tensor, other: Tensor) -> Tensor:
    """GIoU (Rezatofighi et al. 2019) of (n, 4) x, y, log width, log height in cells -> (n,), -1..1."""
    low, high = _corners(box)
    other_low, other_high = _corners(other)
    shared = (torch.minimum(high, other_high) - torch.maximum(low, other_low)).clamp(min=0).prod(1)
    both = (high - low).prod(1) + (other_high - other_low).prod(1) - shared
    hull = (torch.maximum(high, other_high) - torch.minimum(low, other_low)).prod(1)
    return shared / both - (hull - both) / hull


def _corners(box: Tensor) -> tuple[Tensor, Tensor]:
    half = box[:, 2:].clamp(-3, 5).exp() / 2
    return box[:, :2] - half, box[:, :2] + half
