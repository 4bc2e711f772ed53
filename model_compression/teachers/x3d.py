"""X3D-M (Feichtenhofer 2020, "X3D: expanding architectures for efficient video recognition"): accuracy for few MACs.

3.8 M parameters at 400 classes and 4.7 GMAC at 16 frames of 224 px.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_STEM = 24
# Channels out, channels of the bottleneck (2.25 times), blocks: table 3 of the paper, X3D-M.
_STAGES = ((24, 54, 3), (48, 108, 5), (96, 216, 11), (192, 432, 7))
_HEAD = 2048


class SqueezeExcite(nn.Module):
    """Channels weighted by two pointwise layers on their averages (Hu et al. 2018). x: (B, C, T, H, W) -> same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = _of_eight(channels / 16)
        self.layers = nn.Sequential(
            nn.Conv3d(channels, squeezed, 1),
            nn.ReLU(inplace=True),
            nn.Conv3d(squeezed, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x: Tensor) -> Tensor:
        weights: Tensor = self.layers(x.mean(dim=(2, 3, 4), keepdim=True))
        return x * weights


class Bottleneck(nn.Module):
    """1x1x1 wide, depthwise 3x3x3, 1x1x1 narrow, beside a skip. (B, in, T, H, W) -> (B, out, T, H/s, W/s)."""

    def __init__(
        self, in_channels: int, out_channels: int, *, hidden: int, stride: int, squeeze: bool
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv3d(in_channels, hidden, 1, bias=False),
            nn.BatchNorm3d(hidden),
            nn.ReLU(inplace=True),
            nn.Conv3d(hidden, hidden, 3, (1, stride, stride), 1, groups=hidden, bias=False),
            nn.BatchNorm3d(hidden),
            SqueezeExcite(hidden) if squeeze else nn.Identity(),
            nn.SiLU(),
            nn.Conv3d(hidden, out_channels, 1, bias=False),
            nn.BatchNorm3d(out_channels),
        )
        self.skip: nn.Module = nn.Identity()
        if stride > 1 or in_channels != out_channels:
            self.skip = nn.Sequential(
                nn.Conv3d(in_channels, out_channels, 1, (1, stride, stride), bias=False),
                nn.BatchNorm3d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.skip(x) + self.layers(x))


class X3dM(nn.Module):
    """clips: (B, channels, T, H, W) -> `logits` (B, classes), `embedding` (B, 2048). Labels are taken and not used.

    Time is never strided. Follows the authors' code where the paper's table is coarser: the stem looks at 5 frames,
    and every other block has squeeze-and-excitation.
    """

    input_name = "clips"
    embedding_size = _HEAD

    def __init__(self, *, classes: int, channels: int = 3, dropout: float = 0.5) -> None:
        super().__init__()
        layers: list[nn.Module] = [
            nn.Conv3d(channels, _STEM, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False),
            nn.Conv3d(_STEM, _STEM, (5, 1, 1), padding=(2, 0, 0), groups=_STEM, bias=False),
            nn.BatchNorm3d(_STEM),
            nn.ReLU(inplace=True),
        ]
        before = _STEM
        for out, hidden, blocks in _STAGES:
            for block in range(blocks):
                stride, squeeze = (2 if block == 0 else 1), block % 2 == 0
                layers.append(
                    Bottleneck(before, out, hidden=hidden, stride=stride, squeeze=squeeze)
                )
                before = out
        last = _STAGES[-1][1]
        layers += [
            nn.Conv3d(before, last, 1, bias=False),
            nn.BatchNorm3d(last),
            nn.ReLU(inplace=True),
        ]
        self.layers = nn.Sequential(*layers)
        self.widen = nn.Linear(last, _HEAD, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(_HEAD, classes)
        _initialise(self)

    def forward(self, clips: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        pooled = torch.mean(self.layers(clips), dim=(2, 3, 4))  # (B, 432)
        embedding = functional.relu(self.widen(pooled))
        return {"logits": self.classifier(self.dropout(embedding)), "embedding": embedding}


def _of_eight(width: float) -> int:
    """The multiple of 8 nearest to `width`, at least 8 and not more than a tenth below it."""
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded


def _initialise(network: nn.Module) -> None:
    """He initialisation; a residual branch starts at zero, as in the authors' code."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv3d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.01)
    for layer in network.modules():
        if isinstance(layer, Bottleneck):
            norm = layer.layers[-1]
            assert isinstance(norm, nn.BatchNorm3d)
            nn.init.zeros_(norm.weight)
