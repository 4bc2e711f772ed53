"""The regulation's figures over participants, computed by hand beside."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from edge_app.validation.checks import Found
from edge_app.validation.ddaw_conditions import condition_table, delays, missed
from edge_app.validation.ddaw_records import DdawRecords, read_ddaw
from edge_app.validation.ddaw_result import DdawResult, compute, limits_of
from tests.validation.studies import STUDY, ddaw_tables, write_study

RIGHT, MISSED = ((5, 6, 8, 8), (700.0,)), ((5, 6, 8, 8), ())


def study(tmp_path: Path, right: int, wrong: int, **more: object) -> DdawRecords:
    drives = {f"r{at}": RIGHT for at in range(right)} | {f"m{at}": MISSED for at in range(wrong)}
    return read_ddaw(write_study(tmp_path, ddaw_tables(drives, **more)))  # type: ignore[arg-type]


def verdict(result: DdawResult, clause: str, asks: str = "") -> Found:
    return next(c.verdict for c in result.checks if c.clause == clause and asks in c.asks)


def test_mean_weighs_participants_and_spread_is_of_the_sample(tmp_path: Path) -> None:
    result = compute(study(tmp_path, 6, 4))
    found = result.all_counted
    assert found is not None and found.participants == 10
    s = math.sqrt((6 * 0.4**2 + 4 * 0.6**2) / 9)
    assert found.mean == pytest.approx(0.6)
    assert found.standard_deviation == pytest.approx(s)
    assert found.population_bound == pytest.approx(0.6 - 1.645 * s)
    assert found.mean_bound == pytest.approx(0.6 - 1.645 * s / math.sqrt(10))


def test_sample_below_ten_participants_is_not_met(tmp_path: Path) -> None:
    assert (
        verdict(compute(study(tmp_path / "9", 9, 0)), "Part 2, 3.1", "10 participants")
        is Found.NOT_MET
    )
    assert (
        verdict(compute(study(tmp_path / "10", 10, 0)), "Part 2, 3.1", "10 participants")
        is Found.MET
    )


def test_mean_must_be_above_forty_percent_not_at_it(tmp_path: Path) -> None:
    assert verdict(compute(study(tmp_path / "at", 4, 6)), "Part 2, 8.1(a)") is Found.NOT_MET
    assert verdict(compute(study(tmp_path / "above", 5, 5)), "Part 2, 8.1(a)") is Found.MET


def test_bound_is_open_where_both_readings_of_the_equation_differ(tmp_path: Path) -> None:
    # 6 of 10: -0.25 by spread of people, 0.33 by spread of the mean.
    assert verdict(compute(study(tmp_path / "a", 6, 4)), "Part 2, 8.1(b)") is Found.OPEN
    assert verdict(compute(study(tmp_path / "b", 10, 0)), "Part 2, 8.1(b)") is Found.MET
    assert verdict(compute(study(tmp_path / "c", 2, 8)), "Part 2, 8.1(b)") is Found.NOT_MET


def test_one_participant_has_no_bound(tmp_path: Path) -> None:
    some = read_ddaw(write_study(tmp_path, _one_of_three_warned()))
    result = compute(some)
    assert result.all_counted is not None and result.all_counted.mean == pytest.approx(1 / 3)
    assert result.all_counted.population_bound is result.all_counted.mean_bound is None
    assert verdict(result, "Part 2, 8.1(b)") is Found.OPEN
    assert result.checks[-1].verdict is Found.OPEN


def test_long_intervals_raise_the_limits_and_an_open_road_lowers_them(tmp_path: Path) -> None:
    slow = study(tmp_path / "slow", 3, 0, interval_s=16 * 60.0)
    assert (limits_of(slow).mean, limits_of(slow).bound) == pytest.approx((0.45, 0.225))
    tables = ddaw_tables({"r": RIGHT})
    road = write_study(tmp_path / "road", tables, STUDY.replace("simulator", "open_road"))
    limits = limits_of(read_ddaw(road))
    assert (limits.mean, limits.bound) == pytest.approx((0.35, 0.175))


def test_developers_are_told_apart_and_criteria_must_hold_without_them(tmp_path: Path) -> None:
    names = [f"r{at}" for at in range(6)]
    result = compute(study(tmp_path, 6, 6, developers=names))
    assert result.without_developers is not None and result.without_developers.mean == 0.0
    asked = next(check for check in result.checks if check.clause == "Part 2, 3.4")
    assert (asked.found, asked.verdict) == ("6 of the 12", Found.NOT_MET)
    assert result.all_counted is not None and result.all_counted.mean == 0.5
    assert verdict(result, "Part 2, 8.1") is Found.NOT_MET


def test_participant_without_an_event_is_not_counted(tmp_path: Path) -> None:
    records = read_ddaw(write_study(tmp_path, ddaw_tables({"r": RIGHT, "awake": ((3, 3, 3), ())})))
    result = compute(records)
    assert result.all_counted is not None and result.all_counted.participants == 1
    assert next(p for p in result.people if p.name == "awake").sensitivity is None


def test_discarded_drives_are_listed_and_left_out(tmp_path: Path) -> None:
    tables = ddaw_tables({"r": RIGHT, "m": MISSED}, columns={"discarded": ["", "test_error"]})
    records = read_ddaw(write_study(tmp_path, tables))
    result = compute(records)
    assert result.all_counted is not None and result.all_counted.mean == 1.0
    assert any("test_error" in words for p in result.people for words in p.left_out)
    assert missed(records.tests) == []


def test_quieter_alerts_do_not_count_as_the_warning(tmp_path: Path) -> None:
    tables = ddaw_tables({"r": RIGHT})
    tables["outputs.csv"] = tables["outputs.csv"].replace("warning", "advice")
    result = compute(read_ddaw(write_study(tmp_path / "default", tables)))
    assert result.all_counted is not None and result.all_counted.mean == 0.0
    told = write_study(tmp_path / "told", tables, STUDY + "ddaw: {least_level: advice}\n")
    result = compute(read_ddaw(told))
    assert result.all_counted is not None and result.all_counted.mean == 1.0


def test_conditions_split_every_event_once(tmp_path: Path) -> None:
    records = study(tmp_path, 3, 2, columns={"glasses": ["yes", "no", "yes", "no", "yes"]})
    rows = condition_table(records.tests)
    everything = rows[0]
    for name in ("glasses", "daylight"):
        of_it = [row for row in rows if row.condition == name]
        assert sum(row.events for row in of_it) == everything.events == 5
        assert sum(row.true_positives for row in of_it) == everything.true_positives == 3
    assert {row.value for row in rows if row.condition == "glasses"} == {"yes", "no"}


def test_false_warnings_are_counted_over_hours_rated_awake(tmp_path: Path) -> None:
    drives = {"a": ((3,) * 12, (400.0, 2000.0)), "b": ((3,) * 12, ())}
    row = condition_table(read_ddaw(write_study(tmp_path, ddaw_tables(drives))).tests)[0]
    assert (row.false_warnings, row.alert_h) == (2, pytest.approx(2.0))
    assert row.false_per_h == pytest.approx(1.0)


def test_false_warnings_and_their_hours_begin_with_the_system_and_end_with_the_drive(
    tmp_path: Path,
) -> None:
    drives = {"a": ((3,) * 6, (100.0, 700.0, 2000.0))}
    columns = {"active_from_s": ["600"], "end_s": ["2400"]}
    records = read_ddaw(write_study(tmp_path / "a", ddaw_tables(drives, columns=columns)))
    row = condition_table(records.tests)[0]
    assert (row.false_warnings, row.alert_h) == (2, pytest.approx(0.5))


def test_hour_after_the_last_rating_counts_where_its_warnings_do(tmp_path: Path) -> None:
    tables = ddaw_tables({"a": ((3, 3), (3000.0,))}, columns={"end_s": ["3600"]})
    row = condition_table(read_ddaw(write_study(tmp_path, tables)).tests)[0]
    assert (row.false_warnings, row.alert_h) == (1, pytest.approx(1.0))


def test_warning_after_the_drives_end_is_none_of_it(tmp_path: Path) -> None:
    tables = ddaw_tables({"a": ((5, 6, 8, 8), (1300.0,))}, columns={"end_s": ["1250"]})
    found = compute(read_ddaw(write_study(tmp_path, tables))).all_counted
    assert found is not None and found.mean == 0.0


def test_warning_before_the_system_is_active_is_no_delay(tmp_path: Path) -> None:
    tables = ddaw_tables({"a": ((7, 7, 8, 8), (100.0,))}, columns={"active_from_s": ["500"]})
    (found,) = delays(read_ddaw(write_study(tmp_path, tables)).tests)
    assert found.delay_s is None


def test_delay_counts_from_the_first_rating_of_eight(tmp_path: Path) -> None:
    late = ((5, 6, 8, 8, 9), (1000.0,))
    records = read_ddaw(write_study(tmp_path, ddaw_tables({"r": RIGHT, "late": late, "m": MISSED})))
    found = {delay.test.drive.participant.name: delay.delay_s for delay in delays(records.tests)}
    assert found == {"r": pytest.approx(-200.0), "late": pytest.approx(100.0), "m": None}


def test_missed_case_points_to_the_ratings_and_the_level_told(tmp_path: Path) -> None:
    tables = ddaw_tables({"m": MISSED})
    tables["outputs.csv"] += "m_1,800,,,6.5\nm_1,100,,,9\n"
    one = missed(read_ddaw(write_study(tmp_path, tables)).tests)[0]
    assert [rating.kss for rating in one.event.ratings] == [6, 8, 8]
    assert (one.from_s, one.to_s, one.highest_level) == (600.0, 1200.0, 6.5)


def _one_of_three_warned() -> dict[str, str]:
    """One participant, three drives."""
    tables = ddaw_tables({"p": RIGHT})
    for more in ("p_2", "p_3"):
        tables["drives.csv"] += f"{more},p,day\n"
        tables["ratings.csv"] += "".join(
            f"{more},{300 * (at + 1)},{kss}\n" for at, kss in enumerate(MISSED[0])
        )
    return tables
