"""What one or several trained clip networks are worth on clips, and on the videos that these were cut from.

Networks of several folds are taken together over the clips that each kept; of those that differ by their seed, figures
are the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model_compression.evaluation.classification import Confusion
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.clips.calibration_error import (
    ReliabilityBin,
    equal_width_bins,
    reliability,
)
from model_compression.evaluation.clips.figures import (
    confusion_of,
    figures_of,
    figures_of_folds,
    figures_over_seeds,
)
from model_compression.evaluation.clips.pooling import Pooling, by_video, has_long_videos, pooled
from model_compression.evaluation.figure import Figures

BySeed = Sequence[Sequence[ClipAnswers]]  # for each seed, one network or one for each fold


@dataclass(frozen=True, slots=True)
class Guessing:
    """What is reached without looking at a clip."""

    most_frequent: str  # class
    accuracy: float  # of always saying it
    uar: float
    auroc: float = 0.5


@dataclass(frozen=True, slots=True)
class Scores:
    classes: tuple[str, ...]
    n: int
    people: int | None  # None: not known
    figures: Figures
    guessing: Guessing
    confusion: Confusion  # of all seeds together
    reliability: tuple[ReliabilityBin, ...]  # of all seeds together
    absent: tuple[str, ...] = ()  # classes that no clip has

    @property
    def beats_guessing(self) -> bool:
        """False where the interval of the mean recall reaches down to what guessing gives."""
        uar = self.figures["uar"]
        return uar.low is None or uar.low > self.guessing.uar


def scores_of(by_seed: BySeed) -> Scores:
    seeds = [pooled(folds) for folds in by_seed]
    first, together = seeds[0], pooled(seeds)
    if len(seeds) > 1:
        figures = figures_over_seeds(seeds)
    elif len(by_seed[0]) > 1:
        figures = figures_of_folds(by_seed[0])
    else:
        figures = figures_of(first)
    confidence = together.probabilities.max(axis=1)
    return Scores(
        classes=first.classes,
        n=len(first),
        people=len(set(first.persons)) if all(first.persons) else None,
        figures=figures,
        guessing=_guessing(first),
        confusion=confusion_of(together),
        reliability=reliability(
            confidence, together.said == together.truth, equal_width_bins(confidence)
        ),
        absent=tuple(
            name for number, name in enumerate(first.classes) if number not in first.truth
        ),
    )


def scores_of_videos(by_seed: BySeed, how: Pooling) -> Scores | None:
    """None where every clip is a video of its own, or the clips of some are of more than one class or person."""
    if not all(has_long_videos(pooled(folds)) for folds in by_seed):
        return None
    return scores_of([[by_video(one, how) for one in folds] for folds in by_seed])


def _guessing(answers: ClipAnswers) -> Guessing:
    counts = np.bincount(answers.truth, minlength=len(answers.classes))
    most = int(counts.argmax())
    return Guessing(
        answers.classes[most], float(counts[most] / counts.sum()), float(1 / (counts > 0).sum())
    )
