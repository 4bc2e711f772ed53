"""The masked autoencoder of clips and pictures (paper 3, eq. 1 and 2): a few tokens seen, the others told from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from edge_app.errors import UserError
from model_compression.teachers.clip_vit import SIZES, Size, one_of, refuse_sizes
from model_compression.teachers.vit_encoder import (
    EPS,
    Block,
    ClipEncoder,
    Tubelet,
    chosen,
    initialise,
)
from model_compression.teachers.vit_positions import Positions, TokenPositions

Normaliser = Literal["masked", "visible"]

# Numbers a token, heads.
_DECODERS: Mapping[str, tuple[int, int]] = {"b": (384, 6), "s": (192, 3), "ti": (96, 3)}
_DECODER_DEPTH = 4
_MASK_DEVIATION = 0.02
_LEAST_DEVIATION = 1e-6


class _Decoder(nn.Module):
    """(B, N, d) -> the numbers of the last `told` pieces (B, told, P)."""

    def __init__(self, width: int, heads: int, numbers: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(_DECODER_DEPTH))
        self.norm = nn.LayerNorm(width, eps=EPS)
        self.head = nn.Linear(width, numbers)
        initialise(self)

    def forward(self, x: Tensor, told: int) -> Tensor:
        for block in self.blocks:
            x, _ = block(x)
        out: Tensor = self.head(self.norm(x[:, -told:]))
        return out


class MaskedClipAutoencoder(nn.Module):
    """clips (B, C, T, H, W) and the tokens to be seen (B, n) -> `prediction`, `target` (B, N - n, P), `embedding`.

    P = t p p C numbers of a piece; targets are its pixels with mean 0 and deviation 1 in each channel (as in the
    authors' code; the paper's text does not say), so that it does not matter how a clip was normalised. The masked
    pieces stand in rising order. `embedding` (B, d) is the mean over the tokens that were seen.

    Encoder and decoder are VideoMAE's (Tong et al. 2022), under its names; the encoder is that of `ClipViT`. The
    decoder has 384 numbers a token, 4 layers and 6 heads with ViT-B; half and a quarter of the width with the smaller.
    """

    input_name = "clips"

    def __init__(
        self,
        *,
        channels: int = 3,
        size: Size = "b",
        depth: int | None = None,
        patch_px: int = 16,
        tubelet_frames: int = 2,
        positions: Positions = "flat",
    ) -> None:
        super().__init__()
        one_of("size", size, tuple(SIZES))
        one_of("positions", positions, get_args(Positions))
        width, layers, heads = SIZES[size]
        depth = layers if depth is None else depth
        refuse_sizes(
            channels=channels, depth=depth, patch_px=patch_px, tubelet_frames=tubelet_frames
        )
        self.embedding_size = width
        self.tubelet = Tubelet(tubelet_frames, patch_px)
        self.encoder = ClipEncoder(
            channels=channels,
            width=width,
            depth=depth,
            heads=heads,
            tubelet=self.tubelet,
            positions=positions,
            last_norm=True,
        )
        narrow, decoder_heads = _DECODERS[size]
        self.encoder_to_decoder = nn.Linear(width, narrow, bias=False)
        nn.init.xavier_uniform_(self.encoder_to_decoder.weight)
        self.mask_token = nn.Parameter(torch.zeros(1, 1, narrow))
        nn.init.trunc_normal_(self.mask_token, std=_MASK_DEVIATION)
        self._positions = TokenPositions(narrow, positions)
        self.decoder = _Decoder(
            narrow, decoder_heads, tubelet_frames * patch_px * patch_px * channels
        )

    def tokens(self, frames: int, side_px: int) -> int:
        """How many tokens a clip of square frames has, or with one frame a picture. Raises `UserError`."""
        rows = self.tubelet.grid(torch.empty(1, 1, frames, side_px, side_px, device="meta"))
        return rows[0] * rows[1] * rows[2]

    def forward(self, clips: Tensor, visible: Tensor) -> dict[str, Tensor]:
        pieces, grid = self.tubelet.cut(clips), self.tubelet.grid(clips)
        seen, _ = self.encoder.of_pieces(pieces, grid, visible)
        masked = _others(visible, pieces.shape[1])
        positions = self._positions.of(grid, clips)
        told = self.encoder_to_decoder(seen) + positions[visible]
        asked = self.mask_token + positions[masked]
        return {
            "prediction": self.decoder(torch.cat((told, asked), dim=1), masked.shape[1]),
            "target": _targets(chosen(pieces, masked)),
            "embedding": seen.mean(dim=1),
        }


def draw_visible(random: np.random.Generator, *, tokens: int, ratio: float) -> NDArray[np.int64]:
    """The tokens of one sample that stay to be seen, in rising order (n,): of 800 with a ratio of 0.95, 40.

    ratio: share that is masked. At least one is seen and one masked. Raises `UserError`.
    """
    if not 0 < ratio < 1 or tokens < 2:
        raise UserError(
            f"masking {ratio:g} of {tokens} tokens leaves nothing to see or nothing to tell; take a ratio between 0"
            " and 1, and clips of two tokens or more."
        )
    seen = min(max(tokens - round(ratio * tokens), 1), tokens - 1)
    return np.sort(random.permutation(tokens)[:seen]).astype(np.int64)


def reconstruction_loss(
    said: Mapping[str, Tensor], *, visible: Tensor, normaliser: Normaliser = "masked"
) -> Tensor:
    """Mean squared error over the masked pieces (eq. 2). said: by `MaskedClipAutoencoder` of the tokens `visible`.

    Departs from the paper, whose eq. 2 sums over the masked pieces and divides by the number of seen ones: 19 times as
    much at a ratio of 95 % and 9 times at 90 %, so that a clip would also weigh more than a picture. The normaliser
    `visible` is that form.
    """
    loss = functional.mse_loss(said["prediction"].float(), said["target"].float())
    if normaliser == "visible":
        return loss * (said["target"].shape[1] / visible.shape[1])
    return loss


def _others(visible: Tensor, tokens: int) -> Tensor:
    """visible (B, n) -> the tokens that are not in it, rising (B, N - n)."""
    masked = torch.ones(len(visible), tokens, dtype=torch.bool, device=visible.device)
    masked.scatter_(1, visible, False)
    # False before True, and stable: the tail are the numbers of the masked.
    return masked.to(torch.uint8).argsort(dim=1, stable=True)[:, visible.shape[1] :]


def _targets(pieces: Tensor) -> Tensor:
    """(B, m, C, t, p, p) -> (B, m, t p p C), each channel of each piece with mean 0 and deviation 1."""
    channels_last = pieces.flatten(3).transpose(2, 3).float()  # (B, m, t p p, C)
    variance, mean = torch.var_mean(channels_last, dim=2, keepdim=True)
    return ((channels_last - mean) / (variance.sqrt() + _LEAST_DEVIATION)).flatten(2)
