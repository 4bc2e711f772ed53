"""What a student says of a face, and the linear layers that say it. The final layers stay float when quantized."""

from __future__ import annotations

from collections.abc import Sequence

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


class Neck(nn.Sequential):
    """pooled features (B, channels) -> embedding (B, 256)."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            nn.Linear(channels, EMBEDDING_SIZE, bias=False),
            nn.BatchNorm1d(EMBEDDING_SIZE),
            nn.ReLU(inplace=True),
        )
