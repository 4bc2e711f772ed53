"""Six intensities of mimicked emotions from the descriptor of a video (paper 4, sec. 2.4)."""

from __future__ import annotations

from torch import Tensor, nn


class MimicryHead(nn.Module):
    """Descriptor (B, inputs) -> `intensities` (B, outputs), 0..1.

    hidden 0: linear, as for scores; else one hidden layer with a ReLU, as for embeddings and sound (the paper says 128
    units, its public code has 64).
    """

    def __init__(self, *, inputs: int, outputs: int = 6, hidden: int = 0) -> None:
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU()) if hidden else None
        self.linear = nn.Linear(hidden or inputs, outputs)

    def forward(self, descriptor: Tensor) -> dict[str, Tensor]:
        if self.hidden is not None:
            descriptor = self.hidden(descriptor)
        return {"intensities": self.linear(descriptor).sigmoid()}
