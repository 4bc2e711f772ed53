"""Neighbours stay neighbours in two dimensions, the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from model_compression.reproduce.tsne import neighbours, similarities, squared_distances, tsne


def blobs(each: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Three Gaussians in twelve dimensions, eight deviations apart and more."""
    random = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], each)
    centres = 8.0 * np.eye(12)[:3]
    return centres[truth] + random.normal(size=(3 * each, 12)), truth


def nearest_is_alike(places: np.ndarray, truth: np.ndarray) -> float:
    distances = squared_distances(places) + np.diag(np.full(len(places), np.inf))
    return float((truth[distances.argmin(axis=1)] == truth).mean())


def test_three_gaussians_lie_apart() -> None:
    vectors, truth = blobs()
    places = tsne(vectors, seed=1, perplexity=10, steps=400)
    assert places.shape == (60, 2) and nearest_is_alike(places, truth) == 1.0
    centres = np.stack([places[truth == one].mean(axis=0) for one in range(3)])
    spread = max(float(places[truth == one].std(axis=0).max()) for one in range(3))
    between = np.sqrt(squared_distances(centres)[np.triu_indices(3, 1)])
    assert between.min() > 4 * spread


def test_seed_decides_the_picture() -> None:
    vectors, _ = blobs(8)
    first = tsne(vectors, seed=3, steps=60)
    assert (first == tsne(vectors, seed=3, steps=60)).all()
    assert not np.allclose(first, tsne(vectors, seed=4, steps=60))


def test_every_vector_has_as_many_neighbours_as_the_perplexity_says() -> None:
    vectors, _ = blobs(10)
    distances = squared_distances(vectors)
    wide, narrow = similarities(distances, 20), similarities(distances, 4)
    for similar in (wide, narrow):
        assert similar.sum() == pytest.approx(1, abs=1e-6)
        assert (similar == similar.T).all()

    def spread_over(similar: np.ndarray) -> float:  # of the nearest four's share
        return float(np.sort(similar, axis=1)[:, -4:].sum() / similar.sum())

    assert spread_over(narrow) > 0.6 > spread_over(wide)


def test_conditional_entropy_is_the_logarithm_of_the_perplexity() -> None:
    chances = neighbours(np.arange(1.0, 31.0), 7.0)
    assert np.exp(-(chances * np.log(chances)).sum()) == pytest.approx(7.0, rel=1e-3)


def test_vectors_that_are_all_alike_give_a_picture_too() -> None:
    assert np.isfinite(tsne(np.ones((6, 3)), seed=1, steps=20)).all()


def test_too_many_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match="4 to 2000 vectors, not 2001"):
        tsne(np.zeros((2001, 2)), seed=1)
