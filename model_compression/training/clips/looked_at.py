"""What a training saw of a prepared set: the clips that it learned from, and those that its weights were chosen by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from model_compression.data.clips.store import ClipStore
from model_compression.training.config import DataSet


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Of one set, by the numbers of its rows."""

    store: ClipStore
    learned: frozenset[int]
    chosen_by: frozenset[int]

    @property
    def people(self) -> set[str]:
        """Who was learned from, of those whom somebody has named."""
        return {self.store.rows[row].person for row in self.learned} - {""}


class LooksAtClips(Protocol):
    """The options of a task that learns from prepared clips."""

    def looked_at(self, entry: DataSet) -> LookedAt:
        """Raises `UserError`."""
        ...
