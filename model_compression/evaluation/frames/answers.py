"""What a network told of the labelled frames of videos, beside what is true: kept as one npz file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.evaluation.clips.arrays_file import damaged, load_arrays, save_arrays
from model_compression.evaluation.figure import Floats


@dataclass(frozen=True, slots=True, eq=False)
class FrameAnswers:
    """N frames of C classes. Raises `ValueError` where parts do not fit, `UserError` where answers are no numbers."""

    probabilities: Floats  # (N, C)
    said: NDArray[
        np.int64
    ]  # (N,) the class told: not always the most probable, after a filter of classes
    truth: NDArray[np.int64]  # (N,)
    videos: NDArray[np.str_]  # (N,)
    persons: NDArray[np.str_]  # (N,) "" where unknown
    classes: tuple[str, ...]  # (C,)

    def __post_init__(self) -> None:
        n, count = self.probabilities.shape
        if n == 0 or {len(a) for a in (self.said, self.truth, self.videos, self.persons)} != {n}:
            raise ValueError("there are no frames, or not as many answers as frames")
        if count != len(self.classes):
            raise ValueError(f"{count} probabilities cannot tell {len(self.classes)} classes apart")
        for numbers in (self.said, self.truth):
            if numbers.min() < 0 or numbers.max() >= count:
                raise ValueError(f"a class is none of the {count}")
        if not np.isfinite(self.probabilities).all():
            raise UserError(
                "the network's answers are not all finite: its training diverged; lower its learning rate"
            )

    def __len__(self) -> int:
        return len(self.truth)

    def save(self, path: Path) -> None:
        """Replaces the file in one step. Raises `UserError`."""
        arrays: dict[str, NDArray[Any]] = {
            "probabilities": self.probabilities,
            "said": self.said,
            "truth": self.truth,
            "videos": self.videos,
            "persons": self.persons,
            "classes": np.array(self.classes, dtype=np.str_),
        }
        save_arrays(path, **arrays)

    @staticmethod
    def load(path: Path) -> FrameAnswers:
        """Raises `UserError`."""
        names = ("probabilities", "said", "truth", "videos", "persons", "classes")
        *arrays, classes = load_arrays(path, *names)
        probabilities, said, truth, videos, persons = arrays
        try:
            named = tuple(map(str, classes.tolist()))
            return FrameAnswers(probabilities, said, truth, videos, persons, named)
        except (TypeError, ValueError) as error:
            raise damaged(path, error) from error
