"""MobileViT-XS (Mehta and Rastegari 2021), own implementation, with Vigil's heads: the larger student.

About 2 M parameters and 0.7 GMAC at 224 px.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from edge_app.face import landmark_layout
from model_compression.students.blocks import (
    ConvBnRelu,
    GlobalDepthwise,
    InvertedResidual,
    initialise,
)
from model_compression.students.heads import FaceHeads, Neck, PointPlaces


class TransformerLayer(nn.Module):
    """Pre-norm self-attention and MLP. tokens: (N, T, d) -> same."""

    def __init__(self, dim: int, *, attention_heads: int, mlp_dim: int) -> None:
        super().__init__()
        self.attention_heads = attention_heads
        self.norm_attention = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.project = nn.Linear(dim, dim)
        self.norm_mlp = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, mlp_dim), nn.ReLU(), nn.Linear(mlp_dim, dim))

    def forward(self, tokens: Tensor) -> Tensor:
        n, t, d = tokens.shape
        h = self.attention_heads
        q, k, v = self.qkv(self.norm_attention(tokens)).reshape(n, t, 3 * h, d // h).chunk(3, 2)
        q, k, v = (part.transpose(1, 2) for part in (q, k, v))  # (N, h, T, d/h)
        weights = torch.softmax(q @ k.transpose(2, 3) * (d // h) ** -0.5, dim=-1)
        tokens = tokens + self.project((weights @ v).transpose(1, 2).reshape(n, t, d))
        out: Tensor = tokens + self.mlp(self.norm_mlp(tokens))
        return out


class MobileViTBlock(nn.Module):
    """Local 3x3, then attention among the pixels that hold the same place in their patch (sec. 3.1, fig. 1b)."""

    def __init__(
        self, channels: int, dim: int, *, depth: int, patch_px: int, attention_heads: int = 4
    ) -> None:
        super().__init__()
        self.patch_px = patch_px
        self.local = nn.Sequential(
            ConvBnRelu(channels, channels, kernel=3), nn.Conv2d(channels, dim, 1, bias=False)
        )
        self.transformer = nn.Sequential(
            *[
                TransformerLayer(dim, attention_heads=attention_heads, mlp_dim=2 * dim)
                for _ in range(depth)
            ],
            nn.LayerNorm(dim),
        )
        self.project = ConvBnRelu(dim, channels)
        self.fuse = ConvBnRelu(2 * channels, channels, kernel=3)

    def forward(self, x: Tensor) -> Tensor:
        local = self.local(x)
        b, d, h, w = local.shape
        p = self.patch_px
        rows, columns = h // p, w // p
        tokens = local.reshape(b * d, rows, p, columns, p).permute(0, 2, 4, 1, 3)
        tokens = tokens.reshape(b, d, p * p, rows * columns).permute(0, 2, 3, 1)
        tokens = self.transformer(tokens.reshape(b * p * p, rows * columns, d))
        folded = tokens.reshape(b, p * p, rows * columns, d).permute(0, 3, 1, 2)
        folded = folded.reshape(b * d, p, p, rows, columns).permute(0, 3, 1, 4, 2)
        folded = self.project(folded.reshape(b, d, h, w))
        out: Tensor = self.fuse(torch.cat([x, folded], dim=1))
        return out


class MobileViT(nn.Module):
    """face: (B, 1, S, S), S = 224 (training also at 96..224) -> heads, `embedding`.

    Departs from the paper: ReLU for SiLU (int8), one luma channel, patches of one pixel in the last block (its map of
    7 x 7 has no 2 x 2 patches), and a global depthwise convolution for the average, which would forget where a point
    lies.
    """

    input_name = "face"
    input_size_px = 224

    def __init__(self, *, heads: Sequence[str]) -> None:
        super().__init__()
        self.early = nn.Sequential(
            ConvBnRelu(1, 16, kernel=3, stride=2),  # 112
            InvertedResidual(16, 32, hidden_channels=64),
            InvertedResidual(32, 48, hidden_channels=128, stride=2),  # 56
            InvertedResidual(48, 48, hidden_channels=192),
            InvertedResidual(48, 48, hidden_channels=192),
            InvertedResidual(48, 64, hidden_channels=192, stride=2),  # 28
            MobileViTBlock(64, 96, depth=2, patch_px=2),
            InvertedResidual(64, 80, hidden_channels=256, stride=2),  # 14
            MobileViTBlock(80, 120, depth=4, patch_px=2),
        )
        self.late = nn.Sequential(
            InvertedResidual(80, 96, hidden_channels=320, stride=2),  # 7
            MobileViTBlock(96, 144, depth=3, patch_px=1),
            ConvBnRelu(96, 384),
        )
        self.pool = GlobalDepthwise(384, (7, 7))
        self.neck = Neck(384)
        initialise(self)
        self.places = PointPlaces(80, landmark_layout.COUNT) if "landmarks" in heads else None
        self.heads = FaceHeads(heads)

    def forward(self, face: Tensor) -> dict[str, Tensor]:
        early = self.early(face)
        embedding = self.neck(self.pool(self.late(early)))
        said = {**self.heads(embedding), "embedding": embedding}
        if self.places is not None:
            # The embedding moves what the map alone places: a point behind a hand, or beyond the crop.
            said["landmarks"] = said["landmarks"] + self.places(early)
        return said
