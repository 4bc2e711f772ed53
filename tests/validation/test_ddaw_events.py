"""Events of one drive as EU 2021/1341, Annex I, Part 2, 5.1.4 and 5.1.5 define them; examples are the regulation's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.validation.ddaw_events import JudgedTest, Outcome, Rating, judge_test
from edge_app.validation.outputs import Told

STEP_S = 300.0


def ratings(*scale: int) -> list[Rating]:
    """One each five minutes, the first at five minutes."""
    return [Rating(STEP_S * (at + 1), kss) for at, kss in enumerate(scale)]


def warnings(*minutes: float) -> list[Told]:
    return [Told(60.0 * minute, "drowsiness", "warning") for minute in minutes]


def outcomes(test: JudgedTest) -> list[Outcome]:
    return [event.outcome for event in test.events]


@pytest.mark.parametrize("scale", [(7, 8, 8), (7, 9, 9), (7, 9, 8), (6, 8), (7, 8)])
def test_crossing_without_a_warning_is_a_false_negative(scale: tuple[int, ...]) -> None:
    assert outcomes(judge_test(ratings(*scale), [])) == [Outcome.FALSE_NEGATIVE]


@pytest.mark.parametrize("scale", [(6, 8, 7), (7, 8, 7), (7, 9, 7)])
def test_fall_to_seven_makes_the_crossing_an_outlier(scale: tuple[int, ...]) -> None:
    assert outcomes(judge_test(ratings(*scale), [])) == [Outcome.OUTLIER]


@pytest.mark.parametrize("scale", [(7, 8, 6), (6, 8, 6)])
def test_fall_below_seven_excludes_the_whole_test(scale: tuple[int, ...]) -> None:
    judged = judge_test(ratings(5, 8, 8, *scale), [])
    assert judged.events == () and "third indent" in judged.excluded


@pytest.mark.parametrize(
    ("scale", "minute"),
    [((6, 8), 7), ((6, 7), 7), ((7, 6), 7), ((6, 9), 9.9), ((3, 7), 12)],
    ids=["before 8", "before 7", "after 7", "just before", "after the last"],
)
def test_warning_beside_a_rating_of_seven_or_more_is_a_true_positive(
    scale: tuple[int, ...], minute: float
) -> None:
    judged = judge_test(ratings(*scale), warnings(minute))
    assert outcomes(judged) == [Outcome.TRUE_POSITIVE]
    assert judged.events[0].t_s == 60.0 * minute


def test_nothing_after_a_true_positive_counts() -> None:
    judged = judge_test(ratings(6, 8, 9, 5, 8, 8), warnings(8, 22))
    assert outcomes(judged) == [Outcome.TRUE_POSITIVE]


def test_missed_crossing_and_a_later_warning_are_one_of_each() -> None:
    judged = judge_test(ratings(6, 8, 9, 9), warnings(18))
    assert outcomes(judged) == [Outcome.FALSE_NEGATIVE, Outcome.TRUE_POSITIVE]


def test_warning_between_the_crossing_and_the_next_rating_is_right_and_strictly_late() -> None:
    scale, late = ratings(6, 8, 9), warnings(12)
    assert outcomes(judge_test(scale, late)) == [Outcome.TRUE_POSITIVE]
    assert outcomes(judge_test(scale, late, strict=True)) == [Outcome.FALSE_NEGATIVE]


def test_warning_among_low_ratings_is_false_and_does_not_end_the_test() -> None:
    judged = judge_test(ratings(4, 5, 6, 8, 8), warnings(7))
    assert outcomes(judged) == [Outcome.FALSE_POSITIVE, Outcome.FALSE_NEGATIVE]


def test_first_rating_at_the_threshold_is_no_crossing() -> None:
    assert judge_test(ratings(8, 9), []).events == ()


def test_warning_without_any_rating_is_not_judged() -> None:
    assert outcomes(judge_test([], warnings(3))) == [Outcome.UNRATED]


def test_learning_phase_leaves_its_results_out_for_thirty_minutes_at_most() -> None:
    scale = ratings(6, 8, 8, 8, 8, 8, 8, 6 + 1, 8, 8)  # a second crossing at 45 min
    assert len(judge_test(scale, [], learning_s=0).events) == 2
    for learning_s in (31 * 60.0, 300 * 60.0):
        judged = judge_test(scale, [], learning_s=learning_s)
        assert [event.t_s for event in judged.events] == [45 * 60.0]


def test_warning_in_the_learning_phase_ends_it() -> None:
    judged = judge_test(ratings(6, 8, 8), warnings(8), learning_s=30 * 60.0)
    assert outcomes(judged) == [Outcome.TRUE_POSITIVE]


SCALES = st.lists(st.integers(1, 9), max_size=12)
MINUTES = st.lists(st.floats(0, 70), max_size=6).map(sorted)


@given(SCALES, MINUTES)
def test_true_positive_is_the_last_event_and_the_only_one(
    scale: list[int], minutes: list[float]
) -> None:
    found = outcomes(judge_test(ratings(*scale), warnings(*minutes)))
    assert found.count(Outcome.TRUE_POSITIVE) <= 1
    if Outcome.TRUE_POSITIVE in found:
        assert found[-1] is Outcome.TRUE_POSITIVE


@given(SCALES, MINUTES)
def test_strict_reading_never_finds_more(scale: list[int], minutes: list[float]) -> None:
    kind = judge_test(ratings(*scale), warnings(*minutes))
    strict = judge_test(ratings(*scale), warnings(*minutes), strict=True)
    assert strict.count(Outcome.TRUE_POSITIVE) <= kind.count(Outcome.TRUE_POSITIVE)
    assert strict.count(Outcome.FALSE_NEGATIVE) >= kind.count(Outcome.FALSE_NEGATIVE)


@given(st.lists(st.integers(1, 6), max_size=12), MINUTES)
def test_awake_drive_has_false_positives_alone(scale: list[int], minutes: list[float]) -> None:
    found = set(outcomes(judge_test(ratings(*scale), warnings(*minutes))))
    assert found <= {Outcome.FALSE_POSITIVE, Outcome.UNRATED}
