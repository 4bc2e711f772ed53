"""The detector: where faces lie in the whole frame. One stride-8 map of centres, without anchors.

After CenterNet (Zhou et al. 2019, "Objects as points") with the separable blocks of MobileNet (Howard et al. 2017).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge_app.bundle.heads import FIVE_POINTS
from model_compression.students.blocks import ConvBnRelu, DepthwiseSeparable, initialise

INPUT_PX = 192
STRIDE_PX = 8
_RARE = 0.01  # share of cells that hold a face's centre: where the heat begins


class FaceDetector(nn.Module):
    """image: (B, 1, 192, 192), letterboxed, mean 0 and deviation 1 -> `heat`, `box`, `points` at (24, 24).

    heat (B, 1): logit that a face's centre lies in the cell; box (B, 4): offset x, y of the centre from the cell's
    centre in cells, then log(width / 8 px) and log(height / 8 px); points (B, 10): x, y of each of `FIVE_POINTS`
    from the cell's centre in widths and heights of the box. About 31 MMAC. Any input size that 32 divides will do.

    Departs from CenterNet: the map has stride 8, and what strides 16 and 32 saw is added back to it by nearest
    upsampling, which costs nothing when quantized.
    """

    input_name = "image"

    def __init__(self, *, width: float = 1.0) -> None:
        super().__init__()
        c2, c4, c8, c16, c32 = (8 * round(width * c / 8) for c in (16, 32, 64, 96, 128))
        self.stride_8 = nn.Sequential(
            ConvBnRelu(1, c2, kernel=3, stride=2),  # 96 x 96
            DepthwiseSeparable(c2, c4, stride=2),  # 48 x 48
            DepthwiseSeparable(c4, c4),
            DepthwiseSeparable(c4, c8, stride=2),  # 24 x 24
            *(DepthwiseSeparable(c8, c8) for _ in range(3)),
        )
        self.stride_16 = nn.Sequential(
            DepthwiseSeparable(c8, c16, stride=2),  # 12 x 12
            *(DepthwiseSeparable(c16, c16) for _ in range(3)),
        )
        self.stride_32 = nn.Sequential(
            DepthwiseSeparable(c16, c32, stride=2),  # 6 x 6: one cell sees the whole picture
            *(DepthwiseSeparable(c32, c32) for _ in range(2)),
            ConvBnRelu(c32, c16),
        )
        self.merged_16 = nn.Sequential(DepthwiseSeparable(c16, c16), ConvBnRelu(c16, c8))
        self.merged_8 = nn.Sequential(*(DepthwiseSeparable(c8, c8) for _ in range(2)))
        initialise(self)
        self.heat = nn.Conv2d(c8, 1, 1)
        self.box = nn.Conv2d(c8, 4, 1)
        self.points = nn.Conv2d(c8, 2 * len(FIVE_POINTS), 1)
        for head in (self.heat, self.box, self.points):
            nn.init.normal_(head.weight, std=0.01)
            assert head.bias is not None
            nn.init.zeros_(head.bias)
        with torch.no_grad():
            assert self.heat.bias is not None and self.box.bias is not None
            self.heat.bias.fill_(-math.log(1 / _RARE - 1))
            self.box.bias[2:] = math.log(5.0)  # a face of 40 px

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        at_8 = self.stride_8(image)  # (B, 64, 24, 24)
        at_16 = self.stride_16(at_8)  # (B, 96, 12, 12)
        at_32 = self.stride_32(at_16)  # (B, 96, 6, 6)
        at_16 = self.merged_16(at_16 + _doubled(at_32))  # (B, 64, 12, 12)
        at_8 = self.merged_8(at_8 + _doubled(at_16))  # (B, 64, 24, 24)
        return {"heat": self.heat(at_8), "box": self.box(at_8), "points": self.points(at_8)}


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
