"""Rows of arrays in a new order each time all were seen, by position: a resumed run sees what it would have seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_compression.training.seeds import generator_at
from model_compression.training.task import Sample


class ShuffledRows:
    """See `Samples`; arrays of one length N by name. Position p is of round p // N."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], *, seed: int, stage_index: int) -> None:
        self._arrays = dict(arrays)
        self._count = len(next(iter(self._arrays.values())))
        self._place = seed, stage_index
        self._round = -1
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)

    def __getitem__(self, position: int) -> Sample:
        row = self._row(position)
        return {name: array[row] for name, array in self._arrays.items()}

    def __getitems__(self, positions: Sequence[int]) -> Sample:
        rows = np.array([self._row(position) for position in positions])
        return {name: array[rows] for name, array in self._arrays.items()}

    def _row(self, position: int) -> int:
        turn, place = divmod(position, self._count)
        if turn != self._round:
            seed, stage_index = self._place
            self._order = generator_at(seed, stage_index, turn).permutation(self._count)
            self._round = turn
        return int(self._order[place])
