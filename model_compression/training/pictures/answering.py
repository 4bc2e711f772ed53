"""What a picture network says of pictures, shown as they are, in float32: outputs in the order of the pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model_compression.data.clips.store import ClipStore
from model_compression.training.pictures.network_input import network_input
from model_compression.training.pictures.source import Pictures
from model_compression.training.pictures.varied_picture import resized

_BATCH = 128

Kept = Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]


@torch.no_grad()
def answers_to(
    network: nn.Module,
    store: ClipStore,
    pictures: Pictures,
    *,
    side_px: int,
    device: Any,
    kept: Kept,
) -> dict[str, Tensor]:
    """kept: what of a batch's outputs is wanted, by name -> (N, ...) on the CPU. The network is in eval mode."""
    said: dict[str, list[Tensor]] = {}
    for batch in _batches(store, pictures, side_px):
        out = network(network_input(batch.to(device), network))
        for name, value in kept(out).items():
            said.setdefault(name, []).append(value.cpu())
    return {name: torch.cat(values) for name, values in said.items()}


def _batches(store: ClipStore, pictures: Pictures, side_px: int) -> Iterator[Tensor]:
    """uint8 (B, side_px, side_px, C); of a clip of many frames the middle one."""
    for start in range(0, len(pictures), _BATCH):
        shown = []
        for number in pictures.row[start : start + _BATCH]:
            frames = store.frames(int(number))
            shown.append(resized(frames[len(frames) // 2], side_px))
        yield torch.from_numpy(np.stack(shown))
