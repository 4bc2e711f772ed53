"""Two clips in one: faded into each other, or one pasted into a part of the other; the label is mixed as they are.

Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019), a batch at a time, as in VideoMAE's recipe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Mixing:
    """Each clip of a batch with the one at the same place from its end.

    The pixels are mixed before a clip is normalised, the authors of the recipe mix after it.
    """

    mixup: float  # of the beta distribution; 0: never
    cutmix: float  # alike; of both, one is chosen by chance

    @property
    def mixes(self) -> bool:
        return self.mixup > 0 or self.cutmix > 0

    def mix(
        self, clips: NDArray[np.uint8], rng: np.random.Generator
    ) -> tuple[NDArray[np.uint8], float]:
        """clips: (B, T, H, W, C). Mixed clips, and the share of each that is its own."""
        pastes = self.cutmix > 0 and (self.mixup == 0 or rng.random() < 0.5)
        if pastes:
            return _pasted(clips, float(rng.beta(self.cutmix, self.cutmix)), rng)
        share = float(rng.beta(self.mixup, self.mixup))
        faded = clips * np.float32(share) + clips[::-1] * np.float32(1 - share)
        return np.rint(faded).astype(np.uint8), share


def _pasted(
    clips: NDArray[np.uint8], share: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], float]:
    height, width = clips.shape[2:4]
    extent = math.sqrt(1 - share)
    (top, bottom), (left, right) = (
        _span(side, extent, int(rng.integers(side))) for side in (height, width)
    )
    mixed = clips.copy()
    mixed[:, :, top:bottom, left:right] = clips[::-1, :, top:bottom, left:right]
    pasted = (bottom - top) * (right - left) / (height * width)
    return mixed, 1 - pasted


def _span(side: int, extent: float, middle: int) -> tuple[int, int]:
    """Cut off at the edges, so that less than the extent may be pasted."""
    half = int(side * extent) // 2
    return max(middle - half, 0), min(middle + half, side)
