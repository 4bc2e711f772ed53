"""A network for one picture of a face: paper 4's networks and paper 2's visual stage, by the name of their backbone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from model_compression.students.backbones import create_backbone


class PictureNetwork(nn.Module):
    """pictures: (B, channels, S, S), normalised by `mean` and `std` -> those of the heads it has, and `embedding`.

    logits (B, classes), valence_arousal (B, 2), identity (B, identities): each linear in the embedding, so that
    eight classes with valence and arousal are paper 4's z in R^10. embedding (B, `embedding_size`).

    backbone: of `BACKBONES`. side_px: of the pictures (None: the backbone's own). weights: a folder on the disk, for a
    transformer only. options: what else the backbone takes (`activation`, `width`). The backbone's parts keep the
    names that students of the same family give them: a face student may begin from such a network.
    """

    input_name = "pictures"

    def __init__(
        self,
        *,
        backbone: str,
        channels: int = 3,
        classes: int | None = 8,
        valence_arousal: bool = False,
        identities: int | None = None,
        dropout: float = 0.2,
        side_px: int | None = None,
        weights: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        made = create_backbone(
            backbone, channels=channels, side_px=side_px, weights=weights, **options
        )
        self.backbone_name = backbone
        self.channels = channels
        self.input_size_px = made.input_size_px
        self.embedding_size = made.embedding_size
        self.mean = _per_channel(made.mean, channels)
        self.std = _per_channel(made.std, channels)
        self.early, self.late, self.pool = made.early, made.late, made.pool
        self.project = made.project
        self._transformer = made.transformer
        self.dropout = nn.Dropout(dropout)
        sizes = {
            "logits": classes,
            "valence_arousal": 2 if valence_arousal else None,
            "identity": identities,
        }
        self.heads = nn.ModuleDict(
            {name: _linear(self.embedding_size, n) for name, n in sizes.items() if n is not None}
        )

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        embedding: Tensor = self.project(self.pool(self.late(self.early(pictures))))
        kept = self.dropout(embedding)
        return {**{name: head(kept) for name, head in self.heads.items()}, "embedding": embedding}

    def remade_by(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """`RemadeAlone`."""
        own = {name: value for name, value in options.items() if name != "weights"}
        return own if self._transformer is None else {**own, "transformer": self._transformer}


def _linear(embedding_size: int, outputs: int) -> nn.Linear:
    layer = nn.Linear(embedding_size, outputs)
    nn.init.normal_(layer.weight, std=0.01)
    nn.init.zeros_(layer.bias)
    return layer


def _per_channel(colours: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """Of R, G, B; a grey picture has their mean."""
    if channels == len(colours):
        return colours
    return (sum(colours) / len(colours),) * channels
