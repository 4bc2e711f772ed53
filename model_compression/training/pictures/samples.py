"""Pictures of one stage by position, a whole batch at a time; each is varied anew whenever it comes again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from model_compression.training.pictures.source import PictureSource
from model_compression.training.pictures.varied_picture import PictureAugmentation, varied_picture
from model_compression.training.seeds import generator_at
from model_compression.training.task import Sample

Mixing = Literal["pictures", "sets"]

_ORDER = 2**40  # a place that no position has, where the order of each round is drawn


def shares_of(sources: tuple[PictureSource, ...], mixing: Mixing) -> NDArray[np.float64]:
    """(sources,) how often each is drawn from: as often as it has pictures, or all alike, times its weight."""
    sizes = [len(source.learned) if mixing == "pictures" else 1 for source in sources]
    shares = np.array([source.weight for source in sources]) * np.array(sizes, dtype=np.float64)
    return np.asarray(shares / shares.sum(), dtype=np.float64)


class PictureSamples:
    """Each sample: `pictures` uint8 (S, S, C), `label`, `values` (2,) and `source`, the number of its set.

    Where all pictures are alike, each comes once before any comes again; else each is drawn for itself.
    """

    def __init__(
        self,
        sources: tuple[PictureSource, ...],
        augmentation: PictureAugmentation,
        *,
        side_px: int,
        mixing: Mixing,
        seed: int,
        stage_index: int,
    ) -> None:
        self._sources = sources
        self._augmentation = augmentation
        self._side_px = side_px
        self._place = (seed, stage_index)
        self._until = np.cumsum(shares_of(sources, mixing))
        alike = mixing == "pictures" and len({source.weight for source in sources}) == 1
        self._in_turn = alike or len(sources) == 1
        self._ends = np.cumsum([len(source.learned) for source in sources])
        self._order = lru_cache(maxsize=2)(self._drawn_order)

    def __getitem__(self, position: int) -> Sample:
        return {name: values[0] for name, values in self.__getitems__([position]).items()}

    def __getitems__(self, positions: list[int]) -> dict[str, NDArray[Any]]:
        side_px, channels = self._side_px, self._sources[0].store.channels
        pictures = np.empty((len(positions), side_px, side_px, channels), dtype=np.uint8)
        label = np.empty(len(positions), dtype=np.int64)
        values = np.empty((len(positions), 2), dtype=np.float32)
        source = np.empty(len(positions), dtype=np.int64)
        for index, position in enumerate(positions):
            rng = generator_at(*self._place, position)
            source[index], member = self._picture_at(position, rng)
            of = self._sources[source[index]]
            frames = of.store.frames(int(of.learned.row[member]))
            frame = frames[int(rng.integers(len(frames))) if len(frames) > 1 else 0]
            pictures[index] = varied_picture(frame, side_px, rng, self._augmentation)
            label[index] = of.learned.label[member]
            values[index] = of.learned.values[member]
        return {"pictures": pictures, "label": label, "values": values, "source": source}

    def name(self, position: int) -> str:
        """Which picture a sample is made from, for a report."""
        number, member = self._picture_at(position, generator_at(*self._place, position))
        source = self._sources[number]
        return f"{source.name}: {source.store.rows[int(source.learned.row[member])].clip}"

    def _picture_at(self, position: int, rng: np.random.Generator) -> tuple[int, int]:
        """(source, which of its pictures)"""
        if self._in_turn:
            turn, place = divmod(position, int(self._ends[-1]))
            drawn = int(self._order(turn)[place])
            number = int(np.searchsorted(self._ends, drawn, side="right"))
            return number, drawn - int(self._ends[number - 1] if number else 0)
        number = int(np.searchsorted(self._until, rng.random(), side="right"))
        number = min(number, len(self._sources) - 1)
        return number, int(rng.integers(len(self._sources[number].learned)))

    def _drawn_order(self, turn: int) -> NDArray[np.int64]:
        return generator_at(*self._place, _ORDER + turn).permutation(int(self._ends[-1]))
