"""DDAMFN (Zhang et al. 2023), from the paper's description alone: a MobileFaceNet of mixed kernels, and where to look.

With three channels and 8 classes 4.09 M parameters and 0.550 GMAC at 112 px; published are 4.11 M and 0.551.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from model_compression.students.backbone import Backbone, Projection, map_side, pool_of
from model_compression.students.blocks import ConvBn, activation_layer, initialise

_LAST = 512


class MixedConvolution(nn.Module):
    """Depthwise: each share of the channels with a kernel of its own (MixConv, Tan and Le 2019, sec. 3.1).

    x: (B, C, H, W) -> (B, C, H/stride, W/stride)
    """

    def __init__(self, channels: int, kernels: Sequence[int], *, stride: int) -> None:
        super().__init__()
        share = channels // len(kernels)
        self.shares = [channels - share * (len(kernels) - 1), *[share] * (len(kernels) - 1)]
        self.parts = nn.ModuleList(
            ConvBn(n, n, kernel=kernel, stride=stride, groups=n)
            for n, kernel in zip(self.shares, kernels, strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        pieces = torch.split(x, self.shares, dim=1)
        return torch.cat([part(piece) for part, piece in zip(self.parts, pieces, strict=True)], 1)


class CoordinateAttention(nn.Module):
    """A weight for each row and one for each column of each channel (Hou et al. 2021, eq. 4-9).

    x: (B, C, H, W) -> the weights of each place (B, C, H, W). `map_px`: rows and columns are weighed by learned
    kernels of that length, where the original takes their mean.
    """

    def __init__(self, channels: int, *, activation: str, map_px: int | None = None) -> None:
        super().__init__()
        squeezed = max(8, channels // 32)
        self.along_rows: nn.Module = _Mean(dim=3)
        self.along_columns: nn.Module = _Mean(dim=2)
        if map_px is not None:
            self.along_rows = _line(channels, map_px, dim=3)
            self.along_columns = _line(channels, map_px, dim=2)
        self.squeeze = ConvBn(channels, squeezed)
        self.activation = activation_layer(activation, squeezed)
        self.rows = nn.Conv2d(squeezed, channels, 1)
        self.columns = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        height = x.shape[2]
        rows = self.along_rows(x)  # (B, C, H, 1)
        columns = self.along_columns(x).transpose(2, 3)  # (B, C, W, 1)
        both = self.activation(self.squeeze(torch.cat([rows, columns], dim=2)))
        by_row = torch.sigmoid(self.rows(both[:, :, :height]))
        by_column = torch.sigmoid(self.columns(both[:, :, height:])).transpose(2, 3)
        return by_row * by_column


class MixedBottleneck(nn.Module):
    """MobileFaceNet's bottleneck with mixed kernels and coordinate attention; a residual where the shape allows it.

    x: (B, in, H, W) -> (B, out, H/stride, W/stride)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        hidden_channels: int,
        kernels: Sequence[int],
        activation: str,
        stride: int = 1,
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvBn(in_channels, hidden_channels, activation=activation),
            MixedConvolution(hidden_channels, kernels, stride=stride),
            activation_layer(activation, hidden_channels),
            ConvBn(hidden_channels, out_channels),
        )
        self.attention = CoordinateAttention(out_channels, activation=activation)
        self.residual = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        out = out * self.attention(out)
        return x + out if self.residual else out


class DualDirectionAttention(nn.Module):
    """Heads that look at different places; the largest weight of each place counts. (B, C, H, W) -> same."""

    def __init__(self, channels: int, *, heads: int, map_px: int, activation: str) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            CoordinateAttention(channels, activation=activation, map_px=map_px)
            for _ in range(heads)
        )

    def forward(self, x: Tensor) -> Tensor:
        weights: Tensor = self.heads[0](x)
        for head in list(self.heads)[1:]:
            weights = torch.maximum(weights, head(x))
        return x * weights


class Ddamfn(Backbone):
    """pictures: (B, channels, S, S), S = 112 (training also at 48..112) -> (B, 512).

    Which kernels a block mixes and where its attention stands are our choice (3, 5 and 7 down to 28 px, 3 and 5 from
    there on; on what the narrowing convolution gives, squeezed by 32), made so that parameters and work come within
    1 % of the published ones; its trained weights would not fit. Departs from the paper: without the loss that drives
    the heads apart, which paper 4 does not name. Students depart further: ReLU for PReLU.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        side_px: int = 112,
        activation: str = "prelu",
        attention_heads: int = 2,
    ) -> None:
        super().__init__(side_px=side_px, embedding_size=_LAST, early_channels=128)

        def block(
            in_channels: int, out: int, hidden: int, kernels: Sequence[int], stride: int = 1
        ) -> MixedBottleneck:
            return MixedBottleneck(
                in_channels,
                out,
                hidden_channels=hidden,
                kernels=kernels,
                activation=activation,
                stride=stride,
            )

        self.early = nn.Sequential(
            ConvBn(channels, 64, kernel=3, stride=2, activation=activation),  # 56
            ConvBn(64, 64, kernel=3, groups=64, activation=activation),
            block(64, 64, 128, (3, 5, 7), stride=2),  # 28
            *[block(64, 64, 128, (3, 5, 7)) for _ in range(9)],
            block(64, 128, 256, (3, 5), stride=2),  # 14
            *[block(128, 128, 256, (3, 5)) for _ in range(16)],
        )
        self.late = nn.Sequential(
            block(128, 256, 1024, (3, 5), stride=2),  # 7
            *[block(256, 256, 512, (3, 5)) for _ in range(6)],
            ConvBn(256, _LAST, activation=activation),
            DualDirectionAttention(
                _LAST,
                heads=attention_heads,
                map_px=map_side(side_px, halvings=4),
                activation=activation,
            ),
        )
        self.pool = pool_of("depthwise", _LAST, side_px, halvings=4)
        self.project = Projection(_LAST)
        initialise(self)


def _line(channels: int, length: int, *, dim: int) -> nn.Sequential:
    return nn.Sequential(_Line(channels, length, dim=dim), nn.BatchNorm2d(channels))


class _Mean(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=self.dim, keepdim=True)


class _Line(nn.Conv2d):
    """A depthwise kernel as long as the map: global depthwise convolution in one direction.

    Like `GlobalDepthwise` it is resampled to a map of another length, so that training may begin with small pictures.
    """

    def __init__(self, channels: int, length: int, *, dim: int) -> None:
        size = (length, 1) if dim == 2 else (1, length)
        super().__init__(channels, channels, size, groups=channels, bias=False)
        self.dim, self.length = dim, length

    def forward(self, x: Tensor) -> Tensor:
        length = x.shape[self.dim]
        if length == self.length:
            return super().forward(x)
        size = (length, 1) if self.dim == 2 else (1, length)
        weight = functional.interpolate(self.weight, size, mode="bilinear", align_corners=False)
        return functional.conv2d(
            x, weight * (self.length / length), self.bias, groups=self.in_channels
        )
