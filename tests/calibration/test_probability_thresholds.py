"""A threshold is promised only where so many people were seen that the rate of false alerts can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.probability.clustered_share import (
    effective_count,
    exact_interval,
    observations_needed,
    upper_bound,
)
from calibration.probability.thresholds import choose_threshold


def drawn(negatives: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = np.concatenate([rng.beta(2, 6, negatives), rng.beta(6, 2, 200)])
    return scores, np.arange(negatives + 200) >= negatives


def names(count: int) -> list[str]:
    return [f"p{number}" for number in range(count)]


def test_bound_of_the_chosen_threshold_is_within_the_rate() -> None:
    scores, truth = drawn(4_000)
    choice = choose_threshold(scores, truth, names(4_200), 0.01)
    assert choice.threshold is not None
    assert choice.rate == pytest.approx((scores[~truth] >= choice.threshold).mean())
    assert choice.rate < choice.rate_bound <= 0.01
    assert choice.detected == pytest.approx((scores[truth] >= choice.threshold).mean())
    assert choice.sentence == ""


def test_rate_holds_on_people_who_were_not_chosen_on() -> None:
    broken = 0
    for seed in range(20):
        scores, truth = drawn(1_500, seed)
        choice = choose_threshold(scores, truth, names(1_700), 0.02)
        others, theirs = drawn(20_000, 1_000 + seed)
        broken += float((others[~theirs] >= choice.threshold).mean()) > 0.02
    assert broken <= 4  # 5 % would be 1; of 20 draws more than 4 has a chance of 0.3 %


def test_too_few_promise_nothing_and_say_how_many_could() -> None:
    scores, truth = drawn(200)
    choice = choose_threshold(scores, truth, names(400), 0.01)
    assert choice.threshold is None
    assert choice.needed == 299
    assert "200 observations of 200 people" in choice.sentence
    assert "299 independent ones" in choice.sentence


def test_frames_of_few_people_promise_no_more_than_these_people() -> None:
    scores, truth = drawn(4_000)
    of_ten = [f"p{number % 10}" for number in range(4_200)]
    scores[~truth] *= 0.5  # no negative is near any positive
    few = choose_threshold(scores, truth, of_ten, 0.01)
    assert few.threshold is None and few.detected is None
    assert few.sentence.startswith("10 people cannot promise")
    assert choose_threshold(scores, truth, names(4_200), 0.01).threshold is not None


def test_false_alerts_of_one_person_raise_the_bound() -> None:
    scores, truth = drawn(3_000)
    person = [f"p{number // 30}" for number in range(3_200)]
    shifted = scores.copy()
    for own in (0, 30, 60, 90):  # four of a hundred people look alarming throughout
        shifted[own : own + 30] = 0.95
    spread = np.random.default_rng(1).permutation(np.flatnonzero(~truth))
    mixed = np.array(person)
    mixed[np.sort(spread)] = mixed[spread]
    together = choose_threshold(shifted, truth, person, 0.06)
    apart = choose_threshold(shifted, truth, mixed.tolist(), 0.06)
    assert apart.threshold is not None
    assert together.threshold is None or together.threshold > apart.threshold


def test_nobody_to_be_false_about_promises_nothing() -> None:
    choice = choose_threshold(np.array([0.5, 0.6]), np.array([True, True]), names(2), 0.01)
    assert choice.threshold is None and choice.negatives == 0


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        choose_threshold(np.array([0.5, np.nan]), np.array([True, False]), names(2), 0.01)
    with pytest.raises(ValueError, match="between 0 and 1"):
        choose_threshold(np.array([0.5, 0.2]), np.array([True, False]), names(2), 1.0)


# Clopper and Pearson's intervals as R's binom.test prints them.
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 20, 0.0, 0.1684335), (3, 50, 0.0125486, 0.1654819), (40, 40, 0.9119027, 1.0)],
)
def test_exact_interval(hits: int, n: int, low: float, high: float) -> None:
    assert exact_interval(hits / n, n) == pytest.approx((low, high), abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 3_000), st.floats(0, 1))
def test_interval_holds_the_share(n: int, share: float) -> None:
    low, high = exact_interval(share, n)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_without_a_hit_the_needed_number_just_promises() -> None:
    needed = observations_needed(0.01)
    assert upper_bound(0.0, needed) <= 0.01 < upper_bound(0.0, needed - 1)


def test_frames_alike_count_as_their_people() -> None:
    hits = np.repeat([True, False] * 10, 50)
    people = np.repeat(names(20), 50).tolist()
    assert 10 < effective_count(hits, people) < 25
    assert effective_count(hits, names(1_000)) == 1_000
