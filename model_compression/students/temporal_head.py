"""A memory over the frames of a drive: what a face part says frame by frame, followed by a small recurrent network.

In the vehicle one frame is one step, and the memory is all that is kept; it begins anew with a new driver.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.students.heads import EMBEDDING_SIZE


class TemporalHead(nn.Module):
    """features: (B, T, 256), memory: (B, hidden) -> `<label>` (B, T, classes), `memory` (B, T, hidden).

    A GRU (Cho et al. 2014) over embeddings of the face part. The part's own signals (openness, mouth, smile, pose) are
    linear in the embedding, so they are in it. `labels`: how many logits each label has; one logit for two classes is
    allowed. Constant memory and work per frame; nothing looks ahead. It knows steps of `rate_hz` and no others: of a
    quicker camera frames are left out.
    """

    input_name = "features"

    def __init__(
        self,
        *,
        labels: Mapping[str, int],
        features: int = EMBEDDING_SIZE,
        hidden: int = 64,
        rate_hz: float = 4.0,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        if not labels:
            raise UserError("network.options.labels: name at least one label and its logits.")
        self.hidden = hidden
        self.rate_hz = rate_hz
        self.enter = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, hidden), nn.ReLU())
        self.drop = nn.Dropout(dropout)
        self.recall = nn.GRU(hidden, hidden, batch_first=True)
        self.heads = nn.ModuleDict({name: nn.Linear(hidden, n) for name, n in labels.items()})

    def forward(self, features: Tensor, memory: Tensor | None = None) -> dict[str, Tensor]:
        begin = None if memory is None else memory[None].contiguous()  # (1, B, hidden)
        entered = self.drop(self.enter(features))
        recalled, _ = self.recall(entered, begin)  # (B, T, hidden)
        kept = self.drop(recalled)
        return {**{name: head(kept) for name, head in self.heads.items()}, "memory": recalled}

    def begin(self, batch: int = 1) -> Tensor:
        """(B, hidden) what is remembered of a driver who has just been seen first."""
        device = next(self.parameters()).device
        return torch.zeros(batch, self.hidden, device=device)
