"""Classes over time: a causal vote, smoothed, and only where perception offers them."""

from __future__ import annotations

import pytest

from edge_app.driver_state.class_voting import ClassVoting, TemporalVoting
from edge_app.driver_state.settings import VotingSettings
from edge_app.driver_state.signals import HeadReading
from edge_app.driver_state.state import VotedClasses
from tests.driver_state.traces import frame_times

CALM, GLAD = (0.9, 0.1), (0.1, 0.9)


def vote(
    course: list[tuple[float, ...] | None], settings: VotingSettings | None = None
) -> list[VotedClasses | None]:
    voting = ClassVoting(settings or VotingSettings())
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
        voting = ClassVoting(VotingSettings())
        for t_s in frame_times(20.0, frame_rate_hz):
            voted = voting.step(t_s, GLAD if t_s >= 8.0 else CALM)
            if voted is not None and voted.label_index == 1:
                changed.append(t_s)
                break
    assert changed[0] == pytest.approx(changed[1], abs=2 * VotingSettings().stride_s)


def test_expression_is_forgotten_when_it_was_not_seen_for_a_window() -> None:
    assert vote([CALM] * 60 + [None] * 90)[-1] is None


def test_other_number_of_classes_starts_anew() -> None:
    last = vote([CALM] * 60 + [(0.2, 0.2, 0.6)] * 60)[-1]
    assert last is not None and len(last.probabilities) == 3


def test_each_head_has_a_vote_of_its_own_like_that_of_expression() -> None:
    voting, of_calm, of_glad = TemporalVoting(VotingSettings()), [CALM] * 60, [GLAD] * 60
    told = ()
    for index, (calm, glad) in enumerate(zip(of_calm, of_glad, strict=True)):
        readings = (HeadReading("drowsiness", calm), HeadReading("intoxication", glad))
        told = voting.step(index / 30, readings)
    assert {one.head: one.voted for one in told} == {
        "drowsiness": vote(of_calm)[-1],
        "intoxication": vote(of_glad)[-1],
    }


def test_vote_that_begins_anew_tells_nothing_of_the_driver_before() -> None:
    voting = TemporalVoting(VotingSettings())
    for index in range(90):
        voting.step(index / 30, (HeadReading("drowsiness", GLAD),))
    (told,) = voting.step(3.0, (HeadReading("drowsiness", CALM),), anew=True)
    assert told.voted.probabilities == pytest.approx(CALM)
    assert voting.step(3.1, (), anew=True) == ()


def test_head_that_has_not_spoken_for_a_window_is_told_no_more_and_leaves_nothing() -> None:
    settings = VotingSettings()
    voting = TemporalVoting(settings)
    assert voting.step(0.0, (HeadReading("drowsiness", CALM),))
    assert voting.step(settings.window_s * 0.9, ())
    assert voting.step(settings.window_s * 1.1, ()) == ()
    assert voting._votes == {}
