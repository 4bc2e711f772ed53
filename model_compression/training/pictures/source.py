"""The prepared sets that a picture network learns from: which pictures, with which class and values, which held out.

A picture is a clip of one frame; of a longer clip one frame is taken, with the label of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.clips.classes import AROUSAL, VALENCE
from model_compression.data.clips.store import ClipStore
from model_compression.training.clips.source import drawn_apart
from model_compression.training.config import DataSet
from model_compression.training.pictures.asked import Answer

VALUES = (VALENCE, AROUSAL)
ChooseBy = Literal["val", "people", "pictures"]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Some rows of a store, with what is true of them."""

    row: NDArray[np.int64]  # (N,) numbers in the store
    label: NDArray[np.int64]  # (N,) the class asked for
    values: NDArray[np.float32]  # (N, 2) valence and arousal; NaN: not known

    def __len__(self) -> int:
        return len(self.row)

    def where(self, chosen: NDArray[np.bool_]) -> Pictures:
        return Pictures(self.row[chosen], self.label[chosen], self.values[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class PictureSource:
    """A store, and its pictures that are learned from or held out."""

    name: str
    store: ClipStore
    weight: float
    answer: Answer
    learned: Pictures
    held_out: Pictures


@dataclass(frozen=True, slots=True)
class Choosing:
    """On which pictures weights are chosen."""

    by: ChooseBy  # the val split where there is one, people of train, or pictures of everybody
    share: float  # of the people, or of each person's pictures
    fold: int | None = None  # kept for measuring, of sets with folds


def open_stores(sets: Iterable[DataSet]) -> list[tuple[DataSet, ClipStore]]:
    """Raises `UserError` for folders that are no prepared sets, or that differ in their channels."""
    opened = [(entry, ClipStore.open(Path(entry.name).expanduser())) for entry in sets]
    if not opened:
        raise UserError(
            "data: no pictures to learn from; name a folder of 'vigil data prepare' with --prepared."
        )
    if len({store.channels for _, store in opened}) > 1:
        raise UserError(
            "data: some sets are prepared in colour and some in grey; prepare all with one --channels."
        )
    return opened


def picture_source(
    entry: DataSet, store: ClipStore, answer: Answer, choosing: Choosing
) -> PictureSource:
    """Raises `UserError` where nothing is left to learn from or to choose by."""
    if choosing.by == "pictures":
        every = _labelled(store, answer, store.select(answer.task))
        learned, held_out = _pictures_apart(every, store, choosing.share)
    else:
        learned, held_out = _by_split_or_people(store, answer, choosing)
    if not len(learned) or not len(held_out):
        raise UserError(
            f"{entry.name}: has {len(learned)} pictures of {answer.task} to learn from and {len(held_out)} to choose"
            " weights by; both are needed."
        )
    return PictureSource(entry.name, store, entry.weight, answer, learned, held_out)


def _by_split_or_people(
    store: ClipStore, answer: Answer, choosing: Choosing
) -> tuple[Pictures, Pictures]:
    # A set with folds in place of splits is learned from whole where no fold is kept for measuring.
    has_splits = choosing.fold is not None or any(row.split for row in store.rows)
    split = "train" if has_splits else None
    learned = _labelled(store, answer, store.select(answer.task, split, fold=choosing.fold))
    of_val = choosing.by == "val" and choosing.fold is None
    if of_val and any(row.split == "val" and answer.task in row.labels for row in store.rows):
        return learned, _labelled(store, answer, store.select(answer.task, "val"))
    return _people_apart(learned, store, choosing.share)


def _labelled(store: ClipStore, answer: Answer, numbers: NDArray[np.int64]) -> Pictures:
    own = store.labels(answer.task, numbers)
    wrong = (own < 0) | (own >= len(answer.number))
    if wrong.any():
        row = store.rows[int(numbers[wrong][0])]
        raise UserError(
            f"{store.folder}: {row.clip} has class {row.labels[answer.task]} of {answer.task}, whose classes are 0 to"
            f" {len(answer.number) - 1}; prepare the set again."
        )
    values = [
        [store.rows[int(number)].values.get(name, math.nan) for name in VALUES]
        for number in numbers
    ]
    found = Pictures(
        numbers, answer.number[own], np.array(values, dtype=np.float32).reshape(-1, len(VALUES))
    )
    return found.where(found.label >= 0)


def _people_apart(pictures: Pictures, store: ClipStore, share: float) -> tuple[Pictures, Pictures]:
    """All pictures of some people (of videos, where nobody knows the person) held out, the same ones in each run."""
    rows = [store.rows[int(number)] for number in pictures.row]
    who = [row.person or row.video for row in rows]
    apart = drawn_apart(who, share)
    held_out = np.array([one in apart for one in who], dtype=bool)
    return pictures.where(~held_out), pictures.where(held_out)


def _pictures_apart(
    pictures: Pictures, store: ClipStore, share: float
) -> tuple[Pictures, Pictures]:
    """Some pictures of each person held out, the same ones in each run; one at least stays to learn from."""
    drawn = np.array([_drawn(store.rows[int(number)].clip) for number in pictures.row])
    order = np.lexsort((drawn, pictures.label))  # person by person
    sizes = np.unique(pictures.label, return_counts=True)[1]
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    apart = np.minimum(np.rint(share * sizes).astype(np.int64), sizes - 1)
    held_out = np.zeros(len(pictures), dtype=bool)
    held_out[order] = np.arange(len(pictures)) - first < np.repeat(apart, sizes)
    return pictures.where(~held_out), pictures.where(held_out)


def _drawn(name: str) -> float:
    """0..1, as if at random, but of a name always the same."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") / 2**64
