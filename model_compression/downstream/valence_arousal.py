"""Valence and arousal of a frame from what a frozen student says of its face (paper 4, sec. 2.2)."""

from __future__ import annotations

from torch import Tensor, nn


class ValenceArousalHead(nn.Module):
    """Linear, then tanh; no hidden layer: (B, inputs) scores or embedding -> `valence_arousal` (B, 2), -1..1."""

    def __init__(self, *, inputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, 2)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        return {"valence_arousal": self.linear(features).tanh()}
