"""What a recording keeps, and how its summary tells what could not be counted."""

from __future__ import annotations

import csv
import json
from types import SimpleNamespace

from edge_app.alerts.policy import AlertPolicy
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.monitor import MonitorStep
from edge_app.recording import Recording
from edge_app.settings import VigilSettings
from tests.alerts.ride import UNKNOWN
from tests.driver_state.traces import Driver, blinking, sample
from tests.views.drivers import frame


def recorded(folder, times_s, first_frame_s=0.0, **chosen):
    """The summary of an eye that blinks every three seconds, seen at these times, and its rows."""
    settings = VigilSettings.model_validate(chosen)
    estimator = DriverStateEstimator(settings.driver_state)
    policy = AlertPolicy(settings.alerts)
    recording = Recording(
        folder,
        clip="clip",
        perception=SimpleNamespace(name="traces", expression_labels=(), temporal=None),
        settings=settings,
        overlay=False,
    )
    for signals in sample(Driver(closure=blinking(3.0)), times_s):
        state = estimator.step(signals)
        step = policy.step(state, UNKNOWN)
        picture = frame() if signals.t_s >= first_frame_s else None
        recording.step(picture, MonitorStep(None, None, signals, state, step))
    recording.finish()
    with (folder / "signals.csv").open(newline="") as file:
        return json.loads((folder / "summary.json").read_text()), list(csv.DictReader(file))


def at_rate(from_s, to_s, rate_hz):
    return [from_s + index / rate_hz for index in range(round((to_s - from_s) * rate_hz))]


def test_blinks_at_a_low_frame_rate_are_null_with_the_reason(tmp_path):
    summary, rows = recorded(tmp_path, at_rate(0.0, 12.0, 15.0))
    assert summary["blinks"] is None
    assert summary["blinks_unavailable_frames"] == {"low_frame_rate": summary["frames"]}
    assert {row["blink_count"] for row in rows} == {""}
    assert {row["blink_count_unavailable"] for row in rows} == {"low_frame_rate"}


def test_blinks_counted_before_the_frame_rate_fell_are_kept(tmp_path):
    summary, rows = recorded(tmp_path, [*at_rate(0.0, 10.0, 30.0), *at_rate(10.0, 20.0, 10.0)])
    assert summary["blinks"] == 3
    assert 90 <= summary["blinks_unavailable_frames"]["low_frame_rate"] <= 120
    assert rows[-1]["blink_count_unavailable"] == "low_frame_rate"


def test_what_comes_before_the_first_picture_is_not_recorded(tmp_path):
    summary, rows = recorded(tmp_path, at_rate(0.0, 2.0, 30.0), first_frame_s=1.0)
    assert summary["frames"] == len(rows) == 30
    assert float(rows[0]["t_s"]) == 1.0


def test_how_far_the_driver_became_known_is_told_and_not_what_was_learned(tmp_path):
    summary, rows = recorded(tmp_path, at_rate(0.0, 40.0, 30.0))
    calibration = summary["calibration"]
    assert calibration["progress"] == float(rows[-1]["calibration_progress"])
    assert 0.2 < calibration["progress"] <= 1.0
    assert calibration["drivers"] == 1
    assert set(calibration) == {"progress", "confidence", "not_learning", "glasses", "drivers"}
    assert "driver known" in (tmp_path / "report.html").read_text()


def test_suspicion_of_impairment_is_written_only_where_its_advice_is_switched_on(tmp_path):
    times_s = at_rate(0.0, 1.0, 30.0)
    _, rows = recorded(tmp_path / "off", times_s)
    assert not any("impairment" in name for name in rows[0])
    _, rows = recorded(tmp_path / "on", times_s, alerts={"impairment": {"enabled": True}})
    assert rows[0]["impairment_suspicion_unavailable"] == "not_calibrated"
