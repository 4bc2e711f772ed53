"""Trials of distraction against the limits of EU 2023/2590, Annex I, and its rule of re-tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.errors import UserError
from edge_app.validation.addw_records import AddwRecords, read_addw
from edge_app.validation.addw_result import PointVerdict, compute
from edge_app.validation.addw_trials import ZONES, Outcome
from edge_app.validation.checks import Found
from tests.validation.studies import STUDY, write_study

HEADER = "trial,drive,zone,in_area_3,speed_kmh,onset_s,end_s,warning_s,attempt,expect,non_nominal"
ALL_BUT_C = "addw: {zones_without: [a, b, d, e, f, g, h, i, j, k, l, m, n]}\n"


def study(
    tmp_path: Path, *trials: str, more: str = "", drives: str = "ann_1,ann,day\n"
) -> AddwRecords:
    tables = {
        "participants.csv": "participant\nann\n",
        "drives.csv": "drive,participant,daylight\n" + drives,
        "trials.csv": "\n".join([HEADER, *trials]) + "\n",
    }
    return read_addw(write_study(tmp_path, tables, STUDY + more))


def trial(
    name: str = "t",
    *,
    latency: float | None,
    speed: float = 60,
    zone: str = "c",
    area: str = "yes",
    held: float = 11.0,
    attempt: int = 0,
    more: str = ",",
    drive: str = "ann_1",
) -> str:
    warning = "" if latency is None else f"{100 + latency:g}"
    return f"{name},{drive},{zone},{area},{speed:g},100,{100 + held:g},{warning},{attempt},{more}"


@pytest.mark.parametrize(
    ("speed", "latency", "outcome"),
    [
        (50, 4.0, Outcome.WARNED),
        (50, 4.01, Outcome.MISSED),
        (49.9, 4.01, Outcome.WARNED),
        (20, 6.5, Outcome.WARNED),
        (20, 6.51, Outcome.MISSED),
        (120, None, Outcome.MISSED),
        (19.9, None, Outcome.BEYOND),
    ],
)
def test_limits_are_three_and_a_half_and_six_seconds_with_half_a_second_of_buffer(
    tmp_path: Path, speed: float, latency: float | None, outcome: Outcome
) -> None:
    records = study(tmp_path, trial(speed=speed, latency=latency))
    assert records.trials[0].outcome is outcome


def test_limit_is_held_at_decimal_times_that_binary_numbers_miss(tmp_path: Path) -> None:
    # 8.3 - 4.3 is more than 4, and 8.2 - 1.7 less than 6.5.
    records = study(
        tmp_path,
        "a,ann_1,c,yes,60,4.3,9,8.3,0,,",
        "b,ann_1,c,yes,60,1.7,8.2,,0,,",
    )
    assert records.trials[0].outcome is Outcome.WARNED
    assert (records.trials[1].outcome, records.trials[1].flaw) == (Outcome.MISSED, "")


def test_non_nominal_trial_has_a_second_and_a_half_more(tmp_path: Path) -> None:
    records = study(tmp_path, trial(latency=5.4, more=",yes"))
    assert records.trials[0].outcome is Outcome.WARNED


def test_gaze_that_ended_before_the_limit_is_not_judged(tmp_path: Path) -> None:
    records = study(tmp_path, trial(latency=None, held=3.9), trial("u", latency=None, held=4.1))
    assert [one.outcome for one in records.trials] == [Outcome.NOT_JUDGED, Outcome.MISSED]
    assert "2.3.8" in records.trials[1].flaw


def test_short_glance_that_was_warned_of_is_a_false_warning(tmp_path: Path) -> None:
    records = study(
        tmp_path,
        trial("a", latency=1.0, zone="left_mirror", area="no", held=1.5, more="quiet,"),
        trial("b", latency=None, zone="c", held=1.5, more="quiet,"),
        trial("c", latency=2.0, zone="right_window", area="no"),
    )
    assert [one.outcome for one in records.trials] == [
        Outcome.FALSE_WARNING,
        Outcome.QUIET,
        Outcome.BEYOND,
    ]
    assert compute(records).table[0].false_share == 0.5


@pytest.mark.parametrize(
    ("again", "verdict"),
    [
        ((), PointVerdict.RETEST_DUE),
        ((None,), PointVerdict.RETEST_DUE),
        ((3.0,), PointVerdict.PASSED_RETEST),
        ((None, 3.0), PointVerdict.PASSED_RETEST),
        ((None, None), PointVerdict.FAILED),
    ],
    ids=["none yet", "one missed", "passed", "second passed", "both missed"],
)
def test_point_fails_only_when_both_retests_are_false_negatives(
    tmp_path: Path, again: tuple[float | None, ...], verdict: PointVerdict
) -> None:
    trials = [trial("t0", latency=None)]
    trials += [
        trial(f"t{at}", latency=latency, attempt=at) for at, latency in enumerate(again, start=1)
    ]
    points = compute(study(tmp_path, *trials)).points
    assert next(p.verdict for p in points if (p.zone, p.band) == ("c", "fast")) is verdict


def test_spot_check_passes_only_with_every_zone_at_both_speeds(tmp_path: Path) -> None:
    both = (trial("a", latency=3.0), trial("b", latency=5.0, speed=30))
    result = compute(study(tmp_path / "one", both[0], more=ALL_BUT_C))
    assert _verdict(result.checks, "Part 2, 5, 6.1") is Found.OPEN
    result = compute(study(tmp_path / "both", *both, more=ALL_BUT_C))
    assert _verdict(result.checks, "Part 2, 5, 6.1") is Found.MET
    result = compute(study(tmp_path / "zones", *both))
    untested = {p.zone for p in result.points if p.verdict is PointVerdict.NOT_TESTED}
    assert untested == set(ZONES) - {"c"}


def test_vehicle_said_to_have_no_zone_passes_nothing(tmp_path: Path) -> None:
    none = ALL_BUT_C.replace("b, d", "b, c, d")
    result = compute(study(tmp_path, trial(latency=1, zone="phone", area="no"), more=none))
    assert _verdict(result.checks, "Part 2, 5, 6.1") is Found.OPEN
    assert _verdict(result.checks, "Part 2, 1.4.2, 1.5.1, 2.3.4") is Found.OPEN


def test_speed_between_the_bands_is_in_the_tables_but_not_in_the_spot_check(tmp_path: Path) -> None:
    result = compute(study(tmp_path, trial(latency=None, speed=40)))
    assert result.table[0].judged == 1
    assert not any(point.trials for point in result.points)


def test_day_and_night_are_asked_for(tmp_path: Path) -> None:
    by_day = compute(study(tmp_path / "day", trial(latency=3)))
    assert _verdict(by_day.checks, "Part 2, 1.6.1") is Found.NOT_MET
    drives = "ann_1,ann,day\nann_2,ann,night\n"
    trials = trial(latency=3), trial("n", latency=3, drive="ann_2")
    both = compute(study(tmp_path / "both", *trials, drives=drives))
    assert _verdict(both.checks, "Part 2, 1.6.1") is Found.MET


def test_glance_outside_the_spot_check_does_not_make_it_day_and_night(tmp_path: Path) -> None:
    drives = "ann_1,ann,day\nann_2,ann,night\n"
    trials = trial(latency=3), trial("n", latency=None, held=1, more="quiet,", drive="ann_2")
    result = compute(study(tmp_path, *trials, drives=drives))
    assert _verdict(result.checks, "Part 2, 1.6.1") is Found.NOT_MET


def test_warning_is_read_from_outputs_where_trials_do_not_tell_it(tmp_path: Path) -> None:
    tables = {
        "participants.csv": "participant\nann\n",
        "drives.csv": "drive,participant,daylight\nann_1,ann,day\n",
        "trials.csv": "trial,drive,zone,in_area_3,speed_kmh,onset_s,end_s\n"
        "t,ann_1,c,yes,60,100,107\nu,ann_1,c,yes,60,200,207\n",
        "outputs.csv": "drive,t_s,event,level,drowsiness_level\n"
        "ann_1,99,off_road_glance,warning,\nann_1,102,degraded,warning,\n"
        "ann_1,103.2,off_road_glance,warning,\n",
    }
    records = read_addw(write_study(tmp_path, tables))
    assert [one.latency_s for one in records.trials] == [pytest.approx(3.2), None]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (trial(latency=3.0, zone="z"), "trials.csv:2: zone is `z`"),
        (trial(latency=-1.0), "trials.csv:2: warning_s is `99`"),
        (trial(latency=3.0, held=1.0), "trials.csv:2: warning_s is `103`"),
        (trial(latency=None, held=-1.0), "trials.csv:2: end_s is `99`"),
        (trial(latency=None, attempt=3), "trials.csv:2: attempt is `3`"),
        (trial(latency=None, drive="x"), "trials.csv:2: drive is `x`"),
        (trial(latency=None, more="loud,"), "trials.csv:2: expect is `loud`"),
    ],
)
def test_mistake_in_a_trial_names_line_and_column(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(UserError) as error:
        study(tmp_path, line)
    assert told in str(error.value)


def _verdict(checks: object, clause: str) -> Found:
    return next(c.verdict for c in checks if c.clause == clause)  # type: ignore[attr-defined]


def test_target_without_a_letter_is_not_in_area_3(tmp_path: Path) -> None:
    """The spot-check would pass it over without a word."""
    with pytest.raises(UserError, match=r"trials\.csv:2: zone is `zz` but must be a letter"):
        study(tmp_path, trial(zone="zz", latency=None))
    assert study(tmp_path / "beside", trial(zone="zz", area="no", latency=None)).trials


def test_gaze_after_the_drives_end_is_told(tmp_path: Path) -> None:
    tables = {
        "participants.csv": "participant\nann\n",
        "drives.csv": "drive,participant,daylight,end_s\nann_1,ann,day,99\n",
        "trials.csv": f"{HEADER}\n{trial(latency=None)}\n",
    }
    with pytest.raises(UserError, match=r"trials\.csv:2: onset_s is `100` .*end_s of drive ann_1"):
        read_addw(write_study(tmp_path, tables))
