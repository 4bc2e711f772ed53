"""EGCA: channels attend to channels at the end of the network (paper 1, sec. 3.3).

Paper 1: Abdullah et al., "Jack of Many Faces".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model_compression.teachers.efficient_channel_attention import kernel_size


class EfficientGlobalChannelAttention(nn.Module):
    """F_global = A V with A = softmax(q^T k), q and k each a Conv1d over the pooled channels, V the map itself.

    x: (B, C, T, H, W) -> same shape, or already averaged (B, C) -> (B, C): as GAP(A V) = A GAP(V), a network that
    averages behind this module asks for C^2 products instead of C^2 T H W, and gets the same.

    Departs from the paper: a residual is added, x + gamma * F_global with gamma learned from 1. Without one the
    logits q_i k_j are so alike at the start that every channel becomes the average of all (`residual=False` gives
    the paper's form). The paper gives neither the kernel, here ECA's (7 at 2048 channels), nor the axis of the
    softmax, here the keys.
    """

    def __init__(self, channels: int, *, residual: bool = True) -> None:
        super().__init__()
        kernel = kernel_size(channels)
        self.query = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.key = nn.Conv1d(1, 1, kernel, padding=kernel // 2, bias=False)
        self.gamma = nn.Parameter(torch.ones(())) if residual else None

    def attention(self, pooled: Tensor) -> Tensor:
        """pooled: (B, C) -> (B, C, C); row i says how much channel i takes of each."""
        queries = self.query(pooled.unsqueeze(1)).transpose(1, 2)  # (B, C, 1)
        keys = self.key(pooled.unsqueeze(1))  # (B, 1, C)
        return torch.softmax(queries.float() * keys.float(), dim=2)

    def forward(self, x: Tensor) -> Tensor:
        values = x.reshape(*x.shape[:2], -1)  # (B, C, N); N = 1 where x is averaged already
        attention = self.attention(values.mean(dim=2))
        attended = torch.matmul(attention.to(values.dtype), values).reshape(x.shape)
        return attended if self.gamma is None else x + self.gamma * attended
