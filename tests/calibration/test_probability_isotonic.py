"""Isotonic regression: never falls, stays a probability, keeps few knots, and comes near what is true."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.probability.isotonic import IsotonicMap, fit_isotonic

ANSWERS = st.lists(
    st.tuples(st.floats(0, 1, allow_subnormal=False), st.integers(0, 1)), min_size=1, max_size=60
)


@settings(max_examples=150, deadline=None)
@given(ANSWERS, st.integers(2, 8))
def test_curve_never_falls_and_stays_inside_of_zero_and_one(
    answers: list[tuple[float, int]], most_knots: int
) -> None:
    scores, truth = map(np.array, zip(*answers, strict=True))
    curve = fit_isotonic(scores, truth, most_knots=most_knots)
    told = [curve.at(score) for score in np.linspace(0, 1, 101)]
    assert len(curve.scores) <= most_knots
    assert (np.diff(told) >= 0).all()
    assert min(told) > 0 and max(told) < 1


def test_pools_what_falls() -> None:
    """Of 1, 0 the mean; then a clear yes. No share is 1 of four answers."""
    curve = fit_isotonic(np.array([0.1, 0.2, 0.3, 0.9]), np.array([0, 1, 0, 1]))
    assert curve.scores == pytest.approx((0.1, 0.25, 0.9))
    assert curve.shares == pytest.approx((1 / 6, 0.5, 5 / 6))


def test_squared_probabilities_are_unbent() -> None:
    rng = np.random.default_rng(0)
    share = rng.random(20_000)
    curve = fit_isotonic(share**2, (rng.random(20_000) < share).astype(int))
    for true in (0.2, 0.5, 0.8):
        assert curve.at(true**2) == pytest.approx(true, abs=0.05)


def test_mean_of_what_is_told_is_how_often_yes_is_true() -> None:
    rng = np.random.default_rng(1)
    scores = rng.random(4_000)
    truth = (rng.random(4_000) < scores**3).astype(int)
    curve = fit_isotonic(scores, truth)
    assert np.mean([curve.at(s) for s in scores]) == pytest.approx(truth.mean(), abs=0.01)


def test_equal_scores_are_one_block() -> None:
    curve = fit_isotonic(np.full(8, 0.3), np.array([1, 0, 0, 0, 0, 0, 0, 1]))
    assert (curve.scores, curve.shares) == ((0.3,), (0.25,))


def test_behind_the_last_knot_the_share_stays() -> None:
    curve = IsotonicMap((0.2, 0.6), (0.1, 0.5))
    assert [curve.at(x) for x in (0.0, 0.2, 0.4, 0.6, 1.0)] == pytest.approx(
        [0.1, 0.1, 0.3, 0.5, 0.5]
    )


def test_what_is_no_number_stays_none() -> None:
    assert np.isnan(IsotonicMap((0.2,), (0.1,)).at(float("nan")))


@pytest.mark.parametrize(
    ("scores", "shares"),
    [((0.5, 0.5), (0.1, 0.2)), ((0.1, 0.2), (0.3, 0.2)), ((0.1,), (1.2,)), ((), ()), ((0.1,), ())],
)
def test_a_curve_that_cannot_be_is_refused(scores: tuple, shares: tuple) -> None:
    with pytest.raises(ValueError):
        IsotonicMap(scores, shares)


@pytest.mark.parametrize(
    ("scores", "truth"),
    [([0.1, np.nan], [0, 1]), ([1.2], [0]), ([0.1], [2]), ([], []), ([0.1], [0, 1])],
)
def test_answers_that_are_no_probabilities_are_refused(scores: list, truth: list) -> None:
    with pytest.raises(ValueError):
        fit_isotonic(np.array(scores, dtype=float), np.array(truth, dtype=int))
