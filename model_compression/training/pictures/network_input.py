"""Prepared pictures as the numbers a network takes. In: uint8 (B, H, W, C); out: (B, C, H, W), channels last."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge_app.errors import UserError


def network_input(pictures: Tensor, network: nn.Module) -> Tensor:
    """As values 0..1 less the network's `mean`, over its `std`. Raises `UserError` for one that takes no pictures."""
    mean, std = getattr(network, "mean", None), getattr(network, "std", None)
    if mean is None or std is None:
        raise UserError(
            "network.name: that network takes no pictures, since it has no mean and std; use picture-network."
        )
    numbers = pictures.permute(0, 3, 1, 2).to(torch.float32) / 255  # (B, C, H, W)
    offset, scale = (numbers.new_tensor(told).reshape(1, -1, 1, 1) for told in (mean, std))
    return (numbers - offset) / scale
