"""EfficientNet (Tan and Le 2019), own implementation: B0 of paper 4's students, and B2."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor, nn

from model_compression.students.backbone import Backbone, Pool, pool_of
from model_compression.students.blocks import (
    ConvBn,
    SqueezeExcitation,
    StochasticDepth,
    initialise,
)

BATCH_NORM_EPS = 1e-3


@dataclass(frozen=True, slots=True)
class Stage:
    """A line of the paper's table 1: `blocks` blocks to `channels`, the first with the stride."""

    widen: int
    channels: int
    blocks: int
    stride: int
    kernel: int = 3
    squeezes: bool = True  # with squeeze and excitation
    fused: bool = False  # one dense convolution for the widening and the depthwise one


_B0 = (
    Stage(1, 16, 1, 1),
    Stage(6, 24, 2, 2),
    Stage(6, 40, 2, 2, kernel=5),
    Stage(6, 80, 3, 2),
    Stage(6, 112, 3, 1, kernel=5),
    Stage(6, 192, 4, 2, kernel=5),
    Stage(6, 320, 1, 1),
)
_STEM, _LAST = 32, 1280
_EARLY = 5  # stages to stride 16


@dataclass(frozen=True, slots=True)
class _Size:
    """What of B0 is scaled (sec. 3.3)."""

    width: float
    depth: float
    side_px: int


_SIZES = {"b0": _Size(1.0, 1.0, 224), "b2": _Size(1.1, 1.2, 260)}


class MBConv(nn.Module):
    """Widen, depthwise, squeeze and excitation, narrow: fig. 4 of MobileNetV2 with Hu et al.'s module.

    x: (B, in, H, W) -> (B, out, H/stride, W/stride). Fused (EfficientNetV2, fig. 2): one dense convolution widens.
    """

    def __init__(
        self,
        in_channels: int,
        stage: Stage,
        *,
        stride: int,
        activation: str,
        left_out: float,
    ) -> None:
        super().__init__()
        hidden = in_channels * stage.widen
        kernel = stage.kernel
        layers: list[nn.Module] = []
        if stage.fused:
            out = hidden if stage.widen > 1 else stage.channels
            layers.append(
                ConvBn(in_channels, out, kernel=kernel, stride=stride, activation=activation)
            )
        else:
            if stage.widen > 1:
                layers.append(ConvBn(in_channels, hidden, activation=activation))
            layers.append(
                ConvBn(
                    hidden,
                    hidden,
                    kernel=kernel,
                    stride=stride,
                    groups=hidden,
                    activation=activation,
                )
            )
        if stage.squeezes:
            squeezed = max(1, in_channels // 4)
            layers.append(SqueezeExcitation(hidden, squeezed=squeezed, activation=activation))
        if not stage.fused or stage.widen > 1:
            layers.append(ConvBn(hidden, stage.channels))
        self.residual = stride == 1 and in_channels == stage.channels
        if self.residual:
            layers.append(StochasticDepth(left_out))
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(x)
        return x + out if self.residual else out


class StagedNetwork(Backbone):
    """Stem, stages of `MBConv`, a 1x1 convolution: pictures (B, channels, S, S) -> (B, last)."""

    def __init__(
        self,
        stages: tuple[Stage, ...],
        *,
        stem: int,
        last: int,
        channels: int,
        side_px: int,
        activation: str,
        pool: Pool,
        stochastic_depth: float,
    ) -> None:
        super().__init__(
            side_px=side_px, embedding_size=last, early_channels=stages[_EARLY - 1].channels
        )
        total = sum(stage.blocks for stage in stages)
        entering, built = stem, 0
        made: list[nn.Sequential] = []
        for stage in stages:
            blocks = []
            for position in range(stage.blocks):
                blocks.append(
                    MBConv(
                        entering,
                        stage,
                        stride=stage.stride if position == 0 else 1,
                        activation=activation,
                        left_out=stochastic_depth * built / total,
                    )
                )
                entering, built = stage.channels, built + 1
            made.append(nn.Sequential(*blocks))
        self.early = nn.Sequential(
            ConvBn(channels, stem, kernel=3, stride=2, activation=activation), *made[:_EARLY]
        )
        self.late = nn.Sequential(*made[_EARLY:], ConvBn(entering, last, activation=activation))
        self.pool = pool_of(pool, last, side_px, halvings=5)
        initialise(self)
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eps = BATCH_NORM_EPS


class EfficientNet(StagedNetwork):
    """pictures: (B, channels, S, S), S = 224 (B0) or 260 (B2) -> (B, 1280 or 1408).

    Departs from the paper: BatchNorm's momentum is torch's. Students depart further: ReLU for SiLU (int8), a global
    depthwise convolution for the average, and nothing left out in training.
    """

    def __init__(
        self,
        *,
        size: str,
        channels: int = 3,
        side_px: int | None = None,
        activation: str = "silu",
        pool: Pool = "average",
        stochastic_depth: float = 0.2,
    ) -> None:
        has = _SIZES[size]
        stages = tuple(
            Stage(
                stage.widen,
                _rounded(stage.channels * has.width),
                math.ceil(stage.blocks * has.depth),
                stage.stride,
                kernel=stage.kernel,
            )
            for stage in _B0
        )
        super().__init__(
            stages,
            stem=_rounded(_STEM * has.width),
            last=_rounded(_LAST * has.width),
            channels=channels,
            side_px=side_px or has.side_px,
            activation=activation,
            pool=pool,
            stochastic_depth=stochastic_depth,
        )


def _rounded(channels: float) -> int:
    """To the nearest eight, never down by more than a tenth."""
    near = max(8, 8 * int(channels / 8 + 0.5))
    return near if near >= 0.9 * channels else near + 8
