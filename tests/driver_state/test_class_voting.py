"""Expression over time: a causal vote, smoothed, and only where perception offers it."""

from __future__ import annotations

import pytest

from edge_app.driver_state.expression_voting import ExpressionVoting
from edge_app.driver_state.settings import ExpressionSettings
from edge_app.driver_state.state import Expression
from tests.driver_state.traces import frame_times

CALM, GLAD = (0.9, 0.1), (0.1, 0.9)


def vote(
    course: list[tuple[float, ...] | None], settings: ExpressionSettings | None = None
) -> list[Expression | None]:
    voting = ExpressionVoting(settings or ExpressionSettings())
    return [voting.step(index / 30, probabilities) for index, probabilities in enumerate(course)]


def test_no_expression_where_perception_offers_none() -> None:
    assert set(vote([None] * 90)) == {None}


def test_steady_expression_is_given_as_it_is() -> None:
    last = vote([CALM] * 120)[-1]
    assert last is not None
    assert last.probabilities == pytest.approx(CALM)
    assert last.label_index == 0


def test_flicker_of_a_few_frames_is_voted_down() -> None:
    course = [CALM] * 120 + [GLAD] * 6 + [CALM] * 30
    assert {voted.label_index for voted in vote(course) if voted} == {0}


def test_lasting_change_is_followed() -> None:
    last = vote([CALM] * 120 + [GLAD] * 240)[-1]
    assert last is not None and last.label_index == 1


def test_vote_is_causal() -> None:
    until_then = [CALM] * 100
    assert vote(until_then + [GLAD] * 100)[:100] == vote(until_then + [CALM] * 100)[:100]


def test_vote_is_about_the_same_time_at_every_frame_rate() -> None:
    changed: list[float] = []
    for frame_rate_hz in (10.0, 30.0):
        voting = ExpressionVoting(ExpressionSettings())
        for t_s in frame_times(20.0, frame_rate_hz):
            voted = voting.step(t_s, GLAD if t_s >= 8.0 else CALM)
            if voted is not None and voted.label_index == 1:
                changed.append(t_s)
                break
    assert changed[0] == pytest.approx(changed[1], abs=2 * ExpressionSettings().stride_s)


def test_expression_is_forgotten_when_it_was_not_seen_for_a_window() -> None:
    assert vote([CALM] * 60 + [None] * 90)[-1] is None


def test_other_number_of_classes_starts_anew() -> None:
    last = vote([CALM] * 60 + [(0.2, 0.2, 0.6)] * 60)[-1]
    assert last is not None and len(last.probabilities) == 3
