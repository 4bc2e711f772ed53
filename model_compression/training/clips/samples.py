"""Clips of one stage by position: each once before any comes again, moved and lit anew each time."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from model_compression.training.clips.frame_choice import Sampling, chosen_frames
from model_compression.training.clips.source import ClipSource, LabelledClip
from model_compression.training.clips.varied_clip import ClipAugmentation, varied_clip
from model_compression.training.seeds import generator_at
from model_compression.training.task import Sample

_ORDER = 2**40  # a place that no position has, where the order of each round is drawn


class ClipSamples:
    """Each sample: `clips` uint8 (T, H, W, C), `label`, and where the clip stands (`source`, `row`)."""

    def __init__(
        self,
        sources: tuple[ClipSource, ...],
        augmentation: ClipAugmentation,
        *,
        frames: int,
        sampling: Sampling,
        stride: int,
        side_px: int,
        seed: int,
        stage_index: int,
    ) -> None:
        self._sources = sources
        weights = np.array([source.weight for source in sources], dtype=np.float64)
        self._until = np.cumsum(weights / weights.sum())
        self._augmentation = augmentation
        self._frames = frames
        self._sampling = sampling
        self._stride = stride
        self._side_px = side_px
        self._place = (seed, stage_index)
        self._order = lru_cache(maxsize=8)(self._drawn_order)

    def __getitem__(self, position: int) -> Sample:
        rng = generator_at(*self._place, position)
        number, clip = self._clip_at(position, rng)
        stored = self._sources[number].store.frames(clip.row)
        which = chosen_frames(
            len(stored), self._frames, sampling=self._sampling, stride=self._stride, rng=rng
        )
        frames = varied_clip(np.asarray(stored[which]), self._side_px, rng, self._augmentation)
        return {
            "clips": frames,
            "label": np.int64(clip.label),
            "source": np.int64(number),
            "row": np.int64(clip.row),
        }

    def name(self, position: int) -> str:
        """Which clip a sample is made from, for a report."""
        number, clip = self._clip_at(position, generator_at(*self._place, position))
        source = self._sources[number]
        return f"{source.name}: {source.store.rows[clip.row].clip}"

    def _clip_at(self, position: int, rng: np.random.Generator) -> tuple[int, LabelledClip]:
        number = 0
        if len(self._sources) > 1:
            number = int(np.searchsorted(self._until, rng.random(), side="right"))
            number = min(number, len(self._sources) - 1)
            learned = self._sources[number].learned
            return number, learned[int(rng.integers(len(learned)))]
        learned = self._sources[0].learned
        turn, place = divmod(position, len(learned))
        return 0, learned[int(self._order(turn)[place])]

    def _drawn_order(self, turn: int) -> NDArray[np.int64]:
        count = len(self._sources[0].learned)
        return generator_at(*self._place, _ORDER + turn).permutation(count)
