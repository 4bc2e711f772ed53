"""How much of a task lies open in embeddings of a network that never learned it: a linear classifier on top of them.

Multinomial logistic regression with an L2 penalty, classes weighted alike, over folds of people: nobody's clips are
both fitted and scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.clips.figures import figure_over_seeds
from model_compression.evaluation.clips.sources import sources_of
from model_compression.evaluation.figure import Figure, Floats
from model_compression.reproduce.embeddings import ClipEmbeddings

FOLDS = 5
_PENALTY = 1e-2  # on the squared weights, beside a loss that is a mean over clips
_MOST_STEPS = 3000
_SETTLED = 1e-6  # norm of the gradient


@dataclass(frozen=True, slots=True)
class Probed:
    uar: Figure
    chance: float  # UAR of whoever does not look
    folds: int
    answers: ClipAnswers  # of each clip by the classifier that was fitted without its person


def probe(embeddings: ClipEmbeddings, *, seed: int) -> Probed:
    """Raises `UserError` where there are not two people, or not two classes."""
    sources, of = sources_of(embeddings.persons, embeddings.videos)
    present = np.unique(embeddings.truth)
    if len(set(sources)) < 2 or len(present) < 2:
        raise UserError(
            f"a linear probe needs two {of.many} and two classes; there are"
            f" {of.counted(len(set(sources)))} and {len(present)} classes"
        )
    folds = person_folds(sources, seed=seed)
    logits = np.zeros((len(embeddings), len(embeddings.classes)))
    for fold in np.unique(folds):
        own = folds == fold
        weights = fitted(embeddings.vectors[~own], embeddings.truth[~own], len(embeddings.classes))
        logits[own] = weights.logits(embeddings.vectors[own])
    answers = ClipAnswers(
        logits, embeddings.truth, embeddings.persons, embeddings.videos, embeddings.classes
    )
    uar = figure_over_seeds([answers], "uar")
    return Probed(uar, 1 / len(present), len(np.unique(folds)), answers)


def person_folds(sources: Sequence[str], *, seed: int, count: int = FOLDS) -> NDArray[np.int64]:
    """(N,) the fold of each clip, from 0; all clips of a source are in one. Fewer folds where sources are fewer."""
    names, index = np.unique(np.asarray(sources), return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    return np.asarray(order % min(count, len(names)))[index]


@dataclass(frozen=True, slots=True, eq=False)
class LinearClassifier:
    mean: Floats  # (D,)
    deviation: Floats  # (D,)
    weights: Floats  # (D + 1, K), the last row for the bias

    def logits(self, vectors: NDArray[np.floating]) -> Floats:
        return np.asarray(with_one((vectors - self.mean) / self.deviation) @ self.weights)


def fitted(
    vectors: NDArray[np.floating], truth: NDArray[np.int64], classes: int
) -> LinearClassifier:
    """Minimises the loss by Nesterov's method, begun anew where it overshoots (O'Donoghue and Candès 2015)."""
    mean, deviation = vectors.mean(axis=0), vectors.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    inputs = with_one(((vectors - mean) / deviation).astype(np.float64))
    wanted = np.eye(classes)[truth]  # (N, K)
    counts = wanted.sum(axis=0)
    share = 1 / (counts[truth] * np.count_nonzero(counts))  # (N,) of each clip; 1 in all
    # The curvature of softmax cross-entropy is at most one half.
    steepest = 0.5 * float(np.linalg.norm(np.sqrt(share)[:, None] * inputs, 2)) ** 2 + _PENALTY
    weights = ahead = np.zeros((inputs.shape[1], classes))
    momentum = 1.0
    for _ in range(_MOST_STEPS):
        slope = slope_of(ahead, inputs, wanted, share)
        if float(np.linalg.norm(slope)) < _SETTLED:
            weights = ahead
            break
        before, weights = weights, ahead - slope / steepest
        if float((slope * (weights - before)).sum()) > 0:
            momentum = 1.0
        later = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = weights + (momentum - 1) / later * (weights - before)
        momentum = later
    return LinearClassifier(mean, deviation, weights)


def slope_of(weights: Floats, inputs: Floats, wanted: Floats, share: Floats) -> Floats:
    """Gradient of the penalised loss; the bias is not penalised."""
    logits = inputs @ weights
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances = raised / raised.sum(axis=1, keepdims=True)
    penalty = _PENALTY * weights
    penalty[-1] = 0.0
    return np.asarray(inputs.T @ (share[:, None] * (chances - wanted)) + penalty)


def with_one(vectors: Floats) -> Floats:
    return np.concatenate([vectors, np.ones((len(vectors), 1))], axis=1)
