"""What is drawn follows the file of statistics, person by person and level by level; nobody else reads that file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.driver.statistics import drowsiness_statistics
from tests.simulator.driver.scenes import events, in_state, instants, performed

PROJECT = Path(__file__).resolve().parents[3]
STATISTICS = drowsiness_statistics()
LEVELS = (2.0, 5.0, 7.0, 8.0, 9.0)
SEEDS = range(5)
DRIVE_S = 1800.0


@pytest.fixture(scope="module")
def drives() -> dict[float, list[Performance]]:
    """Five people at each level, half an hour each."""
    return {kss: [in_state(kss, seed=seed, duration_s=DRIVE_S) for seed in SEEDS] for kss in LEVELS}


def count(performances: list[Performance], *kinds: EventKind) -> int:
    return sum(len(events(each, kind)) for each in performances for kind in kinds)


@pytest.mark.parametrize("kss", [2.0, 5.0])
def test_awake_people_blink_as_often_as_the_file_says(
    kss: float, drives: dict[float, list[Performance]]
) -> None:
    wanted = STATISTICS.blink.rate_per_min.at(kss) * DRIVE_S / 60
    for performance in drives[kss]:
        blinks = count([performance], EventKind.BLINK, EventKind.LONG_CLOSURE)
        # Gamma intervals: the count scatters by its root over the root of the shape; 4 deviations and 5 % of what is
        # lost beside other closures.
        slack = 4 * math.sqrt(wanted) / math.sqrt(STATISTICS.blink.interval_shape)
        assert blinks == pytest.approx(
            performance.traits.blink_rate * wanted, abs=slack + 0.05 * wanted
        )


@pytest.mark.parametrize("kss", LEVELS)
def test_blinks_last_as_long_as_the_file_says_for_this_person(
    kss: float, drives: dict[float, list[Performance]]
) -> None:
    for performance in drives[kss]:
        durations_s = [b.end_s - b.onset_s for b in events(performance, EventKind.BLINK)]
        wanted_s = STATISTICS.blink.duration_s.at(kss) * performance.traits.blink_duration
        error = STATISTICS.blink.duration_spread * 1.25 / math.sqrt(len(durations_s))
        assert np.median(durations_s) == pytest.approx(wanted_s, rel=4 * error + 0.01)


@pytest.mark.parametrize(
    "measure",
    ["duration_s", "long_closures", "closed_share", "resting_closure", "nods"],
)
def test_signs_grow_with_sleepiness(measure: str, drives: dict[float, list[Performance]]) -> None:
    def of(performances: list[Performance]) -> float:
        if measure == "duration_s":
            blinks = [blink for each in performances for blink in events(each, EventKind.BLINK)]
            return float(np.mean([blink.end_s - blink.onset_s for blink in blinks]))
        if measure == "long_closures":
            return count(performances, EventKind.LONG_CLOSURE, EventKind.MICROSLEEP)
        if measure == "nods":
            return count(performances, EventKind.NOD)
        closures = [each.courses(instants(0, DRIVE_S, 8)).closure_left for each in performances]
        if measure == "closed_share":
            return float(np.mean([(closure >= 0.8).mean() for closure in closures]))
        return float(np.mean([np.median(closure) for closure in closures]))

    course = [of(drives[kss]) for kss in LEVELS]
    assert course == sorted(course)
    assert course[-1] > 1.5 * course[0]


def test_microsleeps_and_nods_come_by_chance_from_kss_8_on_only(
    drives: dict[float, list[Performance]],
) -> None:
    hours = len(SEEDS) * DRIVE_S / 3600
    for kss in LEVELS[:3]:
        assert count(drives[kss], EventKind.MICROSLEEP, EventKind.NOD) == 0
    wanted = (
        hours
        * sum(
            each.traits.microsleep_rate * STATISTICS.microsleep.rate_per_hour.at(9)
            for each in drives[9.0]
        )
        / len(SEEDS)
    )
    assert count(drives[9.0], EventKind.MICROSLEEP) == pytest.approx(wanted, abs=4 * wanted**0.5)


def test_people_yawn_most_when_sleepy_and_not_yet_asleep(
    drives: dict[float, list[Performance]],
) -> None:
    yawns = {kss: count(drives[kss], EventKind.YAWN) for kss in LEVELS}
    assert max(yawns, key=lambda kss: yawns[kss]) == 7.0


def test_people_differ_in_how_they_blink(drives: dict[float, list[Performance]]) -> None:
    rates = [count([each], EventKind.BLINK) for each in drives[2.0]]
    assert max(rates) > 1.3 * min(rates)
    lids = drives[2.0][0].courses(instants(0, 60))
    assert not np.array_equal(lids.closure_left, lids.closure_right)


def test_talking_brings_blinks_and_reading_keeps_them_off() -> None:
    def blinks(**behaviour: object) -> int:
        written = {"from_s": 0.0, "duration_s": 600.0, **behaviour}
        drives = [performed(written, duration_s=600.0, seed=seed) for seed in range(4)]
        return count(drives, EventKind.BLINK)

    assert blinks(type="talk") > 1.2 * blinks(type="squint") > 1.4 * blinks(type="phone")


def test_closing_is_faster_than_reopening() -> None:
    for blink in events(in_state(2, seed=1), EventKind.BLINK):
        assert blink.full_from_s - blink.onset_s < blink.end_s - blink.full_until_s


def test_no_estimator_and_no_training_reads_the_statistics() -> None:
    words = ("drowsiness_statistics", "attention_statistics", "impairment_statistics")
    words = (*words, "driver_simulator.driver.statistics")
    for room in ("edge_app", "calibration", "model_compression", "firmware_configs", "benchmarks"):
        for path in (PROJECT / room).rglob("*"):
            if path.suffix in (".py", ".yaml", ".toml") and "__pycache__" not in path.parts:
                text = path.read_text(encoding="utf-8")
                assert not any(word in text for word in words), path
