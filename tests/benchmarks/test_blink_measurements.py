"""The truth of a scripted blink is the script's, and what is held against it is counted right."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.blink_features import main as measure
from benchmarks.blink_likelihoods import (
    Durations,
    auc_drowsy,
    log_likelihood_ratio,
    main,
    read_durations,
)
from benchmarks.blink_truth import scripted_blinks
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.suite.drives import sleepy_drive
from edge_app.driver_state.blink import BlinkEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal


@pytest.fixture(scope="module")
def performance() -> Performance:
    return Performance(sleepy_drive(1001, 4.0, duration_s=60.0))


def test_every_scripted_blink_has_its_phases_within_its_event(performance: Performance) -> None:
    events = [one for one in performance.events if one.kind is EventKind.BLINK]
    blinks = list(scripted_blinks(performance))
    assert len(blinks) >= len(events) > 5
    for blink in blinks:
        event = min(events, key=lambda one: abs(one.onset_s - blink.onset_s))
        assert event.onset_s < blink.onset_s < blink.end_s < event.end_s + 0.02
        assert blink.closing_s + blink.closed_s + blink.reopening_s == pytest.approx(
            blink.duration_s
        )
        assert 0.3 < blink.amplitude <= 1.01


def test_it_is_what_an_estimator_measures_without_noise_at_a_thousand_frames_a_second(
    performance: Performance,
) -> None:
    truth = next(blink for blink in scripted_blinks(performance) if blink.amplitude > 0.9)
    times = np.arange(truth.onset_s - 1.0, truth.end_s + 1.0, 0.001)
    courses = performance.courses(times)
    closure = np.clip(0.5 * (courses.closure_left + courses.closure_right), 0.0, 1.3)
    estimator = BlinkEstimator(DriverStateSettings())
    measured = [
        told.completed
        for t_s, value in zip(times.tolist(), closure.tolist(), strict=True)
        if (told := estimator.step(t_s, Signal.of(value, 0.01), 1000.0)).completed
    ]
    (blink,) = measured
    assert blink is not None
    assert blink.onset_s == pytest.approx(truth.onset_s, abs=0.005)
    assert blink.duration_s == pytest.approx(truth.duration_s, abs=0.01)
    assert blink.closed_s == pytest.approx(truth.closed_s, abs=0.01)
    assert blink.amplitude == pytest.approx(truth.amplitude, abs=0.03)


def test_blinks_as_signals_are_found_and_timed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = ["--people", "1", "--minutes", "1", "--picture-people", "0"]
    assert measure([*wanted, "--json", str(tmp_path / "out" / "blinks.json")]) == 0
    assert "duration_s" in capsys.readouterr().out
    assert '"found"' in (tmp_path / "out" / "blinks.json").read_text()


def test_likelihood_ratio_is_that_of_the_shares() -> None:
    means = np.array([0.0] * 80 + [2.0] * 20 + [0.0] * 80 + [2.0] * 20 + [0.0] * 20 + [2.0] * 80)
    labels = np.repeat([0, 5, 10], 100)
    told = Durations(means, labels, np.arange(300))
    assert log_likelihood_ratio(told, 1.0, math.inf) == pytest.approx(math.log(0.8 / 0.2), abs=0.06)


def test_intervals_of_durations_are_over_people() -> None:
    people = np.repeat(np.arange(12), 20)
    labels = np.where(people % 2, 10, 5)
    means = np.random.default_rng(0).normal(0.0, 1.0, 12)[people]  # says who it is, and no more
    known, alone = (auc_drowsy(Durations(means, labels, each)) for each in (people, np.arange(240)))
    assert known.value == alone.value and known.people == 12
    assert known.low is not None and known.high is not None
    assert alone.low is not None and alone.high is not None
    assert known.high - known.low > 2 * (alone.high - alone.low)


def test_a_set_of_another_form_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "uta_rldd_blinks"
    folder.mkdir()
    np.savez(folder / "fold1.npz", blinks=np.zeros((1, 30, 3)), labels=np.array([[10]]))
    assert main(["--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_padded_rows_are_no_blinks_and_outliers_count_for_little(tmp_path: Path) -> None:
    blinks = np.zeros((1, 30, 4))
    blinks[0, 10:, 2] = [1.0] * 19 + [1000.0]
    np.savez(tmp_path / "fold1.npz", blinks=blinks, labels=np.array([[10]]))
    told = read_durations(tmp_path)
    assert told.means == pytest.approx([(19 + 3) / 20])
    assert told.labels.tolist() == [10]


def test_set_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
