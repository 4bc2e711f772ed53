"""Representative pictures: rare light and poses are covered, the usual stays in proportion."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.quantization.representative import picture_features, representative


def crowd(rng: np.random.Generator, *, usual: int = 950, rare: int = 12) -> np.ndarray:
    """Two features: most pictures lie together, few lie far out."""
    return np.concatenate(
        [rng.normal(0.0, 1.0, (usual, 2)), rng.normal((9.0, -9.0), 0.5, (rare, 2))]
    )


def test_rare_pictures_are_covered_where_chance_alone_would_miss_them() -> None:
    features = crowd(np.random.default_rng(0))
    rows = representative(features, 24, np.random.default_rng(1))
    assert (rows >= 950).any()


def test_usual_pictures_keep_the_larger_share() -> None:
    features = crowd(np.random.default_rng(0))
    rows = representative(features, 40, np.random.default_rng(1))
    near = np.abs(features[rows]).max(axis=1) < 2.0
    assert near.mean() > 0.5


def test_every_row_is_chosen_once_and_the_count_is_met() -> None:
    rows = representative(np.zeros((50, 3)), 20, np.random.default_rng(0))
    assert len(set(rows.tolist())) == 20


def test_of_pictures_alike_those_of_other_people_are_preferred() -> None:
    people = ["talkative"] * 990 + [f"p{number}" for number in range(10)]
    rows = representative(np.zeros((1000, 2)), 22, np.random.default_rng(0), people)
    assert len({people[row] for row in rows}) == 11


def test_the_same_seed_gives_the_same_rows() -> None:
    features = crowd(np.random.default_rng(0))
    first, second = (representative(features, 30, np.random.default_rng(5)) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_few_pictures_are_all_taken() -> None:
    assert representative(np.zeros((3, 2)), 8, np.random.default_rng(0)).tolist() == [0, 1, 2]


def test_nothing_to_choose_from_is_an_error() -> None:
    with pytest.raises(ValueError, match="8 of 0"):
        representative(np.zeros((0, 2)), 8, np.random.default_rng(0))


def test_features_tell_dark_from_bright_and_left_from_right() -> None:
    dark, bright = (np.full((8, 8), level, dtype=np.uint8) for level in (20, 220))
    features = picture_features([dark, bright], np.array([-0.5, 0.5], dtype=np.float32))
    assert features[0].tolist() == [20.0, 0.0, -0.5]
    assert features[1].tolist() == [220.0, 0.0, 0.5]
