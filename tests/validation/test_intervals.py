"""Intervals against published values, and what resampling people does that resampling trials does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driver_simulator.suite.rates import upper_bound_per_h
from edge_app.validation.intervals import clopper_pearson, clustered_share, poisson_rate


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    # Exact 95 % intervals as in statistical tables (beta quantiles).
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (8, 10, 0.4439, 0.9748), (1, 20, 0.0013, 0.2487)],
)
def test_exact_interval_is_that_of_the_tables(
    hits: int, trials: int, low: float, high: float
) -> None:
    found = clopper_pearson(hits, trials)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)]
)
def test_exact_rate_is_that_of_the_tables(count: int, low: float, high: float) -> None:
    found = poisson_rate(count, 1.0)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-3)


@given(st.integers(0, 40), st.floats(0.1, 100))
def test_two_sided_ninety_percent_is_one_sided_ninety_five(count: int, hours: float) -> None:
    found = poisson_rate(count, hours, confidence=0.90)
    assert found is not None
    assert found.high == pytest.approx(upper_bound_per_h(count, hours), rel=1e-6)


def test_people_who_are_all_or_none_make_the_interval_wide() -> None:
    people = [(10, 10)] * 5 + [(0, 10)] * 5
    clustered, exact = clustered_share(people), clopper_pearson(50, 100)
    assert clustered is not None and exact is not None
    assert clustered.high - clustered.low > 2 * (exact.high - exact.low)


def test_where_everybody_has_all_the_interval_is_of_people_not_of_trials() -> None:
    assert clustered_share([(20, 20)] * 10) == clopper_pearson(10, 10)


def test_equal_shares_do_not_make_a_share_look_certain() -> None:
    assert clustered_share([(1, 2)] * 6) == clopper_pearson(6, 12)


@given(
    st.lists(
        st.integers(1, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=5,
        max_size=20,
    )
)
def test_interval_holds_the_share(people: list[tuple[int, int]]) -> None:
    found = clustered_share(people)
    assert found is not None
    share = sum(hits for hits, _ in people) / sum(trials for _, trials in people)
    assert found.low - 1e-9 <= share <= found.high + 1e-9


def test_no_trial_and_few_people_have_no_interval() -> None:
    assert clopper_pearson(0, 0) is None
    assert clustered_share([(19, 20), (18, 20), (19, 20), (18, 20)]) is None
    assert poisson_rate(0, 0.0) is None
