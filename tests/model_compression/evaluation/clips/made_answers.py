"""Answers of a network that never was, as small as their figures can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model_compression.evaluation.clips.answers import ClipAnswers


def answers_saying(
    truth: Sequence[int],
    said: Sequence[int],
    *,
    classes: Sequence[str] = ("none", "moderate", "strong"),
    persons: Sequence[str] | None = None,
    videos: Sequence[str] | None = None,
) -> ClipAnswers:
    """A network that is rather sure of what it says."""
    logits = 4.0 * np.eye(len(classes))[list(said)]
    return with_logits(logits, truth, classes=classes, persons=persons, videos=videos)


def with_logits(
    logits: Sequence[Sequence[float]] | np.ndarray,
    truth: Sequence[int],
    *,
    classes: Sequence[str] = ("alert", "drowsy"),
    persons: Sequence[str] | None = None,
    videos: Sequence[str] | None = None,
) -> ClipAnswers:
    clips = [f"clip-{row}" for row in range(len(truth))]
    return ClipAnswers(
        np.array(logits, dtype=np.float64),
        np.array(truth, dtype=np.int64),
        tuple(clips if persons is None else persons),
        tuple(clips if videos is None else videos),
        tuple(classes),
    )


def logit(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))
