"""How much a clip network computes: multiply-accumulates of one clip, without computing any of it."""

from __future__ import annotations

import copy
import math
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from model_compression.teachers.global_channel_attention import EfficientGlobalChannelAttention


@runtime_checkable
class CountsItself(Protocol):
    """A module that computes products which no layer inside it stands for."""

    def multiply_accumulates(self, seen: Tensor) -> int:
        """Of one call, layers inside it left out. seen: what it is given."""
        ...


_COUNTED = (
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear),
    *(EfficientGlobalChannelAttention, CountsItself),
)


def count_macs(network: nn.Module, clip_shape: tuple[int, int, int, int]) -> int:
    """clip_shape: (channels, T, H, W) -> multiply-accumulates of one clip in evaluation.

    Counts convolutions, linear layers, EGCA's product of attention and map, and what modules say of themselves; sums,
    normalisation, activations and products without a sum are left out, as is usual. Shapes alone are passed through a
    copy on the meta device, so that the size of the clip costs nothing.
    """
    shadow = copy.deepcopy(network).to("meta").eval()
    counted: list[int] = []

    def note(module: nn.Module, inputs: tuple[Any, ...], out: Any) -> None:
        counted.append(_macs(module, inputs[0], out))

    for module in shadow.modules():
        if isinstance(module, _COUNTED):
            module.register_forward_hook(note)
    with torch.no_grad():
        shadow(torch.empty((1, *clip_shape), device="meta"))
    return sum(counted)


def _macs(module: nn.Module, seen: Tensor, out: Tensor) -> int:
    if isinstance(module, CountsItself):
        return module.multiply_accumulates(seen)
    if isinstance(module, EfficientGlobalChannelAttention):
        return seen.numel() * seen.shape[1]
    if isinstance(module, nn.Linear):
        return out.numel() * module.in_features
    assert isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d)
    return out.numel() * math.prod(module.weight.shape[1:])
