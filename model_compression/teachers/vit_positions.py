"""Fixed positions of a clip's tokens: sines and cosines, over the flattened tokens or along time and both sides.

A picture is a clip one token long, so that it takes the first positions of a clip either way.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Positions = Literal["flat", "grid"]
Grid = tuple[int, int, int]  # tokens along time, height, width

_SLOWEST = 10000.0


class TokenPositions:
    """(N, d) of a grid of tokens. Kept between calls, since neighbouring batches have the same shape.

    `flat` is VideoMAE's table (Tong et al. 2022): a token's number in time, then rows, then columns, so that its
    weights fit. It depends on the size of the picture; `grid` gives a third of the numbers to each axis instead.
    """

    def __init__(self, width: int, kind: Positions) -> None:
        self._width = width
        self._kind = kind
        self._made: tuple[Grid, Tensor] | None = None

    def of(self, grid: Grid, like: Tensor) -> Tensor:
        """(N, d) on the device of `like`."""
        if self._made is None or self._made[0] != grid or self._made[1].device != like.device:
            self._made = (grid, self._table(grid).to(like.device))
        return self._made[1]

    def _table(self, grid: Grid) -> Tensor:
        # In double: a sine of a thousand radians has few digits left in single.
        frames, rows, columns = (torch.arange(n, dtype=torch.float64, device="cpu") for n in grid)
        if self._kind == "flat":
            number = torch.arange(
                len(frames) * len(rows) * len(columns), dtype=torch.float64, device="cpu"
            )
            return _waves(number, self._width).float()
        axes = torch.meshgrid(frames, rows, columns, indexing="ij")
        third = self._width // 3
        return torch.cat([_waves(axis.flatten(), third) for axis in axes], dim=1).float()


def _waves(number: Tensor, width: int) -> Tensor:
    """(N,) -> (N, width): sine and cosine in turns, from fast to slow (Vaswani et al. 2017, sec. 3.5)."""
    place = torch.arange(width, dtype=torch.float64, device="cpu")
    angles = number[:, None] / _SLOWEST ** (2 * (place // 2) / width)
    return torch.where(place % 2 == 0, angles.sin(), angles.cos())
