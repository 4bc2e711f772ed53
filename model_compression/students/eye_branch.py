"""One small network for both eyes: how far the lids are open, whether they can be seen, where the iris is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge_app.face.student_crops import EYE_HEIGHT_PX, EYE_WIDTH_PX
from model_compression.students.blocks import (
    ConvBnRelu,
    DepthwiseSeparable,
    GlobalDepthwise,
    initialise,
)


class EyeBranch(nn.Module):
    """eyes: (B, 1, 48, 64), the right eye mirrored -> `openness` (B, 2), `visible` (B, 1), `iris` (B, 3).

    openness: value, log std; visible: logit; iris: x, y, radius in widths of the picture from its centre.
    `width` scales all channels; 1.0 costs about 7 MMAC an eye.
    """

    input_name = "eyes"

    def __init__(self, *, width: float = 1.0) -> None:
        super().__init__()
        c1, c2, c3, c4 = (8 * round(width * c / 8) for c in (24, 32, 64, 128))
        self.layers = nn.Sequential(
            ConvBnRelu(1, c1, kernel=3, stride=2),  # 24 x 32
            DepthwiseSeparable(c1, c2),
            DepthwiseSeparable(c2, c2),
            DepthwiseSeparable(c2, c3, stride=2),  # 12 x 16
            DepthwiseSeparable(c3, c3),
            DepthwiseSeparable(c3, c3),
            DepthwiseSeparable(c3, c4, stride=2),  # 6 x 8
            DepthwiseSeparable(c4, c4),
            DepthwiseSeparable(c4, c4),
        )
        self.pool = GlobalDepthwise(c4, (EYE_HEIGHT_PX // 8, EYE_WIDTH_PX // 8))
        self.neck = nn.Sequential(nn.Linear(c4, 64, bias=False), nn.BatchNorm1d(64), nn.ReLU())
        initialise(self)
        self.openness = nn.Linear(64, 2)
        self.visible = nn.Linear(64, 1)
        self.iris = nn.Linear(64, 3)
        with torch.no_grad():
            self.iris.bias[2] = 0.1

    def forward(self, eyes: Tensor) -> dict[str, Tensor]:
        pooled = self.neck(self.pool(self.layers(eyes)))
        return {
            "openness": self.openness(pooled),
            "visible": self.visible(pooled),
            "iris": self.iris(pooled),
        }
