"""A class for each frame from faces and sound that attend to one another (paper 2, sec. 3.3 and 3.4).

Features of frozen networks come in, of any size; a window without a face, or without sound, is told by the other.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from model_compression.audio_visual.safe_attention import SafeAttention


class SafeCrossAttention(nn.Module):
    """visual: (B, W, visual_size), sound: (B, W, sound_size), `*_present`: (B, W) bool -> `logits` (B, W, classes).

    H0 = features W + PE (eq. 1), an encoder of its own for each modality, cross-attention both ways (eq. 2 and 3),
    a gate for each (eq. 4), and an MLP over both. What stands in a frame that is not present is never looked at.

    The paper gives width 256 and 3 layers. It gives neither heads (here 8), nor the feed-forward width (4 times), nor
    dropout (0.1), nor how many layers cross (one each way, without a feed-forward part of its own). Departs from it:
    features are normalised before they are projected, as those of two networks differ in scale, and where a modality
    is missing throughout, the gate's term of that modality is zero too, as the encoder makes something even of
    nothing.
    """

    def __init__(
        self,
        *,
        visual_size: int,
        sound_size: int,
        classes: int,
        width: int = 256,
        layers: int = 3,
        attention_heads: int = 8,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.visual = _Encoder(visual_size, width, layers, attention_heads, dropout)
        self.sound = _Encoder(sound_size, width, layers, attention_heads, dropout)
        self.visual_asks = _CrossLayer(width, attention_heads, dropout)
        self.sound_asks = _CrossLayer(width, attention_heads, dropout)
        self.visual_gate = _Gate(width)
        self.sound_gate = _Gate(width)
        self.head = nn.Sequential(
            nn.Linear(2 * width, width), nn.GELU(), nn.Dropout(dropout), nn.Linear(width, classes)
        )

    def forward(
        self, visual: Tensor, sound: Tensor, visual_present: Tensor, sound_present: Tensor
    ) -> dict[str, Tensor]:
        seen = self.visual(visual, visual_present)  # (B, W, d)
        heard = self.sound(sound, sound_present)  # (B, W, d)
        seen_with_sound = self.visual_asks(seen, heard, sound_present)
        heard_with_face = self.sound_asks(heard, seen, visual_present)
        fused = torch.cat(
            [
                self.visual_gate(seen, seen_with_sound, visual_present),
                self.sound_gate(heard, heard_with_face, sound_present),
            ],
            dim=-1,
        )  # (B, W, 2 d)
        return {"logits": self.head(fused)}


class _Encoder(nn.Module):
    """Features (B, W, size) -> (B, W, d): projected, placed in time, and attended to within the modality."""

    def __init__(self, size: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.LayerNorm(size), nn.Linear(size, width))
        self.drop = nn.Dropout(dropout)
        self.layers = nn.ModuleList(_EncoderLayer(width, heads, dropout) for _ in range(layers))

    def forward(self, features: Tensor, present: Tensor) -> Tensor:
        features = features.masked_fill(~present[:, :, None], 0.0)
        entered = self.enter(features)
        x: Tensor = self.drop(entered + sinusoids(entered))
        for layer in self.layers:
            x = layer(x, present)
        return x


class _EncoderLayer(nn.Module):
    """Vaswani et al. 2017, normalised behind each sum, as the paper's cross-attention is; with safe attention."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attend = _CrossLayer(width, heads, dropout)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(4 * width, width),
            nn.Dropout(dropout),
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        attended = self.attend(x, x, present)
        out: Tensor = self.norm(attended + self.feed_forward(attended))
        return out


class _CrossLayer(nn.Module):
    """Q = LN(Q + Dropout(Attn)) (sec. 3.4): LN(Q) where nothing is there to attend to."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = SafeAttention(width, heads=heads)
        self.drop = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, asking: Tensor, heard: Tensor, present: Tensor) -> Tensor:
        out: Tensor = self.norm(asking + self.drop(self.attention(asking, heard, present)))
        return out


class _Gate(nn.Module):
    """F = G * own + (1 - G) * crossed, G = sigmoid(W [own; crossed] + b) (eq. 4)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(2 * width, width)

    def forward(self, own: Tensor, crossed: Tensor, present: Tensor) -> Tensor:
        gate = torch.sigmoid(self.weigh(torch.cat([own, crossed], dim=-1)))
        missing = ~present.any(dim=1)[:, None, None]
        return (gate * own).masked_fill(missing, 0.0) + (1 - gate) * crossed


def sinusoids(x: Tensor) -> Tensor:
    """(W, d) for x of (B, W, d): sines in even places, cosines in odd ones. Vaswani et al. 2017, sec. 3.5."""
    length, width = x.shape[1:]
    half = (width + 1) // 2
    index = torch.arange(half, device=x.device, dtype=torch.float32)
    rates = torch.exp(index * (-2 * math.log(10_000.0) / width))
    angles = torch.arange(length, device=x.device, dtype=torch.float32)[:, None] * rates
    both = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)  # (W, 2 half)
    return both[:, :width].to(x.dtype)
