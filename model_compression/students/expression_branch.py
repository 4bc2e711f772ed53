"""The expression head: a separable branch on the face student's features, in a file of its own."""

from __future__ import annotations

from torch import Tensor, nn

from model_compression.students.blocks import (
    ConvBnRelu,
    GlobalDepthwise,
    InvertedResidual,
    initialise,
)


class ExpressionBranch(nn.Module):
    """features: (B, 128, 14, 14) -> `expression` (B, classes) logits."""

    input_name = "features"

    def __init__(self, *, classes: int = 7, dropout: float = 0.2) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            InvertedResidual(128, 128, hidden_channels=256),
            InvertedResidual(128, 128, hidden_channels=512, stride=2),  # 7
            InvertedResidual(128, 128, hidden_channels=256),
            InvertedResidual(128, 128, hidden_channels=256),
            ConvBnRelu(128, 384),
        )
        self.pool = GlobalDepthwise(384, (7, 7))
        self.dropout = nn.Dropout(dropout)
        initialise(self)
        self.linear = nn.Linear(384, classes)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        pooled = self.dropout(self.pool(self.layers(features)))
        return {"expression": self.linear(pooled)}
