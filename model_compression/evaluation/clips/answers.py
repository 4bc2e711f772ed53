"""What a clip network said of the clips of a set, beside what is true: kept as one npz file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.evaluation.clips.arrays_file import (
    MADE_AGAIN,
    damaged,
    load_arrays,
    save_arrays,
)
from model_compression.evaluation.figure import Floats


@dataclass(frozen=True, slots=True, eq=False)
class ClipAnswers:
    """N clips of K classes. Raises `ValueError` where the parts do not fit, `UserError` where logits are no numbers."""

    logits: NDArray[np.floating[Any]]  # (N, K); or (N, 1) of two classes: of the second
    truth: NDArray[np.int64]  # (N,) class numbers
    persons: tuple[str, ...]  # (N,) "" where unknown
    videos: tuple[str, ...]  # (N,) the long video of which it is a clip; a single clip's own name
    classes: tuple[str, ...]  # (K,)

    def __post_init__(self) -> None:
        n, outputs = self.logits.shape
        if n == 0:
            raise ValueError("there are no clips")
        if not self.truth.shape == (n,) or {len(self.persons), len(self.videos)} != {n}:
            raise ValueError(f"{n} clips have logits; truth, persons or videos are not as many")
        if len(self.classes) < 2 or outputs not in ({1, 2} if self.binary else {len(self.classes)}):
            raise ValueError(f"{outputs} logits cannot tell {len(self.classes)} classes apart")
        if not np.issubdtype(self.truth.dtype, np.integer):
            raise ValueError(f"classes are true by number, not by {self.truth.dtype}")
        if self.truth.min() < 0 or self.truth.max() >= len(self.classes):
            raise ValueError(f"a true class is none of the {len(self.classes)}")
        if not all(self.videos):
            raise ValueError("a clip belongs to no video; name it after itself")
        if not np.isfinite(self.logits).all():
            raise UserError(
                "the network's answers are not all finite: its training diverged; lower its learning rate"
            )

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def binary(self) -> bool:
        return len(self.classes) == 2

    @property
    def probabilities(self) -> Floats:
        """(N, K), also of one logit."""
        logits = self.logits.astype(np.float64)
        if logits.shape[1] == 1:
            logits = np.concatenate([np.zeros_like(logits), logits], axis=1)
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    @property
    def said(self) -> NDArray[np.int64]:
        """(N,) the most probable class."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)


def save_answers(answers: ClipAnswers, path: Path) -> None:
    """Replaces the file in one step. Raises `UserError`."""
    save_arrays(
        path,
        logits=answers.logits,
        truth=answers.truth,
        persons=np.array(answers.persons, dtype=np.str_),
        videos=np.array(answers.videos, dtype=np.str_),
        classes=np.array(answers.classes, dtype=np.str_),
    )


def load_answers(path: Path, to_do: str = MADE_AGAIN) -> ClipAnswers:
    """to_do: about a file that cannot be used. Raises `UserError`."""
    logits, truth, *names = load_arrays(
        path, "logits", "truth", "persons", "videos", "classes", to_do=to_do
    )
    try:
        persons, videos, classes = (tuple(map(str, each.tolist())) for each in names)
        unusable = int((~np.isfinite(logits)).any(axis=-1).sum())
        if unusable:
            raise ValueError(f"{unusable} of {len(logits)} answers are no finite numbers")
        return ClipAnswers(logits, truth.astype(np.int64), persons, videos, classes)
    except (TypeError, ValueError) as error:
        raise damaged(path, error, to_do) from error
