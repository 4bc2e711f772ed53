"""What a network makes of clips before it decides: one vector a clip, and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.evaluation.clips.arrays_file import damaged, load_arrays, save_arrays


@dataclass(frozen=True, slots=True, eq=False)
class ClipEmbeddings:
    """N clips. Raises `ValueError` where the parts do not fit, `UserError` where vectors are no numbers."""

    vectors: NDArray[np.floating[Any]]  # (N, D)
    truth: NDArray[np.int64]  # (N,) class numbers
    persons: tuple[str, ...]  # (N,) "" where unknown
    videos: tuple[str, ...]  # (N,)
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        n, _ = self.vectors.shape
        if n == 0 or {len(self.truth), len(self.persons), len(self.videos)} != {n}:
            raise ValueError(
                f"{n} vectors; truth, persons or videos are not as many, or there are none"
            )
        if self.truth.min() < 0 or self.truth.max() >= len(self.classes):
            raise ValueError(f"a true class is none of the {len(self.classes)}")
        if not np.isfinite(self.vectors).all():
            raise UserError("the network's embeddings are not all finite: its training diverged")

    def __len__(self) -> int:
        return len(self.truth)

    def rows(self, chosen: NDArray[np.int64]) -> ClipEmbeddings:
        return ClipEmbeddings(
            self.vectors[chosen],
            self.truth[chosen],
            tuple(self.persons[row] for row in chosen),
            tuple(self.videos[row] for row in chosen),
            self.classes,
        )


def save_embeddings(embeddings: ClipEmbeddings, path: Path) -> None:
    """Replaces the file in one step. Raises `UserError`."""
    save_arrays(
        path,
        vectors=embeddings.vectors,
        truth=embeddings.truth,
        persons=np.array(embeddings.persons, dtype=np.str_),
        videos=np.array(embeddings.videos, dtype=np.str_),
        classes=np.array(embeddings.classes, dtype=np.str_),
    )


def load_embeddings(path: Path) -> ClipEmbeddings:
    """Raises `UserError`."""
    vectors, truth, *names = load_arrays(path, "vectors", "truth", "persons", "videos", "classes")
    try:
        persons, videos, classes = (tuple(map(str, each.tolist())) for each in names)
        return ClipEmbeddings(vectors, truth.astype(np.int64), persons, videos, classes)
    except (TypeError, ValueError) as error:
        raise damaged(path, error) from error
