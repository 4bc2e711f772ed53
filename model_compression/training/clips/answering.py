"""What a clip network says of prepared clips, shown as they are: logits and embeddings, in the order asked for.

In float32, however it was trained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.bench import Track, untracked
from model_compression.training.clips.frame_choice import Sampling
from model_compression.training.clips.network_input import network_input
from model_compression.training.clips.source import holds_pictures
from model_compression.training.clips.varied_clip import Frames
from model_compression.training.clips.views import crops_of, frames_of_look, together

_BATCH = 16

Network = Callable[..., Mapping[str, Tensor]]


@dataclass(frozen=True, slots=True)
class Seen:
    """How clips are shown where nothing is drawn at random."""

    frames: int
    sampling: Sampling
    stride: int
    side_px: int
    times: int = 1  # choices of frames
    crops: int = 1  # of each of them
    picture_head: bool = False  # the network has another head for sets of pictures

    @property
    def views(self) -> int:
        return self.times * self.crops

    def of(self, stored: Frames) -> Frames:
        """(views, T, side_px, side_px, C) of a stored clip; one view shows its middle frames."""
        shown: list[Frames] = []
        for number in range(self.times):
            which = frames_of_look(
                len(stored),
                self.frames,
                sampling=self.sampling,
                stride=self.stride,
                number=number,
                of=self.times,
            )
            shown += crops_of(np.asarray(stored[which]), self.side_px, self.crops)
        return np.stack(shown)

    def asking_pictures(self) -> Seen:
        """Alike, with the head of pictures for sets of pictures."""
        return replace(self, picture_head=True)

    def picture(self) -> Seen:
        """One frame, once."""
        return replace(self, frames=1, times=1)


@torch.no_grad()
def answers_to(
    network: Network,
    store: ClipStore,
    numbers: Sequence[int],
    seen: Seen,
    device: torch.device,
    track: Track = untracked,
) -> dict[str, NDArray[np.float32]]:
    """Output of the network -> (N, K) for the rows `numbers` of `store`. The network is in eval mode, on `device`.

    Probabilities and embeddings are means over the views of a clip.
    """
    if seen.picture_head and holds_pictures(store):
        network, seen = partial(network, head="picture"), seen.picture()
    said: dict[str, list[NDArray[np.float32]]] = {}
    for batch in _batches(store, track(numbers, len(numbers), store.folder.name), seen):
        out = network(network_input(batch.flatten(0, 1).to(device)))
        for name, value in out.items():
            by_view = value.float().reshape(-1, seen.views, *value.shape[1:])  # (N, V, K)
            said.setdefault(name, []).append(together(name, by_view).cpu().numpy())
    return {name: np.concatenate(values) for name, values in said.items()}


def _batches(store: ClipStore, numbers: Iterable[int], seen: Seen) -> Iterator[torch.Tensor]:
    """(N, V, T, H, W, C)"""
    most = max(1, _BATCH // seen.views)
    clips: list[Frames] = []
    for number in numbers:
        clips.append(seen.of(store.frames(number)))
        if len(clips) == most:
            yield torch.from_numpy(np.stack(clips))
            clips = []
    if clips:
        yield torch.from_numpy(np.stack(clips))
