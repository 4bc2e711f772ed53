"""People dealt into folds, so that nobody is calibrated with who is measured on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_FOLDS = 2


def person_folds(people: Sequence[str], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(N,) number of the fold of each observation; all of one person in one fold, the folds about as large.

    Raises `ValueError` where there are fewer people than folds.
    """
    names, index, sizes = np.unique(np.asarray(people), return_inverse=True, return_counts=True)
    if count < FEWEST_FOLDS:
        raise ValueError(f"{count} folds leave nobody to measure on")
    if len(names) < count:
        raise ValueError(f"{len(names)} people cannot be dealt into {count} folds")
    drawn = rng.permutation(len(names))
    largest_first = drawn[np.argsort(-sizes[drawn], kind="stable")]
    held = np.zeros(count, dtype=np.int64)
    fold_of = np.zeros(len(names), dtype=np.int64)
    for person in largest_first:
        fold = int(np.argmin(held))
        fold_of[person] = fold
        held[fold] += sizes[person]
    return np.asarray(fold_of[index], dtype=np.int64)
