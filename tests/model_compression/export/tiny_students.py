"""Students of a few thousand weights, with BatchNorm statistics as if they had been trained."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model_compression.students.blocks import (
    ConvBnRelu,
    DepthwiseSeparable,
    GlobalDepthwise,
    InvertedResidual,
)


class TinyEyes(nn.Module):
    """A student of the part `eyes`."""

    input_name = "eyes"

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            ConvBnRelu(1, 8, kernel=3, stride=2),
            DepthwiseSeparable(8, 8, stride=2),
            InvertedResidual(8, 8, hidden_channels=16),
            DepthwiseSeparable(8, 16, stride=2),
        )
        self.pool = GlobalDepthwise(16, (6, 8))
        self.neck = nn.Sequential(nn.Linear(16, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU())
        self.openness, self.visible, self.iris = nn.Linear(8, 2), nn.Linear(8, 1), nn.Linear(8, 3)

    def forward(self, eyes: Tensor) -> dict[str, Tensor]:
        pooled = self.neck(self.pool(self.layers(eyes)))
        return {
            "openness": self.openness(pooled),
            "visible": self.visible(pooled),
            "iris": self.iris(pooled),
        }


@torch.no_grad()
def seasoned(student: nn.Module, shape: tuple[int, ...], seed: int = 0) -> nn.Module:
    """In eval mode, after BatchNorm has seen a few random inputs of `shape` with a batch of 8."""
    drawn = torch.Generator().manual_seed(seed)
    for parameter in student.parameters():
        if parameter.ndim == 1:
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=drawn))
    student.train()
    for _ in range(8):
        student(torch.randn((8, *shape), generator=drawn))
    return student.eval()


def tiny_eyes() -> nn.Module:
    torch.manual_seed(0)
    return seasoned(TinyEyes(), (1, 48, 64))
