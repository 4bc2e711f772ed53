"""The truth says what the script says, frame by frame, and its events do not depend on the frames."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest

from driver_simulator.drive_recording import DriveRecording
from driver_simulator.driver.performance import Performance
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.scenario.truth_file import events_path
from driver_simulator.viewpoint import MOUNTING_DEG

DURATION_S = 30.0
Rows = list[dict[str, str]]


def read(path: Path) -> Rows:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def drive(tmp_path):
    """Rows and events of a drive with these keys."""

    def drive(until_s: float = DURATION_S, **keys: Any) -> tuple[Rows, Rows]:
        scenario = Scenario.model_validate({"name": "x", "duration_s": DURATION_S, **keys})
        file = tmp_path / "truth.csv"
        DriveRecording(Performance(scenario), truth=file).write(until_s=until_s)
        return read(file), read(events_path(file))

    return drive


def between(rows: Rows, from_s: float, until_s: float) -> Rows:
    return [row for row in rows if from_s <= float(row["t_s"]) < until_s]


SLEEP = {"type": "sleep", "from_s": 10, "duration_s": 4}


def test_lids_are_shut_and_named_for_as_long_as_the_script_shuts_them(drive):
    rows, events = drive(behaviours=[SLEEP])
    (sleep,) = (event for event in events if event["kind"] == "sleep")
    full = between(rows, float(sleep["full_from_s"]), float(sleep["full_until_s"]))
    assert float(sleep["full_until_s"]) - float(sleep["full_from_s"]) == pytest.approx(4, abs=0.001)
    assert len(full) == pytest.approx(4 * 30, abs=1)
    assert {row["lids"] for row in full} == {"sleep"}
    assert min(float(row["closure_left"]) for row in full) > 0.95
    assert all(float(row["closure_left"]) < 0.5 for row in rows if row["lids"] == "open")


def test_events_do_not_depend_on_the_frames(drive):
    behaviours = [SLEEP, {"type": "yawn", "from_s": 20, "duration_s": 6}]
    _, slow = drive(behaviours=behaviours, camera={"frame_rate_hz": 5, "drop_share": 0.5})
    _, fast = drive(behaviours=behaviours, camera={"frame_rate_hz": 60})
    assert slow == fast
    assert {event["kind"] for event in slow} >= {"sleep", "yawn", "blink"}


def test_lost_frames_have_no_row_and_leave_gaps_in_the_numbers(drive):
    rows, _ = drive(camera={"drop_share": 0.5})
    numbers = [int(row["frame"]) for row in rows]
    assert len(rows) < 0.6 * DURATION_S * 30
    assert numbers == sorted(set(numbers)) and numbers[-1] > len(rows)


def test_camera_sees_a_driver_who_looks_ahead_from_its_own_place(drive):
    rows, _ = drive(camera={"position": "a_pillar"}, mirror_glances=False)
    azimuth_deg, elevation_deg = MOUNTING_DEG["a_pillar"]
    for row in rows:
        turned_deg = math.degrees(float(row["head_yaw_rad"]) - float(row["head_ahead_yaw_rad"]))
        nodded_deg = math.degrees(float(row["head_pitch_rad"]) - float(row["head_ahead_pitch_rad"]))
        assert turned_deg == pytest.approx(-azimuth_deg, abs=1.5)
        assert nodded_deg == pytest.approx(-elevation_deg, abs=1.5)


def test_line_of_sight_is_head_and_eyes_together(drive):
    look = {"type": "turn_head", "from_s": 10, "duration_s": 10, "yaw_deg": 30}
    rows, _ = drive(behaviours=[look], mirror_glances=False)
    for row in between(rows, 13, 17):
        head, eyes = float(row["head_ahead_yaw_rad"]), float(row["gaze_yaw_rad"])
        assert float(row["gaze_ahead_yaw_rad"]) == pytest.approx(head + eyes, abs=0.02)


def test_expression_has_its_onset_apex_and_offset(drive):
    smile = {"type": "express", "from_s": 5, "duration_s": 4, "expression": "happiness"}
    rows, _ = drive(behaviours=[{**smile, "onset_s": 1.0, "offset_s": 2.0}])
    phases = [
        (float(row["t_s"]), row["expression_phase"])
        for row in rows
        if row["expression"] == "happiness"
    ]
    for phase, from_s, until_s in (("onset", 5, 6), ("apex", 6, 7), ("offset", 7, 9)):
        times = [t_s for t_s, name in phases if name == phase]
        assert min(times) == pytest.approx(from_s, abs=0.04)
        assert max(times) == pytest.approx(until_s, abs=0.04)


def test_state_and_vehicle_are_those_of_their_spans(drive):
    rows, _ = drive(
        state=[{"from_s": 0, "kss": 3}, {"from_s": 10, "kss": 8, "impairment": "light"}],
        vehicle=[
            {"from_s": 0, "speed_kmh": 90},
            {"from_s": 20, "reverse": True, "ignition_on": None},
        ],
    )
    before, after = between(rows, 0, 10), between(rows, 20, 30)
    assert {(row["kss"], row["impairment"]) for row in before} == {("3.00000", "none")}
    assert {row["impairment"] for row in after} == {"light"}
    told = {(row["speed_kmh"], row["reverse"], row["ignition_on"]) for row in before}
    assert told == {("90.00000", "", "1")}
    told = {(row["speed_kmh"], row["reverse"], row["ignition_on"]) for row in after}
    assert told == {("", "1", "")}


def test_behaviours_that_go_on_together_stand_together(drive):
    rows, _ = drive(
        behaviours=[
            {"type": "talk", "from_s": 5, "duration_s": 10},
            {"type": "look_at", "from_s": 10, "duration_s": 10, "target": "lap"},
        ]
    )
    assert [between(rows, t_s, t_s + 0.1)[0]["behaviours"] for t_s in (1, 7, 12, 18, 25)] == [
        "",
        "talk",
        "talk look_at",
        "look_at",
        "",
    ]


def test_driver_who_leans_out_is_not_in_view(drive):
    rows, _ = drive(
        behaviours=[{"type": "hide", "from_s": 10, "duration_s": 10, "by": "leaning_out"}]
    )
    assert {row["in_view"] for row in between(rows, 13, 17)} == {"0"}
    assert {row["in_view"] for row in between(rows, 0, 10)} == {"1"}


def test_beginning_of_a_drive_is_the_beginning_of_its_truth(drive):
    whole, events = drive(behaviours=[SLEEP])
    part, part_events = drive(until_s=11.0, behaviours=[SLEEP])
    assert part == whole[: len(part)] and float(part[-1]["t_s"]) < 11.0
    assert part_events == [event for event in events if float(event["onset_s"]) < 11.0]
