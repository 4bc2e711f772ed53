"""Windows of one stage by position: of one set each once before any comes again, of several each drawn for itself."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge_app.sound.windows import Windows
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.training.frames.source import FrameSource
from model_compression.training.frames.videos import WatchedVideo
from model_compression.training.seeds import generator_at
from model_compression.training.task import Sample

_ORDER = 2**40  # a place that no position has, where the order of each round is drawn


class WindowSamples:
    """Each sample: what `window_of` gives."""

    def __init__(
        self, sources: tuple[FrameSource, ...], windows: Windows, *, seed: int, stage_index: int
    ) -> None:
        self._sources = sources
        weights = np.array([source.weight for source in sources], dtype=np.float64)
        self._until = np.cumsum(weights / weights.sum())
        self._windows = windows
        self._place = (seed, stage_index)
        self._order = lru_cache(maxsize=8)(self._drawn_order)

    def __getitem__(self, position: int) -> Sample:
        if len(self._sources) == 1:
            source = self._sources[0]
            turn, place = divmod(position, len(source.windows))
            number, start = source.windows[int(self._order(turn)[place])]
        else:
            rng = generator_at(*self._place, position)
            which = int(np.searchsorted(self._until, rng.random(), side="right"))
            source = self._sources[min(which, len(self._sources) - 1)]
            number, start = source.windows[int(rng.integers(len(source.windows)))]
        return window_of(source.learned[number], start, self._windows)

    def _drawn_order(self, turn: int) -> NDArray[np.int64]:
        count = len(self._sources[0].windows)
        return generator_at(*self._place, _ORDER + turn).permutation(count)


def window_of(video: WatchedVideo, start: int, windows: Windows) -> Sample:
    """`visual` (W, dv), `sound` (W, da), `visual_present`, `sound_present` (W,) bool, `truth` (W,) int64.

    Behind the end of the video nothing is present and nothing true.
    """
    return {
        "visual": windows.cut(video.visual, start),
        "sound": windows.cut(video.sound, start),
        "visual_present": windows.cut(video.visual_present, start),
        "sound_present": windows.cut(video.sound_present, start),
        "truth": windows.cut(video.truth, start, behind=NO_CLASS),
    }
