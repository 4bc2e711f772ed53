"""What was said of the six mimicked emotions of each video, and how well it follows the truth (paper 4, sec. 2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import FeatureRow
from model_compression.downstream.agreement import PairedSums, agreement_figures
from model_compression.downstream.descriptors import Statistics, described, rows_of
from model_compression.evaluation.figure import Figures, Floats, not_applicable

INTENSITIES = ("admiration", "amusement", "determination", "empathic_pain", "excitement", "joy")
MEAN = "mean_pearson"


@dataclass(frozen=True, slots=True, eq=False)
class IntensityAnswers:
    """Of V videos and K intensities."""

    names: tuple[str, ...]  # (K,)
    rows: tuple[FeatureRow, ...]  # (V,)
    said: Floats  # (V, K), NaN of a video that nothing can be said of
    truth: Floats  # (V, K), NaN where unknown

    @property
    def missing(self) -> list[str]:
        """Videos of which nothing is said."""
        there = np.asarray(np.isfinite(self.said).all(axis=1))
        return [row.video for row, known in zip(self.rows, there, strict=True) if not known]


def truths_of(rows: Sequence[FeatureRow], names: Sequence[str]) -> Floats:
    """(V, K), NaN where unknown."""
    table = [[float(row.values.get(name, np.nan)) for name in names] for row in rows]
    return np.array(table, np.float64).reshape(len(rows), len(names))


def descriptor(
    features: FeatureSet,
    number: int,
    streams: Sequence[str],
    statistics: Statistics,
    face_every: int,
) -> Floats | None:
    """(D,) of one video, the streams' descriptors one after another.

    Of several streams one that has nothing gives zeros, so that a video without a face is still told by its sound;
    None where no stream has anything.
    """
    video = features.features(number)
    parts, any_there = [], False
    for stream in streams:
        rows = rows_of(video, stream, face_every)
        any_there |= len(rows) > 0
        known = rows if len(rows) else np.zeros((1, features.streams[stream].size), np.float32)
        parts.append(described(known, statistics))
    return np.concatenate(parts).astype(np.float64) if any_there else None


def intensity_figures(answers: IntensityAnswers) -> Figures:
    """Pearson's correlation of each intensity and their mean, over the videos with an answer and a truth."""
    known = np.isfinite(answers.said).all(axis=1) & np.isfinite(answers.truth).all(axis=1)
    numbers = np.flatnonzero(known)
    if not len(numbers):
        why = not_applicable("no video has both an answer and a truth")
        return dict.fromkeys((*answers.names, MEAN), why)
    return agreement_figures(
        PairedSums.of([(answers.said[[one]], answers.truth[[one]]) for one in numbers]),
        "pearson",
        answers.names,
        MEAN,
        persons=[answers.rows[one].person for one in numbers],
        videos=[answers.rows[one].video for one in numbers],
    )
