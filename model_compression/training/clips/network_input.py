"""Prepared clips as the numbers a network takes. In: uint8 (B, T, H, W, C); out: (B, C, T, H, W), channels last."""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST_DEVIATION = 4.0  # grey levels; darker clips are not stretched further


def network_input(clips: Tensor) -> Tensor:
    """Each clip with mean 0 and deviation 1 over all its numbers: lamps and cameras differ, and so do skins.

    Frames of one clip keep their differences in brightness; paper 1 states no normalisation.
    """
    numbers = clips.to(torch.float32).permute(0, 4, 1, 2, 3)  # (B, C, T, H, W)
    over = (1, 2, 3, 4)
    mean = numbers.mean(dim=over, keepdim=True)
    deviation = numbers.std(dim=over, keepdim=True)
    return (numbers - mean) / deviation.clamp(min=_LEAST_DEVIATION)
