"""A simulated study goes the whole way: scripts, estimators, records, traces, report."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from driver_simulator.commands.simulate_study import simulate_study
from driver_simulator.study.addw_study import simulate_addw
from driver_simulator.study.ddaw_study import simulate_ddaw
from driver_simulator.study.folder import StudyFolder
from driver_simulator.study.people import draw_people
from driver_simulator.study.sleepiness import draw_course
from edge_app.commands.validate import app
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.validation.addw_records import read_addw
from edge_app.validation.addw_result import compute
from edge_app.validation.addw_trials import Outcome
from edge_app.validation.ddaw_records import read_ddaw

SETTINGS = VigilSettings()
HOURS = 0.2


@pytest.fixture(scope="module")
def sleepy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sleepy") / "study"
    simulate_ddaw(
        StudyFolder(path),
        SETTINGS,
        participants=2,
        hours=HOURS,
        seed=3,
        frame_rate_hz=5.0,
        date="2026-11-30",
        with_traces=True,
        jobs=1,
    )
    return path


def test_records_are_those_of_a_study_and_say_that_it_is_simulated(sleepy: Path) -> None:
    records = read_ddaw(sleepy)
    assert records.study.simulated
    assert [test.drive.daylight for test in records.tests] == ["day", "night"]
    for test in records.tests:
        assert test.end_s == pytest.approx(3600 * HOURS)
        assert all(1 <= rating.kss <= 9 for rating in test.ratings)
        assert test.outputs.drowsiness


def test_traces_hold_what_the_table_of_outputs_holds(sleepy: Path, tmp_path: Path) -> None:
    for file in ("study.yaml", "participants.csv", "drives.csv", "ratings.csv"):
        (tmp_path / file).write_bytes((sleepy / file).read_bytes())
    (tmp_path / "traces").symlink_to(sleepy / "traces")
    from_traces = read_ddaw(tmp_path).tests
    for table, trace in zip(read_ddaw(sleepy).tests, from_traces, strict=True):
        told = [
            sorted((round(t.t_s, 2), t.event, t.level) for t in one.outputs.told)
            for one in (table, trace)
        ]
        assert told[0] == told[1] and told[0]
        assert trace.outputs.highest_drowsiness(0, 1e6) == pytest.approx(
            table.outputs.highest_drowsiness(0, 1e6), abs=0.5
        )


def test_outputs_taken_from_traces_stand_in_for_them(sleepy: Path, tmp_path: Path) -> None:
    for file in ("study.yaml", "participants.csv", "ratings.csv"):
        (tmp_path / file).write_bytes((sleepy / file).read_bytes())
    drives = (sleepy / "drives.csv").read_text(encoding="utf-8")
    (tmp_path / "drives.csv").write_text(drives, encoding="utf-8")
    (tmp_path / "traces").symlink_to(sleepy / "traces")
    taken = CliRunner().invoke(app, ["ddaw", "--records", str(tmp_path), "--write-outputs"])
    assert taken.exit_code == 0
    (tmp_path / "traces").unlink()
    (tmp_path / "drives.csv").write_text(re.sub(r"traces/p\d+", "", drives), encoding="utf-8")
    for table, alone in zip(read_ddaw(sleepy).tests, read_ddaw(tmp_path).tests, strict=True):
        assert len(alone.warnings) == len(table.warnings)
        assert alone.judged == table.judged


def test_people_become_sleepy_as_scripted_and_some_stay_awake() -> None:
    people = draw_people(12, seed=0)
    last = {person.number: draw_course(person, 7200.0).kss[-5:] for person in people}
    assert all(max(last[number]) < 7 for number in (6, 12))
    assert all(min(last[number]) >= 7.5 for number in range(1, 12) if number % 6)


def test_ratings_come_about_every_five_minutes_once_one_was_six() -> None:
    for person in draw_people(6, seed=1):
        ratings = draw_course(person, 7200.0).ratings(7200.0)
        sleepy = next((at for at, (_, kss) in enumerate(ratings) if kss >= 6), len(ratings))
        steps = [b[0] - a[0] for a, b in zip(ratings[sleepy:], ratings[sleepy + 1 :], strict=False)]
        assert set(steps) <= {300.0}


def test_same_seed_gives_the_same_study() -> None:
    assert draw_people(5, seed=7) == draw_people(5, seed=7)
    assert draw_people(5, seed=7) != draw_people(5, seed=8)


def test_study_goes_into_an_empty_folder_only(sleepy: Path) -> None:
    with pytest.raises(UserError, match="not an empty folder"):
        StudyFolder(sleepy)


def test_gazes_with_the_head_are_warned_of_in_time_and_short_ones_are_not(tmp_path: Path) -> None:
    simulate_addw(
        StudyFolder(tmp_path / "study"),
        SETTINGS,
        participants=1,
        seed=0,
        frame_rate_hz=10.0,
        date="2026-11-30",
        with_traces=False,
        jobs=1,
    )
    records = read_addw(tmp_path / "study")
    by_head = [t for t in records.trials if t.conditions["way"] == "head" and t.attempt == 0]
    assert len(by_head) == 14
    assert {t.outcome for t in by_head} == {Outcome.WARNED}
    assert {t.outcome for t in records.trials if t.quiet_planned} == {Outcome.QUIET}
    assert not any(t.flaw for t in records.trials)
    tested = {(p.zone, p.band) for p in compute(records).points if p.trials}
    assert len(tested) == 16
    with (tmp_path / "study" / "trials.csv").open(encoding="utf-8") as file:
        assert "warning_s" not in next(csv.reader(file))


def test_hours_of_a_distraction_study_are_refused_and_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--hours: a drive of --kind addw"):
        simulate_study(out=tmp_path / "study", kind="addw", hours=1.0)
    assert not (tmp_path / "study").exists()
