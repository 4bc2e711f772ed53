"""Several looks at one clip: choices of its frames, and crops of them; and how what was said of them is one answer."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from model_compression.training.clips.frame_choice import Sampling, chosen_frames
from model_compression.training.clips.varied_clip import Frames, resized

# Crops are of a clip that is brought to more than their side, as 224 px of 256 are.
_SIDE_OF_CROP = 7 / 8


def frames_of_look(
    count: int, wanted: int, *, sampling: Sampling, stride: int, number: int, of: int
) -> NDArray[np.int64]:
    """(wanted,) frame numbers of look `number` of `of`; one look alone shows the middle ones.

    `segments`: another frame of each stretch. `dense`: stretches that lie evenly from the first frame to the last.
    """
    if of == 1:
        return chosen_frames(count, wanted, sampling=sampling, stride=stride)
    if sampling == "segments":
        places = (np.arange(wanted) + (number + 0.5) / of) * count / wanted
        return np.minimum(places.astype(np.int64), count - 1)
    last = max(count - 1 - (wanted - 1) * stride, 0)
    begin = round(last * number / (of - 1))
    return np.minimum(begin + np.arange(wanted, dtype=np.int64) * stride, count - 1)


def crops_of(frames: Frames, side_px: int, count: int) -> list[Frames]:
    """Each (T, side_px, side_px, C), from left to right at half height; one alone is the whole clip.

    The authors' code of paper 3 cuts its two crops from a clip that has their side already: they are one.
    """
    if count == 1:
        return [resized(frames, side_px)]
    larger = resized(frames, round(side_px / _SIDE_OF_CROP))
    room = larger.shape[1] - side_px
    top = room // 2
    lefts = [round(room * number / (count - 1)) for number in range(count)]
    return [larger[:, top : top + side_px, left : left + side_px] for left in lefts]


def together(name: str, said: Tensor) -> Tensor:
    """said: (N, V, K) -> (N, K): logits of the mean probabilities over V looks; of other outputs the mean."""
    looks = said.shape[1]
    if looks == 1:
        return said[:, 0]
    if not name.endswith("logits"):
        return said.mean(1)
    if said.shape[2] == 1:
        yes, no = functional.logsigmoid(said), functional.logsigmoid(-said)
        return torch.logsumexp(yes, 1) - torch.logsumexp(no, 1)
    return torch.logsumexp(torch.log_softmax(said, 2), 1) - math.log(looks)
