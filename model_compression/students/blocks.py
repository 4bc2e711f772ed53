"""Blocks that quantize well: convolution, BatchNorm, ReLU. PReLU (7 times slower in ONNX Runtime) and SiLU are for
networks that do not drive.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

ACTIVATIONS = ("relu", "silu", "prelu")


def activation_layer(name: str, channels: int) -> nn.Module:
    """Of `ACTIVATIONS`; PReLU has a slope per channel."""
    if name == "prelu":
        return nn.PReLU(channels)
    return nn.SiLU(inplace=True) if name == "silu" else nn.ReLU(inplace=True)


class ConvBn(nn.Sequential):
    """(B, in, H, W) -> (B, out, H/stride, W/stride). activation: of `ACTIVATIONS`; None: linear."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        activation: str | None = None,
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(
                in_channels,
                out_channels,
                kernel,
                stride,
                kernel // 2,
                groups=groups,
                bias=False,
            ),
            nn.BatchNorm2d(out_channels),
        ]
        if activation is not None:
            layers.append(activation_layer(activation, out_channels))
        super().__init__(*layers)


class ConvBnRelu(ConvBn):
    """The vehicle's: (B, in, H, W) -> (B, out, H/stride, W/stride)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        depthwise: bool = False,
        relu: bool = True,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel=kernel,
            stride=stride,
            groups=in_channels if depthwise else 1,
            activation="relu" if relu else None,
        )


class InvertedResidual(nn.Module):
    """Widen, depthwise 3x3, narrow without an activation; MobileNetV2 (Sandler et al. 2018, fig. 4)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        hidden_channels: int,
        stride: int = 1,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvBn(in_channels, hidden_channels, activation=activation),
            ConvBn(
                hidden_channels,
                hidden_channels,
                kernel=3,
                stride=stride,
                groups=hidden_channels,
                activation=activation,
            ),
            ConvBn(hidden_channels, out_channels),
        )
        self.residual = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return x + out if self.residual else out


class SqueezeExcitation(nn.Module):
    """Each channel is weighted by what all say on average (Hu et al. 2018, eq. 2-4). x: (B, C, H, W) -> same."""

    def __init__(self, channels: int, *, squeezed: int, activation: str) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, squeezed, 1),
            activation_layer(activation, squeezed),
            nn.Conv2d(squeezed, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        weights: Tensor = self.layers(x.mean(dim=(2, 3), keepdim=True))
        return x * weights


class StochasticDepth(nn.Module):
    """In training a sample's branch is left out with probability `share` (Huang et al. 2016). (B, ...) -> same."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, branch: Tensor) -> Tensor:
        if not self.training or self.share == 0.0:
            return branch
        kept = torch.rand(len(branch), *[1] * (branch.dim() - 1), device=branch.device)
        return branch * (kept >= self.share) / (1.0 - self.share)


class DepthwiseSeparable(nn.Module):
    """Depthwise 3x3, then 1x1; a residual where the shape allows it."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvBnRelu(in_channels, in_channels, kernel=3, stride=stride, depthwise=True),
            ConvBnRelu(in_channels, out_channels, relu=False),
        )
        self.residual = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return functional.relu(x + out if self.residual else out)


class GlobalDepthwise(nn.Module):
    """GDC (MobileFaceNet, Chen et al. 2018, sec. 3.1): each place of the last map keeps its own weight.

    x: (B, C, h, w) -> (B, C). Departs from the paper in that a map of another size than `size` (training at low
    resolution) meets the kernel resampled to it, so that one set of weights serves every resolution.
    """

    def __init__(self, channels: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size
        self.weight = nn.Parameter(torch.empty(channels, 1, *size))
        nn.init.normal_(self.weight, mean=1 / (size[0] * size[1]), std=0.5 / (size[0] * size[1]))
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        weight: Tensor = self.weight
        if tuple(x.shape[2:]) != self.size:
            share = (self.size[0] * self.size[1]) / (x.shape[2] * x.shape[3])
            weight = share * functional.interpolate(
                weight, size=x.shape[2:], mode="bilinear", align_corners=False
            )
        out = functional.conv2d(x, weight, groups=x.shape[1])
        return torch.flatten(self.norm(out), 1)


def initialise(module: nn.Module) -> None:
    """He initialisation (fan out) for convolutions; a residual branch starts near zero."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    for layer in module.modules():
        if isinstance(layer, InvertedResidual | DepthwiseSeparable) and layer.residual:
            last = layer.layers[-1]
            assert isinstance(last, ConvBn) and isinstance(last[1], nn.BatchNorm2d)
            nn.init.constant_(last[1].weight, 0.2)
