"""Simulated drivers before cameras that hang well or badly: the right line turns red, and says what to do."""

from __future__ import annotations

import pytest

from driver_simulator.viewpoint import MOUNTING_DEG
from edge_app.aim.finding import Verdict, gravest
from edge_app.aim.steps import STEPS
from edge_app.settings import VigilSettings
from tests.aim.drives import WELL, by_key, driven, found, scenario_file, taps

_HEAD_ERROR_DEG = 8.0  # of perception on turned simulated heads


def test_well_mounted_camera_has_no_red_line(tmp_path):
    findings = found(tmp_path, camera=WELL)
    assert gravest(f for f in findings.values() if f.key not in ("side", "length")) is Verdict.OK


@pytest.mark.slow
@pytest.mark.parametrize("position", ["dash_centre", "a_pillar", "mirror", "steering_column"])
def test_direction_of_the_camera_is_told_from_the_driver(tmp_path, position):
    azimuth_deg, elevation_deg = MOUNTING_DEG[position]
    direction = found(tmp_path, camera={"position": position})["direction"]
    assert direction.value == pytest.approx(azimuth_deg, abs=_HEAD_ERROR_DEG)
    if abs(azimuth_deg) > _HEAD_ERROR_DEG:
        assert ("driver's left" in direction.found) == (azimuth_deg > 0)
    if abs(elevation_deg) > _HEAD_ERROR_DEG:
        assert ("above" in direction.found) == (elevation_deg > 0)


@pytest.mark.parametrize("distance_m", [0.45, 0.65, 0.9])
def test_distance_is_told_within_what_it_says_of_itself(tmp_path, distance_m):
    settings = VigilSettings.model_validate({"perception": {"horizontal_field_of_view_deg": 44}})
    file = scenario_file(tmp_path, duration_s=1.5, camera={"distance_m": distance_m})
    distance = by_key(driven(file, settings).result(with_steps=False))["distance"]
    assert distance.value == pytest.approx(distance_m, rel=2 * 0.078)
    assert "± 8%" in distance.found and "assumed" not in distance.found


def test_lens_of_which_nobody_spoke_is_told_as_assumed(tmp_path):
    distance = found(tmp_path, duration_s=1.5)["distance"]
    assert "± 31%, lens assumed" in distance.found
    assert "camera.lens" in distance.to_do


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "red", "to_do"),
    [
        ({"camera": {"distance_m": 1.4}}, "eye_distance", "nearer"),
        ({"camera": {"blur_px": 3}}, "sharpness", "focus"),
        ({"camera": {"exposure_ev": 4}}, "light", "away from sun"),
        (
            {"camera": {"exposure_ev": -6}, "light": [{"from_s": 0, "type": "night"}]},
            *("light", "infrared lamp"),
        ),
        ({"camera": {"frame_rate_hz": 6}}, "frame_rate", "light"),
        ({"person": {"mask": True}}, "covered", "leave the face free"),
        ({"person": {"eyewear": {"type": "sunglasses"}}}, "glasses", "infrared"),
    ],
)
def test_what_is_wrong_is_the_red_line(tmp_path, keys, red, to_do):
    finding = found(tmp_path, duration_s=1.5, **keys)[red]
    assert finding.verdict is Verdict.FAIL
    assert to_do in finding.to_do


@pytest.mark.slow
def test_driver_led_through_all_steps_passes(tmp_path):
    file = scenario_file(
        tmp_path,
        duration_s=55,
        camera={"position": "dash_centre"},
        behaviours=[
            {"type": "look_at", "from_s": 15, "duration_s": 5, "target": "left_mirror"},
            {"type": "look_at", "from_s": 22, "duration_s": 5, "target": "right_mirror"},
            {"type": "look_at", "from_s": 29, "duration_s": 5, "target": "cluster"},
            {"type": "look_at", "from_s": 36, "duration_s": 5, "target": "lap"},
            {"type": "sleep", "from_s": 45, "duration_s": 3},
        ],
    )
    session = driven(file, act=taps(0.5, 14, 21, 28, 35, 42.5))
    assert session.run.at == len(STEPS)
    steps = by_key(session.steps)
    assert {key: f.found for key, f in steps.items() if f.verdict is Verdict.FAIL} == {}
    assert "told by console" in steps["eyes_closed"].found
    assert steps["heard"].verdict is Verdict.UNKNOWN
    assert session.verdict is Verdict.UNKNOWN
    session.act("heard")
    assert session.verdict is Verdict.WARN  # ten frames a second
    session.act("left")
    assert "driver_side: left\n    camera_mount: dash_centre" in session.found_settings
