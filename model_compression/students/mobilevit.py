"""MobileViT (Mehta and Rastegari 2021) in its three sizes, own implementation: the larger students.

As a student XS has about 2 M parameters and 0.7 GMAC at 224 px.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.students.backbone import Backbone, Pool, pool_of
from model_compression.students.blocks import (
    ConvBn,
    InvertedResidual,
    activation_layer,
    initialise,
)


class TransformerLayer(nn.Module):
    """Pre-norm self-attention and MLP. tokens: (N, T, d) -> same."""

    def __init__(
        self, dim: int, *, attention_heads: int, mlp_dim: int, activation: str = "relu"
    ) -> None:
        super().__init__()
        self.attention_heads = attention_heads
        self.norm_attention = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.project = nn.Linear(dim, dim)
        self.norm_mlp = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(
            nn.Linear(dim, mlp_dim), activation_layer(activation, mlp_dim), nn.Linear(mlp_dim, dim)
        )

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
        self,
        channels: int,
        dim: int,
        *,
        depth: int,
        patch_px: int,
        attention_heads: int = 4,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        self.patch_px = patch_px
        self.local = nn.Sequential(
            ConvBn(channels, channels, kernel=3, activation=activation),
            nn.Conv2d(channels, dim, 1, bias=False),
        )
        self.transformer = nn.Sequential(
            *[
                TransformerLayer(
                    dim, attention_heads=attention_heads, mlp_dim=2 * dim, activation=activation
                )
                for _ in range(depth)
            ],
            nn.LayerNorm(dim),
        )
        self.project = ConvBn(dim, channels, activation=activation)
        self.fuse = ConvBn(2 * channels, channels, kernel=3, activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        local = self.local(x)
        b, d, h, w = local.shape
        p = self.patch_px
        if h % p or w % p:
            raise UserError(
                f"MobileViT cuts a map of {h} x {w} into patches of {p} x {p}; give it pictures whose sides 32 divides,"
                " such as 128 or 224 px."
            )
        rows, columns = h // p, w // p
        tokens = local.reshape(b * d, rows, p, columns, p).permute(0, 2, 4, 1, 3)
        tokens = tokens.reshape(b, d, p * p, rows * columns).permute(0, 2, 3, 1)
        tokens = self.transformer(tokens.reshape(b * p * p, rows * columns, d))
        folded = tokens.reshape(b, p * p, rows * columns, d).permute(0, 3, 1, 2)
        folded = folded.reshape(b * d, p, p, rows, columns).permute(0, 3, 1, 4, 2)
        folded = self.project(folded.reshape(b, d, h, w))
        out: Tensor = self.fuse(torch.cat([x, folded], dim=1))
        return out


@dataclass(frozen=True, slots=True)
class _Size:
    """Channels after the first block, the second stage, then of each stage with attention (table 4)."""

    first: int
    second: int
    stages: tuple[int, int, int]
    dims: tuple[int, int, int]  # of the tokens
    last: int
    widen: int


_SIZES = {
    "xxs": _Size(16, 24, (48, 64, 80), (64, 80, 96), 320, 2),
    "xs": _Size(32, 48, (64, 80, 96), (96, 120, 144), 384, 4),
    "s": _Size(32, 64, (96, 128, 160), (144, 192, 240), 640, 4),
}


class MobileViT(Backbone):
    """pictures: (B, channels, S, S), S = 224 (any multiple of 32) -> (B, 320, 384 or 640).

    Departs from the paper: patches of one pixel in the last block (its map of 7 x 7 has no 2 x 2 patches). Students
    depart further: ReLU for SiLU (int8), and a global depthwise convolution for the average, which would forget where
    a point lies.
    """

    def __init__(
        self,
        *,
        size: str,
        channels: int = 3,
        side_px: int = 224,
        activation: str = "silu",
        pool: Pool = "average",
    ) -> None:
        has = _SIZES[size]
        c3, c4, c5 = has.stages
        d3, d4, d5 = has.dims
        super().__init__(side_px=side_px, embedding_size=has.last, early_channels=c4)

        def block(in_channels: int, out_channels: int, stride: int = 1) -> InvertedResidual:
            return InvertedResidual(
                in_channels,
                out_channels,
                hidden_channels=has.widen * in_channels,
                stride=stride,
                activation=activation,
            )

        def attention(channels: int, dim: int, depth: int, patch_px: int = 2) -> MobileViTBlock:
            return MobileViTBlock(
                channels, dim, depth=depth, patch_px=patch_px, activation=activation
            )

        self.early = nn.Sequential(
            ConvBn(channels, 16, kernel=3, stride=2, activation=activation),  # 112
            block(16, has.first),
            block(has.first, has.second, stride=2),  # 56
            block(has.second, has.second),
            block(has.second, has.second),
            block(has.second, c3, stride=2),  # 28
            attention(c3, d3, 2),
            block(c3, c4, stride=2),  # 14
            attention(c4, d4, 4),
        )
        self.late = nn.Sequential(
            block(c4, c5, stride=2),  # 7
            attention(c5, d5, 3, patch_px=1),
            ConvBn(c5, has.last, activation=activation),
        )
        self.pool = pool_of(pool, has.last, side_px, halvings=5)
        initialise(self)
