"""MobileFaceNet (Chen et al. 2018): paper 4's small student.

At width 1 and one channel about 1.1 M parameters and 0.22 GMAC at 112 px.
"""

from __future__ import annotations

from torch import nn

from model_compression.students.backbone import HALF, Backbone, Projection, pool_of
from model_compression.students.blocks import (
    ConvBn,
    InvertedResidual,
    initialise,
)


class MobileFaceNet(Backbone):
    """pictures: (B, channels, S, S), S = 112 (training also at 48..112) -> (B, 512).

    width: 2 doubles what passes between blocks and leaves their insides and the last 512 channels as they are: the
    network that paper 4 begins with, and of whom the embedding has 512 places (128 in the MobileFaceNet paper).
    Students depart further: ReLU for PReLU, which costs 7 times as much in ONNX Runtime.
    """

    mean, std = HALF

    def __init__(
        self,
        *,
        channels: int = 3,
        side_px: int = 112,
        activation: str = "prelu",
        width: float = 1.0,
    ) -> None:
        c1, c2 = int(64 * width), int(128 * width)
        super().__init__(side_px=side_px, embedding_size=512, early_channels=c2)

        def block(in_channels: int, out: int, hidden: int, stride: int = 1) -> InvertedResidual:
            return InvertedResidual(
                in_channels, out, hidden_channels=hidden, stride=stride, activation=activation
            )

        self.early = nn.Sequential(
            ConvBn(channels, c1, kernel=3, stride=2, activation=activation),  # 56
            ConvBn(c1, c1, kernel=3, groups=c1, activation=activation),
            block(c1, c1, 128, stride=2),  # 28
            *[block(c1, c1, 128) for _ in range(4)],
            block(c1, c2, 256, stride=2),  # 14
            *[block(c2, c2, 256) for _ in range(6)],
        )
        self.late = nn.Sequential(
            block(c2, c2, 512, stride=2),  # 7
            *[block(c2, c2, 256) for _ in range(2)],
            ConvBn(c2, 512, activation=activation),
        )
        self.pool = pool_of("depthwise", 512, side_px, halvings=4)
        self.project = Projection(512)
        initialise(self)
