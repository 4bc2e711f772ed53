"""Where networks are trained and asked: the device that a `--device` names."""

from __future__ import annotations

from typing import Literal

import torch

from edge_app.errors import UserError

DeviceChoice = Literal["auto", "cpu", "cuda"]


def chosen_device(choice: DeviceChoice) -> torch.device:
    """`auto`: a CUDA device where there is one. Raises `UserError` where `cuda` is asked for in vain."""
    there = torch.cuda.is_available()
    if choice == "cuda" and not there:
        raise UserError("--device cuda: torch finds no CUDA device here; use --device cpu.")
    return torch.device("cuda" if there and choice != "cpu" else "cpu")
