"""Scores, bins and reliability: what is perfectly calibrated looks so, what is too sure does not, and people count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.probability.cross_fit import Calibration, cross_fit, fit
from calibration.probability.folds import person_folds
from calibration.probability.reliability import reliability
from calibration.probability.scores import (
    brier_score,
    calibration_error,
    equal_mass_bins,
    equal_width_bins,
    error_by_chance,
    log_loss,
)
from calibration.probability.softmax import softmax
from tests.calibration.test_probability_temperature import calibrated


def test_error_is_the_mean_gap_of_the_bins() -> None:
    confidence = np.array([0.9, 0.9, 0.6, 0.6])
    right = np.array([True, False, True, True])
    bins = equal_width_bins(confidence, 10)
    assert calibration_error(confidence, right, bins) == pytest.approx((0.8 / 2 + 0.8 / 2) / 2)


def test_weights_are_how_often_each_counts() -> None:
    rng = np.random.default_rng(0)
    confidence, right = rng.random(40), rng.random(40) < 0.5
    times = rng.integers(0, 3, 40)
    rows = np.repeat(np.arange(40), times)
    bins = equal_width_bins(confidence)
    repeated = calibration_error(confidence[rows], right[rows], bins[rows])
    assert calibration_error(confidence, right, bins, times.astype(float)) == pytest.approx(
        repeated
    )


def test_of_nothing_there_is_no_figure() -> None:
    nothing = np.zeros(3)
    probabilities, truth = np.full((3, 2), 0.5), np.zeros(3, dtype=np.int64)
    assert log_loss(probabilities, truth, nothing) is None
    assert brier_score(probabilities, truth, nothing) is None
    assert calibration_error(nothing, nothing > 1, truth, nothing) is None


def test_brier_score_runs_from_zero_to_two() -> None:
    truth = np.array([0, 1])
    assert brier_score(np.eye(2), truth) == 0
    assert brier_score(np.eye(2)[::-1], truth) == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=80), st.integers(2, 20))
def test_equal_mass_bins_keep_equal_confidences_together(values: list[float], count: int) -> None:
    confidence = np.array(values)
    bins = equal_mass_bins(confidence, count)
    assert bins.min() >= 0 and bins.max() < count
    ordered = np.argsort(confidence, kind="stable")
    assert (np.diff(bins[ordered]) >= 0).all()
    for value in np.unique(confidence):
        assert len(set(bins[confidence == value].tolist())) == 1


def test_equal_mass_bins_of_distinct_confidences_hold_as_many() -> None:
    confidence = np.random.default_rng(0).permutation(np.linspace(0, 1, 150))
    assert set(np.bincount(equal_mass_bins(confidence, 15)).tolist()) == {10}


def test_equal_width_bins_hold_their_upper_edge() -> None:
    assert equal_width_bins(np.array([0.0, 0.1, 0.11, 1.0]), 10).tolist() == [0, 0, 1, 9]


def test_exactly_right_confidences_err_as_chance_says() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.3, 1, 3_000)
    bins = equal_width_bins(confidence)
    chance = error_by_chance(confidence, bins, rng)
    fair = calibration_error(confidence, rng.random(3_000) < confidence, bins)
    sure = calibration_error(confidence, rng.random(3_000) < confidence - 0.15, bins)
    assert fair is not None and sure is not None
    assert fair < 2 * chance < sure


def test_reliability_tells_a_calibrated_bin_within_its_interval() -> None:
    rng = np.random.default_rng(2)
    confidence = rng.uniform(0.2, 1, 6_000)
    right = rng.random(6_000) < confidence
    told = reliability(
        confidence, right, equal_mass_bins(confidence, 10), [f"{i}" for i in range(6_000)]
    )
    assert [each.count for each in told] == [600] * 10
    assert sum(each.low <= each.confidence <= each.high for each in told) >= 8
    assert all(each.least <= each.confidence <= each.most for each in told)


def test_fewer_people_widen_the_interval_of_a_bin() -> None:
    rng = np.random.default_rng(3)
    per_person = rng.random(20)
    right = rng.random(2_000) < np.repeat(per_person, 100)
    people = np.repeat([f"p{i}" for i in range(20)], 100)
    confidence, bins = np.full(2_000, 0.5), np.zeros(2_000, dtype=np.int64)
    (own,) = reliability(confidence, right, bins, people.tolist())
    (alone,) = reliability(confidence, right, bins, [f"{i}" for i in range(2_000)])
    assert own.people == 20
    assert own.high - own.low > 3 * (alone.high - alone.low)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=30, max_size=90), st.integers(2, 4), st.integers(0, 99)
)
def test_nobody_is_in_two_folds(numbers: list[int], count: int, seed: int) -> None:
    people = [f"p{number}" for number in [*range(4), *numbers]]
    folds = person_folds(people, count, np.random.default_rng(seed))
    of = {
        name: {int(f) for f, p in zip(folds, people, strict=True) if p == name} for name in people
    }
    assert all(len(own) == 1 for own in of.values())
    assert set(folds.tolist()) == set(range(count))


def test_folds_of_people_alike_are_about_as_large() -> None:
    people = [f"p{number // 3}" for number in range(300)]
    sizes = np.bincount(person_folds(people, 5, np.random.default_rng(0)))
    assert sizes.tolist() == [60] * 5


def test_fewer_people_than_folds_are_refused() -> None:
    with pytest.raises(ValueError, match="2 people"):
        person_folds(["a", "b", "a"], 5, np.random.default_rng(0))


def test_nobody_is_read_with_a_calibration_that_saw_them() -> None:
    """One person's answers alone are all wrong: what is fitted on the others does not bend for them."""
    logits, truth = calibrated(400, 3, 4)
    people = [f"p{number % 40}" for number in range(400)]
    own = np.array(people) == "p7"
    spoiled = truth.copy()
    spoiled[own] = (np.argmax(logits[own], axis=1) + 1) % 3
    rng = np.random.default_rng
    plain = cross_fit("temperature", logits, truth, people, rng(0))
    other = cross_fit("temperature", logits, spoiled, people, rng(0))
    assert np.array_equal(plain.after[own], other.after[own])
    assert not np.array_equal(plain.after[~own], other.after[~own])


def test_too_sure_answers_are_better_after_and_calibrated_ones_as_good() -> None:
    logits, truth = calibrated(3_000, 4, 5)
    people = [f"p{number % 300}" for number in range(3_000)]
    for factor in (1.0, 3.0):
        found = cross_fit("temperature", factor * logits, truth, people, np.random.default_rng(0))
        before, after = (brier_score(each, truth) for each in (found.before, found.after))
        assert before is not None and after is not None
        assert after < before - 0.02 if factor > 1 else after == pytest.approx(before, abs=1e-3)


def test_before_is_how_the_bundle_reads_it() -> None:
    logits, truth = calibrated(200, 2, 6)
    people = [f"p{number}" for number in range(200)]
    found = cross_fit(
        "isotonic", logits, truth, people, np.random.default_rng(0), now=Calibration(2.0)
    )
    assert np.allclose(found.before, softmax(logits, 2.0))
    assert found.whole.temperature == 2.0 and found.whole.curve is not None


def test_isotonic_probabilities_of_two_classes_add_up_and_do_not_cross() -> None:
    logits, truth = calibrated(500, 2, 7)
    found = fit("isotonic", logits, truth)
    told = found.probabilities(logits)
    assert told.sum(axis=1) == pytest.approx(np.ones(500))
    ordered = told[np.argsort(logits[:, 1] - logits[:, 0]), 1]
    assert (np.diff(ordered) >= 0).all()


def test_isotonic_of_more_than_two_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="two classes"):
        fit("isotonic", *calibrated(50, 3, 8))


def test_softmax_of_large_logits_is_a_share() -> None:
    shares = softmax(np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(shares, [[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
