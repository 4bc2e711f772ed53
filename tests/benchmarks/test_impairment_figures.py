"""Figures of the suspicion of impairment: separation, intervals by person, and what one cue is worth."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.impairment import main
from benchmarks.impairment_drives import CONDITIONS, LEVELS, NOMINAL, SOBER, STATES, Job, Outcome
from benchmarks.impairment_figures import (
    auc,
    auc_interval,
    figures,
    markdown,
    settled,
    share_interval,
)
from edge_app.driver_state.impairment_cue import Cue, CueReading
from edge_app.driver_state.impairment_settings import ImpairmentSettings

STRONG = LEVELS[-1]
GLASSES = CONDITIONS[1]
READINGS = {Cue.HEAD_SWAY: CueReading.of(1.0, 1.0), Cue.SLOW_BLINKS: CueReading.of(0.30, 1.0)}


def outcome(suspicion: float, *, advised_s: float | None = None) -> Outcome:
    reached_s = {0.05: 200.0} if suspicion >= 0.05 else {}
    return Outcome(suspicion, 0.7, advised_s, reached_s, like_drowsiness=False, readings=READINGS)


def test_auc_is_the_chance_that_the_impaired_one_is_higher() -> None:
    assert auc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert auc([0.5], [0.5]) == 0.5
    assert auc([0.1, 0.9], [0.5]) == 0.5


def test_interval_is_wide_with_few_people_and_holds_the_value() -> None:
    few, many = (
        auc_interval(
            {person: 0.9 if person % 3 else 0.2 for person in range(people)},
            dict.fromkeys(range(people), 0.3),
        )
        for people in (9, 90)
    )
    assert few[0] < many[0] < 2 / 3 < many[1] < few[1]
    assert auc_interval({1: 0.9}, {1: 0.1}) == (0.0, 1.0)


def test_no_false_advice_in_twenty_people_is_not_none_at_all() -> None:
    low, high = share_interval(0, 20)
    assert low == 0.0
    assert 0.1 < high < 0.2


def test_a_cue_that_is_taken_away_no_longer_raises_the_suspicion() -> None:
    assert settled(READINGS) > settled(READINGS, without=Cue.HEAD_SWAY)
    assert settled({}) == pytest.approx(ImpairmentSettings().prior)


def test_table_tells_each_state_condition_and_cue() -> None:
    outcomes = {
        Job(person, state, NOMINAL): outcome(
            0.3 if state == STRONG else 0.01, advised_s=240.0 if state == STRONG else None
        )
        for person in range(4)
        for state in STATES
    }
    outcomes |= {
        Job(person, state, GLASSES): outcome(0.2 if state == STRONG else 0.01)
        for person in range(2)
        for state in (SOBER, STRONG)
    }
    told = figures(outcomes)
    assert told["auc"][STRONG]["value"] == 1.0
    assert told["auc"]["light"]["value"] == 0.5
    assert told["states"][STRONG]["advised"] == 4
    assert told["conditions"]["glasses"]["people"] == 2
    table = markdown(told)
    assert "| strong | 30.0 % (30.0 to 30.0) | 4 of 4 (51 to 100 %) | 0 | 4.0 min |" in table
    assert "| strong | 0 of 4 | 4 of 4, after 3.3 min | 0 of 4 | 0 of 4 |" in table
    assert "| head_sway | " in table
    assert "| glasses | 0.70 | 1.00 (1.00 to 1.00) | 0, 0 of 2 |" in table


def test_folder_that_cannot_be_made_is_one_sentence_before_anybody_drives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["--people", "1", "--out", str(tmp_path / "file" / "out")]) == 2
    told = capsys.readouterr().err
    assert "cannot be made (Not a directory); choose another --out" in told
    assert told.count("\n") == 1
