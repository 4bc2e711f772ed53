"""What 3D-Xception is built of: stem, separable convolution, block (Chollet 2017, fig. 5, every layer made 3D)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn


class SeparableConv(nn.Sequential):
    """Depthwise 3x3x3, pointwise 1x1x1, BatchNorm. (B, in, T, H, W) -> (B, out, T, H, W)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            nn.Conv3d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False),
            nn.Conv3d(in_channels, out_channels, 1, bias=False),
            nn.BatchNorm3d(out_channels),
        )


class XceptionBlock(nn.Module):
    """ReLU and separable convolution for each of `widths`, beside a skip.

    With `temporal_stride`, a 3x3x3 maximum ends the branch and halves space, and the skip is a strided 1x1x1;
    without, the shape stays and the skip is the identity.
    """

    def __init__(
        self, *widths: int, temporal_stride: int | None = None, first_relu: bool = True
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for place, (narrow, wide) in enumerate(pairwise(widths)):
            if place > 0 or first_relu:
                # Not in place at first: the skip reads the same map.
                layers.append(nn.ReLU(inplace=place > 0))
            layers.append(SeparableConv(narrow, wide))
        self.skip: nn.Module = nn.Identity()
        if temporal_stride is not None:
            stride = (temporal_stride, 2, 2)
            layers.append(nn.MaxPool3d(3, stride, padding=1))
            self.skip = nn.Sequential(
                nn.Conv3d(widths[0], widths[-1], 1, stride, bias=False), nn.BatchNorm3d(widths[-1])
            )
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x) + self.skip(x)
        return out


def stem(channels: int, between: int, out_channels: int, *, temporal_stride: int) -> nn.Sequential:
    """(B, channels, T, H, W) -> (B, out, T, H/2 - 3, W/2 - 3): like Xception's, it pads time only."""
    return nn.Sequential(
        nn.Conv3d(channels, between, 3, (temporal_stride, 2, 2), padding=(1, 0, 0), bias=False),
        nn.BatchNorm3d(between),
        nn.ReLU(inplace=True),
        nn.Conv3d(between, out_channels, 3, padding=(1, 0, 0), bias=False),
        nn.BatchNorm3d(out_channels),
        nn.ReLU(inplace=True),
    )


def initialise(network: nn.Module) -> None:
    """He initialisation by fan in, as the paper names none: by fan out, a depthwise kernel would count all channels."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv3d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
