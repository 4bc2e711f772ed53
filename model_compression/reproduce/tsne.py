"""Exact t-SNE of up to 2 000 vectors. van der Maaten and Hinton 2008, "Visualizing Data using t-SNE".

As in the paper: perplexity by bisection, learning rate 100 with Jacobs' gains, momentum 0.5 and from step 250 on 0.8,
similarities four times as large over the first 50 steps. The same seed gives the same picture on one machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Floats

MOST = 2000
_BISECTIONS = 64
_LEARNING_RATE = 100.0
_EXAGGERATION, _EXAGGERATED_STEPS = 4.0, 50
_MOMENTUM, _LATER_MOMENTUM, _LATER = 0.5, 0.8, 250
_LEAST_GAIN = 0.01
_TINY = 1e-12


def tsne(
    vectors: NDArray[np.floating], *, seed: int, perplexity: float = 30.0, steps: int = 1000
) -> Floats:
    """(N, D) -> (N, 2), centred. perplexity: about how many neighbours each has; at most a third of all others.

    Raises `ValueError` for fewer than four vectors, or more than `MOST`.
    """
    n = len(vectors)
    if not 4 <= n <= MOST:
        raise ValueError(f"t-SNE takes 4 to {MOST} vectors, not {n}")
    similar = similarities(squared_distances(vectors), min(perplexity, (n - 1) / 3))
    random = np.random.default_rng(seed)
    # Half the time of double precision, and its rounding is far below the step.
    places = random.normal(0.0, 1e-2, (n, 2)).astype(np.float32)
    change = np.zeros_like(places)
    gains = np.ones_like(places)
    wanted = similar.astype(np.float32)
    for step in range(steps):
        exaggerated = _EXAGGERATION if step < _EXAGGERATED_STEPS else 1.0
        gradient = _gradient(places, exaggerated * wanted)
        momentum = _MOMENTUM if step < _LATER else _LATER_MOMENTUM
        onward = (gradient > 0) != (change > 0)
        gains = np.maximum(np.where(onward, gains + 0.2, gains * 0.8), _LEAST_GAIN)
        change = momentum * change - _LEARNING_RATE * gains * gradient
        places = places + change
        places -= places.mean(axis=0)
    return places.astype(np.float64)


def squared_distances(vectors: NDArray[np.floating]) -> Floats:
    """(N, D) -> (N, N)."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0)
    norms = (centred**2).sum(axis=1)
    distances = np.maximum(norms[:, None] + norms[None] - 2 * centred @ centred.T, 0.0)
    np.fill_diagonal(distances, 0.0)
    return np.asarray(distances)


def similarities(distances: Floats, perplexity: float) -> Floats:
    """(N, N) symmetric, of sum 1: p_ij = (p_j|i + p_i|j) / 2N with Gaussians of the perplexity asked for."""
    n = len(distances)
    conditional = np.stack(
        [neighbours(np.delete(row, own), perplexity) for own, row in enumerate(distances)]
    )  # (N, N - 1)
    square = np.zeros((n, n))
    square[~np.eye(n, dtype=bool)] = conditional.ravel()
    return np.maximum((square + square.T) / (2 * n), _TINY)


def neighbours(distances: Floats, perplexity: float) -> Floats:
    """(M,) squared distances -> (M,) probabilities, whose entropy is log(perplexity)."""
    distances = distances - distances.min()
    precision, low, high = 1.0 / max(float(distances.mean()), _TINY), 0.0, np.inf
    chances = np.full(len(distances), 1 / len(distances))
    for _ in range(_BISECTIONS):
        weights = np.exp(-precision * distances)
        chances = weights / weights.sum()
        entropy = float(-(chances * np.log(chances + _TINY)).sum())
        if abs(entropy - np.log(perplexity)) < 1e-5:
            break
        if entropy > np.log(perplexity):
            low = precision
            precision = 2 * precision if np.isinf(high) else (low + high) / 2
        else:
            high = precision
            precision = (low + high) / 2
    return np.asarray(chances)


def _gradient(places: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the Kullback-Leibler divergence of Student-t similarities (equation 5)."""
    norms = (places**2).sum(axis=1)
    closeness = 1 / (1 + np.maximum(norms[:, None] + norms[None] - 2 * places @ places.T, 0))
    np.fill_diagonal(closeness, 0)
    pulls = (wanted - closeness / closeness.sum()) * closeness  # (N, N)
    gradient: NDArray[np.float32] = 4 * (pulls.sum(axis=1)[:, None] * places - pulls @ places)
    return gradient
