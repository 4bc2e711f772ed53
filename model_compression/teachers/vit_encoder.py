"""The vision transformer of clips (paper 3, sec. 3; VideoMAE, Tong et al. 2022): clips in, tokens out.

Its weights have the names of VideoMAE's, so that what was trained there fits here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge_app.errors import UserError
from model_compression.teachers.adapter_experts import MixtureOfExperts, Noise, Routing
from model_compression.teachers.vit_positions import Grid, Positions, TokenPositions

EPS = 1e-6  # of every layer norm
_MLP_RATIO = 4


@dataclass(frozen=True, slots=True)
class Tubelet:
    """The piece of a clip that makes one token."""

    frames: int
    side_px: int

    def of(self, clips: Tensor) -> Tensor:
        """A picture as a clip of equal frames. (B, C, T, H, W). Raises `UserError` for sizes that do not divide."""
        if clips.shape[2] == 1:
            clips = clips.expand(-1, -1, self.frames, -1, -1)
        frames, height, width = clips.shape[2:]
        if frames % self.frames or height % self.side_px or width % self.side_px:
            raise UserError(
                f"clips of {frames} frames of {height} x {width} px cannot be cut into pieces of {self.frames} frames"
                f" of {self.side_px} x {self.side_px} px; choose clips of a multiple, or another patch_px or"
                " tubelet_frames."
            )
        return clips

    def grid(self, clips: Tensor) -> Grid:
        frames, height, width = self.of(clips).shape[2:]
        return frames // self.frames, height // self.side_px, width // self.side_px

    def cut(self, clips: Tensor) -> Tensor:
        """(B, C, T, H, W) -> (B, N, C, t, p, p), by time, row and column."""
        t, p = self.frames, self.side_px
        frames, rows, columns = self.grid(clips)
        apart = self.of(clips).reshape(*clips.shape[:2], frames, t, rows, p, columns, p)
        return apart.permute(0, 2, 4, 6, 1, 3, 5, 7).flatten(1, 3)


class PatchEmbedding(nn.Module):
    """Pieces (B, N, C, t, p, p) -> (B, N, d). The weights are those of a convolution whose stride is its kernel."""

    def __init__(self, channels: int, width: int, tubelet: Tubelet) -> None:
        super().__init__()
        kernel = (tubelet.frames, tubelet.side_px, tubelet.side_px)
        self.proj = nn.Conv3d(channels, width, kernel, kernel)
        nn.init.xavier_uniform_(self.proj.weight.data.view(width, -1))
        nn.init.zeros_(self.proj.bias)  # type: ignore[arg-type]

    def forward(self, pieces: Tensor) -> Tensor:
        # As a product: a masked autoencoder embeds a twentieth of the pieces.
        return functional.linear(pieces.flatten(2), self.proj.weight.flatten(1), self.proj.bias)

    def multiply_accumulates(self, pieces: Tensor) -> int:
        return pieces.numel() * len(self.proj.weight)


class Attention(nn.Module):
    """Multi-head self-attention (eq. 9). (B, N, d) -> same.

    Queries and values have a bias and keys none, as VideoMAE has it: a bias of the keys adds the same to all logits of
    a query, which softmax does not see. With it ViT-B has 86.24 M parameters, without the 86.23 M of table 3.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(width))
        self.v_bias = nn.Parameter(torch.zeros(width))
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        bias = torch.cat((self.q_bias, torch.zeros_like(self.v_bias), self.v_bias))
        joined = functional.linear(x, self.qkv.weight, bias)
        q, k, v = joined.view(*x.shape[:2], 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(q, k, v)  # (B, heads, N, d / heads)
        out: Tensor = self.proj(seen.transpose(1, 2).flatten(2))
        return out

    def multiply_accumulates(self, x: Tensor) -> int:
        """Without the last projection, which is a layer of its own."""
        return x.numel() * (3 * x.shape[2] + 2 * x.shape[1])


class FeedForward(nn.Module):
    """(B, N, d) -> same."""

    WEIGHTS = ("fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias")

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, _MLP_RATIO * width)
        self.fc2 = nn.Linear(_MLP_RATIO * width, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return out


class StochasticDepth(nn.Module):
    """A branch left out of some samples in training (Huang et al. 2016); what remains is scaled up."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, branch: Tensor) -> Tensor:
        if not self.training or self.probability == 0:
            return branch
        kept = 1 - self.probability
        each = branch.new_empty((len(branch), *[1] * (branch.ndim - 1))).bernoulli_(kept)
        return branch * each / kept


@dataclass(frozen=True, slots=True)
class Experts:
    """Which layers have experts, and what they are: `adapter` is MoAE (beside the network), `ffn` ViT-MoE."""

    kind: Literal["adapter", "ffn"]
    layers: tuple[int, ...]  # from 1
    count: int
    top_k: int
    hidden: int  # of an adapter
    noise: Noise


class Block(nn.Module):
    """x' = x + MHSA(LN x); x' + FFN(LN x') + MoAE(LN x') (eq. 9 to 12). (B, N, d) -> same, and where tokens went."""

    def __init__(
        self, width: int, heads: int, *, drop_path: float = 0.0, experts: Experts | None = None
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=EPS)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=EPS)
        instead = experts is not None and experts.kind == "ffn"
        self.mlp = None if instead else FeedForward(width)
        self.experts = (
            None
            if experts is None
            else MixtureOfExperts(
                width,
                hidden=_MLP_RATIO * width if instead else experts.hidden,
                experts=experts.count,
                top_k=experts.top_k,
                noise=experts.noise,
                silent=not instead,
            )
        )
        self.drop_path = StochasticDepth(drop_path)

    def forward(self, x: Tensor) -> tuple[Tensor, Routing | None]:
        x = x + self.drop_path(self.attn(self.norm1(x)))
        u = self.norm2(x)
        said, routing = (None, None) if self.experts is None else self.experts(u)
        branch = said if self.mlp is None else self.mlp(u) if said is None else self.mlp(u) + said
        return x + self.drop_path(branch), routing


class ClipEncoder(nn.Module):
    """clips (B, C, T, H, W) -> tokens (B, N, d), and where each layer with experts sent them.

    There is no token of the class. `last_norm` norms what leaves, as a masked autoencoder needs it; a classifier norms
    the mean over the tokens instead.
    """

    def __init__(
        self,
        *,
        channels: int,
        width: int,
        depth: int,
        heads: int,
        tubelet: Tubelet,
        positions: Positions,
        last_norm: bool,
        drop_path: float = 0.0,
        experts: Experts | None = None,
    ) -> None:
        super().__init__()
        self.tubelet = tubelet
        self.patch_embed = PatchEmbedding(channels, width, tubelet)
        self._positions = TokenPositions(width, positions)
        self.blocks = nn.ModuleList(
            Block(
                width,
                heads,
                drop_path=drop_path * place / max(depth - 1, 1),  # more in later layers
                experts=experts if experts and place + 1 in experts.layers else None,
            )
            for place in range(depth)
        )
        self.norm = nn.LayerNorm(width, eps=EPS) if last_norm else nn.Identity()
        initialise(self.blocks)

    @property
    def layers(self) -> list[Block]:
        return cast(list[Block], list(self.blocks))

    def forward(self, clips: Tensor) -> tuple[Tensor, list[Routing]]:
        return self.of_pieces(self.tubelet.cut(clips), self.tubelet.grid(clips))

    def of_pieces(
        self, pieces: Tensor, grid: Grid, visible: Tensor | None = None
    ) -> tuple[Tensor, list[Routing]]:
        """pieces: (B, N, C, t, p, p); visible: (B, n), the only ones to look at -> (B, n, d)."""
        positions = self._positions.of(grid, pieces)
        if visible is not None:
            pieces, positions = chosen(pieces, visible), positions[visible]
        x = self.patch_embed(pieces) + positions
        routings = []
        for block in self.layers:
            x, routing = block(x)
            if routing is not None:
                routings.append(routing)
        return self.norm(x), routings


def chosen(tokens: Tensor, which: Tensor) -> Tensor:
    """tokens (B, N, ...), which (B, n) -> (B, n, ...)."""
    rows = torch.arange(len(which), device=which.device)[:, None]
    return tokens[rows, which]


def initialise(blocks: nn.Module) -> None:
    """Xavier's, as VideoMAE has it; biases begin at 0."""
    for layer in blocks.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def later_layers(depth: int) -> Sequence[int]:
    """The latter half, from 1: 7 to 12 of 12."""
    return range(depth // 2 + 1, depth + 1)
