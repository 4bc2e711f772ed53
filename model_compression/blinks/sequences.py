"""Sequences of blinks with what their drivers said of themselves, as UTA-RLDD's blink features have them.

A file holds `blinks` (N, 30, 4), columns frequency, amplitude, duration and velocity, standardised with each person's
own alert recording, short ones padded in front with zeros; and `labels` (N, 1): 0 alert, 5 low vigilance, 10 drowsy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.blink_head.rows import MOST_BLINKS
from edge_app.errors import UserError
from model_compression.blinks.people import Ids, people_of, recordings_of
from model_compression.evaluation.npz_file import read_npz

Floats = NDArray[np.float32]

LABELS = (0, 5, 10)  # what drivers said: the classes of the head, in its order
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class BlinkSequences:
    """rows: (N, 30, 4) of amplitude, duration, velocity, and 1 where there is a blink. The others: (N,).

    People and recordings are numbered within the set, folds by the file that a sequence comes from.
    """

    rows: Floats
    frequency: Floats  # (N, 30); left out of what ships
    classes: NDArray[np.int64]  # 0 alert, 1 low vigilance, 2 drowsy
    people: Ids
    recordings: Ids
    folds: Ids

    def __len__(self) -> int:
        return len(self.rows)

    def taken(self, where: NDArray[np.bool_]) -> BlinkSequences:
        """Those where `where` (N,) is true."""
        return BlinkSequences(
            self.rows[where],
            self.frequency[where],
            self.classes[where],
            self.people[where],
            self.recordings[where],
            self.folds[where],
        )


def read_sequences(path: Path) -> BlinkSequences:
    """One file. Raises `UserError`, in one sentence, unless it is of the form above."""
    blinks, labels = read_npz(path, "blinks", "labels")
    _check(path, blinks, labels)
    told = labels.reshape(-1).astype(np.float64)
    there = np.abs(blinks).sum(axis=2, keepdims=True) > 0
    rows = np.concatenate([blinks[:, :, 1:], there], axis=2).astype(np.float32)
    return BlinkSequences(
        rows,
        np.asarray(blinks[:, :, 0], dtype=np.float32),
        np.searchsorted(LABELS, told).astype(np.int64),
        people_of(told),
        recordings_of(told),
        np.zeros(len(told), dtype=np.int64),
    )


def read_folds(files: Sequence[Path]) -> BlinkSequences:
    """All of them as one, each a fold; nobody is in two files. Raises `UserError` where two are the same."""
    each = [read_sequences(file) for file in files]
    _check_different(files)
    people = _numbered_on([one.people for one in each])
    recordings = _numbered_on([one.recordings for one in each])
    folds = [np.full(len(one), number, dtype=np.int64) for number, one in enumerate(each)]
    return BlinkSequences(
        np.concatenate([one.rows for one in each]),
        np.concatenate([one.frequency for one in each]),
        np.concatenate([one.classes for one in each]),
        people,
        recordings,
        np.concatenate(folds),
    )


def fold_files(folder: Path) -> list[Path]:
    """The files of a folder, by name. Raises `UserError` where there is none."""
    files = sorted(folder.glob("*.npz")) if folder.is_dir() else [folder]
    if not files or not files[0].is_file():
        raise UserError(f"{folder}: there is no npz of blink sequences here; check the path")
    return files


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _numbered_on(parts: Sequence[Ids]) -> Ids:
    """Numbers of each part, from where those of the part before end."""
    begins = np.cumsum([0, *(int(part.max()) + 1 for part in parts[:-1])])
    return np.concatenate([part + begin for part, begin in zip(parts, begins, strict=True)])


def _check_different(files: Sequence[Path]) -> None:
    known: dict[str, Path] = {}
    for file in files:
        other = known.setdefault(sha256_of(file), file)
        if other is not file:
            raise UserError(
                f"{file}: holds the same sequences as {other.name}, whose people would be in two folds; take one away"
            )


def _check(path: Path, blinks: NDArray[Any], labels: NDArray[Any]) -> None:
    if blinks.ndim != 3 or blinks.shape[1:] != (MOST_BLINKS, _COLUMNS):
        raise UserError(
            f"{path}: blinks are {blinks.shape}, and have to be (N, {MOST_BLINKS}, {_COLUMNS}): frequency, amplitude,"
            " duration, velocity; copy the set again"
        )
    if labels.size != len(blinks) or not len(blinks):
        raise UserError(
            f"{path}: {len(blinks)} sequences and {labels.size} labels; each needs one; copy the set again"
        )
    if not all(np.issubdtype(each.dtype, np.number) for each in (blinks, labels)):
        raise UserError(f"{path}: blinks or labels are no numbers; copy the set again")
    if not np.isfinite(blinks).all():
        raise UserError(f"{path}: blinks hold NaN or infinity; copy the set again")
    if not np.abs(blinks).sum(axis=(1, 2)).all():
        raise UserError(f"{path}: a sequence holds no blink, only zeros; copy the set again")
    others = set(np.unique(labels).tolist()) - set(LABELS)
    if others:
        raise UserError(
            f"{path}: labels other than 0, 5 and 10 ({sorted(others)[0]:g}); copy the set again"
        )
