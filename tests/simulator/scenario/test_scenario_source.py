"""`sim:` is a source like others: frames at the scenario's times, with the scenario's vehicle, to the end."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.load import load_scenario
from edge_app.camera.capture import Capture
from edge_app.camera.direct_feed import DirectFeed
from edge_app.camera.settings import CameraSettings
from edge_app.camera.source import UnusableSourceError
from edge_app.camera.sources import added_source, split_uri
from edge_app.commands.analyze import analyze
from edge_app.vehicle.providers import open_provider
from edge_app.vehicle.settings import VehicleSettings
from edge_app.vehicle.state import VehicleState

DRIVE = """
name: drive
duration_s: 1.5
camera: {width_px: 160, height_px: 120, frame_rate_hz: 10, drop_share: 0.3, jitter_s: 0.01}
vehicle:
- {from_s: 0, speed_kmh: 80}
- {from_s: 0.8, reverse: true, ignition_on: null}
"""


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "drive.yaml"
    file.write_text(DRIVE)
    return f"sim:{file}"


def test_frames_come_at_the_times_of_the_scenario_and_end_with_it(source):
    feed = DirectFeed(CameraSettings(source=source))
    frames = []
    while not (turn := feed.next(1.0)).ended:
        frames.append(turn.frame)
    feed.close()
    expected = list(frame_times(load_scenario(split_uri(source)[1])))
    assert [(frame.index, frame.t_s) for frame in frames] == [
        (one.index, one.t_s) for one in expected
    ]
    assert {frame.image.shape for frame in frames} == {(120, 160, 3)}


def test_live_drive_takes_as_long_as_it_is_scripted(source):
    capture = Capture(CameraSettings(source=source))
    capture.start()
    times: list[tuple[float, float]] = []
    try:
        deadline_s = time.monotonic() + 30.0
        while time.monotonic() < deadline_s and not (turn := capture.next(0.2)).ended:
            if turn.frame is not None:
                times.append((turn.frame.t_s, time.monotonic()))
    finally:
        capture.close()
    (first_s, started_s), (last_s, ended_s) = times[0], times[-1]
    assert last_s > 1.0
    assert ended_s - started_s == pytest.approx(last_s - first_s, abs=0.3)


def test_drive_that_takes_long_to_open_is_no_camera_at_fault(source):
    capture = Capture(CameraSettings(source=source, no_frame_after_s=0.1))
    capture.start()
    opening = []
    try:
        while (turn := capture.next(0.05)).frame is None:
            opening.append(turn.fault)
    finally:
        capture.close()
    assert len(opening) > 2
    assert set(opening) == {None}


def test_vehicle_is_the_one_of_the_scenario(source):
    provider = open_provider(VehicleSettings().provider, added_source(source))
    assert provider.read(0.5) == VehicleState(80.0, True, None)
    assert provider.read(1.0) == VehicleState(None, None, True)


def test_simulated_drive_is_analyzed_like_a_clip(source, tmp_path):
    analyze(Path(source), out=tmp_path / "report", overlay=False)
    with (tmp_path / "report" / "signals.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [time.t_s for time in frame_times(load_scenario(split_uri(source)[1]))]
    assert [float(row["t_s"]) for row in rows] == pytest.approx(expected, abs=1e-3)
    assert {row["face"] for row in rows} == {"1"}


def test_mistake_in_the_scenario_is_told_by_whoever_opens_it(source, tmp_path):
    (tmp_path / "drive.yaml").write_text(DRIVE.replace("jitter_s", "jitter_ms"))
    with pytest.raises(
        UnusableSourceError, match=r"drive\.yaml:4: camera\.jitter_ms is not a known key"
    ):
        DirectFeed(CameraSettings(source=source))


def test_unknown_scenario_is_told_with_the_nearest_name():
    with pytest.raises(UnusableSourceError, match="did you mean `microsleep`"):
        DirectFeed(CameraSettings(source="sim:microslep"))
