"""The expression student: dense 3x3 convolutions at 56 px on the face crop, in a file of its own.

Dense rather than depthwise: there is little to compute at this size, and int8 kernels run it at several times the
rate. About 1.06 M parameters and 0.09 GMAC.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge_app.face.student_crops import EXPRESSION_PX
from model_compression.students.blocks import ConvBnRelu, initialise

_SEEN_PX = EXPRESSION_PX // 2


class Residual(nn.Module):
    """x + conv(conv(x)), both 3x3 (He et al. 2016, fig. 2); the branch starts near zero."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvBnRelu(channels, channels, kernel=3),
            ConvBnRelu(channels, channels, kernel=3, relu=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.layers(x))


class ExpressionNet(nn.Module):
    """face: (B, 1, 112, 112), or already halved to 56 -> `expression` (B, classes) logits."""

    input_name = "face"
    input_size_px = EXPRESSION_PX

    def __init__(self, *, classes: int = 7, dropout: float = 0.3) -> None:
        super().__init__()
        self.halve = nn.AvgPool2d(2)
        self.layers = nn.Sequential(
            ConvBnRelu(1, 32, kernel=3, stride=2),  # 28
            ConvBnRelu(32, 32, kernel=3),
            ConvBnRelu(32, 64, kernel=3, stride=2),  # 14
            Residual(64),
            ConvBnRelu(64, 128, kernel=3, stride=2),  # 7
            Residual(128),
            Residual(128),
            ConvBnRelu(128, 256, kernel=3),
        )
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(256, classes)
        initialise(self)
        for layer in self.layers:
            if isinstance(layer, Residual):
                last = layer.layers[-1]
                assert isinstance(last, ConvBnRelu) and isinstance(last[1], nn.BatchNorm2d)
                nn.init.constant_(last[1].weight, 0.2)

    def forward(self, face: Tensor) -> dict[str, Tensor]:
        seen = face if face.shape[-1] <= _SEEN_PX else self.halve(face)
        pooled = torch.mean(self.layers(seen), dim=(2, 3))  # (B, 256)
        return {"expression": self.linear(self.dropout(pooled))}
