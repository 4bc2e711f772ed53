"""ResNet-50 (He et al. 2016), own implementation: one of paper 2's visual networks (its table 1)."""

from __future__ import annotations

from torch import Tensor, nn

from model_compression.students.backbone import Backbone, Pool, pool_of
from model_compression.students.blocks import ConvBn, activation_layer

_EXPANSION = 4


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 and a shortcut (fig. 5); the stride is in the 3x3, as in all weights that are published today.

    x: (B, in, H, W) -> (B, 4 * channels, H/stride, W/stride)
    """

    def __init__(self, in_channels: int, channels: int, *, stride: int, activation: str) -> None:
        super().__init__()
        out = _EXPANSION * channels
        self.layers = nn.Sequential(
            ConvBn(in_channels, channels, activation=activation),
            ConvBn(channels, channels, kernel=3, stride=stride, activation=activation),
            ConvBn(channels, out),
        )
        self.shortcut = (
            nn.Identity()
            if stride == 1 and in_channels == out
            else ConvBn(in_channels, out, stride=stride)
        )
        self.activation = activation_layer(activation, out)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.activation(self.layers(x) + self.shortcut(x))
        return out


class ResNet50(Backbone):
    """pictures: (B, channels, S, S), S = 224 -> (B, 2048)."""

    def __init__(
        self,
        *,
        channels: int = 3,
        side_px: int = 224,
        activation: str = "relu",
        pool: Pool = "average",
    ) -> None:
        super().__init__(side_px=side_px, embedding_size=2048, early_channels=1024)

        def stage(in_channels: int, width: int, blocks: int, stride: int) -> nn.Sequential:
            first = Bottleneck(in_channels, width, stride=stride, activation=activation)
            return nn.Sequential(
                first,
                *[
                    Bottleneck(_EXPANSION * width, width, stride=1, activation=activation)
                    for _ in range(blocks - 1)
                ],
            )

        self.early = nn.Sequential(
            ConvBn(channels, 64, kernel=7, stride=2, activation=activation),  # 112
            nn.MaxPool2d(3, 2, 1),  # 56
            stage(64, 64, 3, 1),
            stage(256, 128, 4, 2),  # 28
            stage(512, 256, 6, 2),  # 14
        )
        self.late = stage(1024, 512, 3, 2)  # 7
        self.pool = pool_of(pool, 2048, side_px, halvings=5)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            if isinstance(layer, Bottleneck):
                last = layer.layers[-1]
                assert isinstance(last, ConvBn) and isinstance(last[1], nn.BatchNorm2d)
                nn.init.zeros_(last[1].weight)
