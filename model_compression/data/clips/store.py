"""`ClipStore`: a prepared set as training reads it. Rows tell what the clips are, frames come from memory maps.

store = ClipStore.open(folder)
rows = store.select("expression", "train", fold=3)
frames = store.frames(int(rows[0]))  # (T, H, W, C) uint8
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.index import ClipIndex, read_index

SPLITS = ("train", "val", "test")


class ClipStore:
    """May be handed to other processes: only where it lies goes with it, each maps the shards for itself."""

    def __init__(self, folder: Path, index: ClipIndex) -> None:
        """Use `open`."""
        settings: Mapping[str, Any] = index.description["settings"]
        self.folder = folder
        self.rows = index.rows
        self.classes = index.classes  # task -> names, of the tasks for which clips are labelled
        self.fingerprint = index.fingerprint  # of index, settings and pixels
        self.description = index.description  # kind, settings, perception
        self.notes = index.notes  # what who reads a result should know of the set
        self.size_px = int(settings["size_px"])
        self.channels = int(settings["channels"])
        self._shards = index.shards
        self._places = index.places
        self._maps: dict[int, NDArray[np.uint8]] = {}

    @classmethod
    def open(cls, folder: Path) -> ClipStore:
        """Raises `UserError` where no finished set lies there, or one that was damaged."""
        index = read_index(folder)
        for shard in index.shards:
            path = folder / shard.file
            if not path.is_file():
                raise UserError(f"{path}: is missing; copy the whole folder, or prepare it again.")
            size = path.stat().st_size
            if size != shard.bytes:
                raise UserError(
                    f"{path}: has {size} bytes and not {shard.bytes}; copy it, or prepare it again."
                )
        store = cls(folder, index)
        store._check_places()
        return store

    def __len__(self) -> int:
        return len(self.rows)

    def frames(self, number: int) -> NDArray[np.uint8]:
        """(T, H, W, C) of row `number`, RGB or luma; a read-only view of the file."""
        place, row = self._places[number], self.rows[number]
        whole = self._maps.get(place.shard)
        if whole is None:
            path = self.folder / self._shards[place.shard].file
            whole = np.memmap(path, dtype=np.uint8, mode="r")
            self._maps[place.shard] = whole
        shape = (row.frame_count, self.size_px, self.size_px, self.channels)
        return whole[place.offset : place.offset + self._bytes(row)].reshape(shape)

    def select(
        self,
        task: str,
        split: str | None = None,
        *,
        fold: int | None = None,
        val_fold: int | None = None,
        people: Collection[str] | None = None,
    ) -> NDArray[np.int64]:
        """Numbers of the rows that are labelled for `task` and belong to `split`; all splits with None.

        Without `fold` a row's own split counts. With it, `test` are the rows of that fold, `val` those of `val_fold`
        and `train` all others, whatever their own split. people: only theirs. Raises `UserError` for a task, fold or
        split that this set does not have; a choice of people may be empty.
        """
        if task not in self.classes:
            raise UserError(
                f"{self.folder}: is not labelled for {task}, only for {', '.join(self.classes)}."
            )
        if split is not None and split not in SPLITS:
            raise UserError(f"{split}: is no split; name one of {', '.join(SPLITS)}.")
        self._check_folds(fold, val_fold, split)
        chosen = [
            number
            for number, row in enumerate(self.rows)
            if task in row.labels
            and (split is None or _split_of(row, fold, val_fold) == split)
            and (people is None or row.person in people)
        ]
        if not chosen and people is None:
            there = sorted({row.split for row in self.rows if row.split})
            instead = f"its splits are {', '.join(there)}" if there else "name a fold instead"
            raise UserError(f"{self.folder}: has no clips for {task} in {split}; {instead}.")
        return np.array(chosen, dtype=np.int64)

    def labels(self, task: str, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """(N,) classes of rows that `select` chose for the task."""
        return np.array([self.rows[int(row)].labels[task] for row in rows], dtype=np.int64)

    def _check_folds(self, fold: int | None, val_fold: int | None, split: str | None) -> None:
        folds = sorted({row.fold for row in self.rows if row.fold})
        for number in (fold, val_fold):
            if number is not None and number not in folds:
                known = ", ".join(map(str, folds)) or "none"
                raise UserError(f"{self.folder}: has no fold {number}; its folds are {known}.")
        if val_fold is not None and (fold is None or fold == val_fold):
            raise UserError(
                f"{self.folder}: val_fold {val_fold} asks for another fold to test on; give fold."
            )
        if fold is not None and split == "val" and val_fold is None:
            raise UserError(f"{self.folder}: with fold {fold} there is no val without val_fold.")

    def _bytes(self, row: ClipRow) -> int:
        return row.frame_count * self.size_px * self.size_px * self.channels

    def _check_places(self) -> None:
        whole = len(self.rows) == len(self._places) and all(
            0 <= place.shard < len(self._shards)
            and 0 <= place.offset <= self._shards[place.shard].bytes - self._bytes(row)
            for row, place in zip(self.rows, self._places, strict=True)
        )
        if not whole:
            raise UserError(f"{self.folder}: its index points beyond its shards; prepare it again.")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_maps": {}}


def _split_of(row: ClipRow, fold: int | None, val_fold: int | None) -> str:
    if fold is None:
        return row.split
    if row.fold == fold:
        return "test"
    return "val" if val_fold is not None and row.fold == val_fold else "train"
