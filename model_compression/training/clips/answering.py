"""What a clip network says of prepared clips, shown as they are: logits and embeddings, in the order asked for.

In float32, however it was trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.bench import Track, untracked
from model_compression.training.clips.frame_choice import Sampling, chosen_frames
from model_compression.training.clips.network_input import network_input
from model_compression.training.clips.varied_clip import Frames, resized

_BATCH = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """How clips are shown where nothing is drawn at random."""

    frames: int
    sampling: Sampling
    stride: int
    side_px: int

    def of(self, stored: Frames) -> Frames:
        """(T, side_px, side_px, C): the middle frames of a stored clip."""
        which = chosen_frames(len(stored), self.frames, sampling=self.sampling, stride=self.stride)
        return resized(np.asarray(stored[which]), self.side_px)


@torch.no_grad()
def answers_to(
    network: nn.Module,
    store: ClipStore,
    numbers: Sequence[int],
    seen: Seen,
    device: torch.device,
    track: Track = untracked,
) -> dict[str, NDArray[np.float32]]:
    """Output of the network -> (N, K) for the rows `numbers` of `store`. The network is in eval mode, on `device`."""
    said: dict[str, list[NDArray[np.float32]]] = {}
    for batch in _batches(store, track(numbers, len(numbers), store.folder.name), seen):
        out = network(network_input(batch.to(device)))
        for name, value in out.items():
            said.setdefault(name, []).append(value.float().cpu().numpy())
    return {name: np.concatenate(values) for name, values in said.items()}


def _batches(store: ClipStore, numbers: Iterable[int], seen: Seen) -> Iterator[torch.Tensor]:
    clips: list[Frames] = []
    for number in numbers:
        clips.append(seen.of(store.frames(number)))
        if len(clips) == _BATCH:
            yield torch.from_numpy(np.stack(clips))
            clips = []
    if clips:
        yield torch.from_numpy(np.stack(clips))
