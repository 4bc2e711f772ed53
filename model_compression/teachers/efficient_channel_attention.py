"""ELCA of paper 1, which is ECA (Wang et al. 2020, "ECA-Net"): each channel weighted by what its neighbours say.

Paper 1: Abdullah et al., "Jack of Many Faces".
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def kernel_size(channels: int) -> int:
    """k = odd(|(log2 C + 1) / 2|), ECA-Net eq. 12; an even floor goes up by one: 5 at 728 channels, 7 at 2048."""
    floor = int(abs((math.log2(channels) + 1) / 2))
    return max(floor if floor % 2 else floor + 1, 3)


class EfficientChannelAttention(nn.Module):
    """w = sigmoid(Conv1d_k(GAP(x))), x -> w * x (paper 1, sec. 3.2 after eq. 1 and 2).

    x: (B, C, T, H, W) -> same shape. The paper gives no kernel; ECA-Net's rule is taken.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        kernel = kernel_size(channels)
        self.across = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)

    def weights(self, x: Tensor) -> Tensor:
        """x: (B, C, T, H, W) -> (B, C, 1, 1, 1), each in 0..1."""
        pooled = x.mean(dim=(2, 3, 4)).unsqueeze(1)  # (B, 1, C)
        said = torch.sigmoid(self.across(pooled))
        return said.transpose(1, 2).unsqueeze(-1).unsqueeze(-1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weights(x)
