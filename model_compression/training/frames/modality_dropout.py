"""Modality dropout (paper 2, sec. 3.4): a whole modality is taken away from some windows, so that the other learns."""

from __future__ import annotations

import torch
from torch import Tensor


def taken_away(features: Tensor, present: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """features: (B, W, d), present: (B, W) -> the same, in about `share` of the windows zeros and nothing present."""
    gone = torch.rand(len(features), device=features.device) < share  # (B,)
    return (
        features.masked_fill(gone[:, None, None], 0.0),
        present & ~gone[:, None],
    )
