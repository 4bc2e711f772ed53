"""What a student says of a face, and the linear layers that say it. The final layers stay float when quantized."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from edge_app.bundle.heads import KNOWN_HEADS, VEHICLE_HEADS

EMBEDDING_SIZE = KNOWN_HEADS["embedding"].places

# Numbers that each head gives, as the bundle format has them.
FACE_HEADS = {
    name: KNOWN_HEADS[name].places for name in VEHICLE_HEADS if KNOWN_HEADS[name].part == "face"
}


class FaceHeads(nn.Module):
    """embedding (B, 256) -> one tensor (B, n) per head."""

    def __init__(self, heads: Sequence[str]) -> None:
        super().__init__()
        unknown = sorted(set(heads) - set(FACE_HEADS))
        if unknown:
            raise ValueError(f"unknown heads {unknown}; known: {sorted(FACE_HEADS)}")
        self.linear = nn.ModuleDict(
            {name: nn.Linear(EMBEDDING_SIZE, FACE_HEADS[name]) for name in heads}
        )
        for layer in self.linear.values():
            assert isinstance(layer, nn.Linear)
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)

    def forward(self, embedding: Tensor) -> dict[str, Tensor]:
        return {name: layer(embedding) for name, layer in self.linear.items()}


class PointPlaces(nn.Module):
    """Where each point lies on a map: the mean place under a softmax of its own (Sun et al. 2018, eq. 2).

    maps: (B, channels, h, w) -> (B, 2 N): x, y of each point in sides of the map from its centre. A linear layer on a
    pooled map would have to learn every place of every point; here a shifted face shifts the answer by itself.
    """

    def __init__(self, channels: int, points: int) -> None:
        super().__init__()
        self.logits = nn.Conv2d(channels, points, 1, bias=False)
        nn.init.normal_(self.logits.weight, std=0.01)

    def forward(self, maps: Tensor) -> Tensor:
        height, width = maps.shape[2:]
        weights = torch.softmax(torch.flatten(self.logits(maps), 2), dim=2)  # (B, N, h w)
        x = ((torch.arange(width, device=maps.device) + 0.5) / width - 0.5).repeat(height)
        y = ((torch.arange(height, device=maps.device) + 0.5) / height - 0.5).repeat_interleave(
            width
        )
        return torch.flatten(weights @ torch.stack([x, y], dim=1), 1)


class Neck(nn.Sequential):
    """pooled features (B, channels) -> embedding (B, 256)."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            nn.Linear(channels, EMBEDDING_SIZE, bias=False),
            nn.BatchNorm1d(EMBEDDING_SIZE),
            nn.ReLU(inplace=True),
        )
