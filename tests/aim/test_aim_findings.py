"""Lines of the aiming page from looks made by hand: limits, words, and which way to turn the camera."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from calibration.camera.cabin import GazeZone
from calibration.camera.mounting import Mounting, mounting_of
from edge_app.aim.bars import bars_of
from edge_app.aim.driver_findings import (
    covered_finding,
    direction_finding,
    range_finding,
    seen_findings,
)
from edge_app.aim.finding import Verdict
from edge_app.aim.found_settings import found_settings, guessed_mount
from edge_app.aim.looks import Looks, LookWindow
from edge_app.aim.picture_findings import (
    camera_finding,
    eye_distance_finding,
    frame_rate_finding,
    place_finding,
)
from edge_app.aim.session import AimSession
from edge_app.aim.step_findings import closed_eyes_finding, glance_finding, zones_of
from edge_app.aim.steps import STEPS, StepKey, StepRun
from edge_app.aim.view import View
from edge_app.alerts.event import EventType
from edge_app.camera.faults import CameraFault
from edge_app.driver_state.signals import Unavailable
from edge_app.settings import VigilSettings
from tests.aim.looks import FACE, eyes_at, look, looks

SETTINGS = VigilSettings()
BARS = bars_of(SETTINGS)
VIEW = View(None, SETTINGS)
AHEAD = Mounting(0.0, 0.0)
LEFT_MIRROR = next(step for step in STEPS if step.key is StepKey.LEFT_MIRROR)
CLUSTER = next(step for step in STEPS if step.key is StepKey.CLUSTER)


@pytest.mark.parametrize(
    ("x_px", "y_px", "to_do"),
    [
        (60, 240, "to the left"),
        (580, 240, "to the right"),
        (320, 50, "tilt the camera"),
        (320, 440, "down"),
    ],
)
def test_camera_is_to_be_turned_to_where_the_face_stands(x_px, y_px, to_do):
    finding = place_finding(looks(face=eyes_at(x_px, y_px)), VIEW, BARS)
    assert finding.verdict is Verdict.FAIL
    assert to_do in finding.to_do


def test_angle_to_turn_by_is_that_of_the_lens():
    finding = place_finding(looks(face=eyes_at(60, 240)), VIEW, BARS)
    focal_px = 320 / math.tan(math.radians(30))
    assert f"{math.degrees(math.atan(260 / focal_px)):.0f}°" in finding.to_do


def test_face_that_fills_the_picture_is_moved_away_not_turned():
    finding = place_finding(looks(face=eyes_at(320, 240, distance_px=150)), VIEW, BARS)
    assert "away from the driver" in finding.to_do


@pytest.mark.parametrize(
    ("distance_px", "verdict"),
    [(19, Verdict.FAIL), (25, Verdict.WARN), (40, Verdict.OK)],
)
def test_pixels_between_the_eyes_follow_what_perception_needs(distance_px, verdict):
    face = eyes_at(320, 240, distance_px)
    assert eye_distance_finding(looks(face=face), BARS).verdict is verdict


def test_pixels_between_the_eyes_of_a_turned_head_are_those_of_a_straight_one():
    turned = replace(eyes_at(320, 240, 50 * math.cos(0.5)), line_yaw_rad=0.5)
    assert eye_distance_finding(looks(face=turned), BARS).value == pytest.approx(50)


@pytest.mark.parametrize("fault", list(CameraFault))
def test_every_fault_of_the_camera_says_what_to_do(fault):
    finding = camera_finding(looks(fault=fault))
    assert finding.verdict is Verdict.FAIL
    assert finding.to_do


def test_camera_that_fell_silent_is_a_fault_before_the_program_says_so():
    silent = [look(at / 20) for at in range(20)]
    silent += [look(1 + at / 5, is_frame=False) for at in range(8)]
    assert camera_finding(Looks(silent)).verdict is Verdict.FAIL


def test_frame_rate_counts_frames_alone():
    mixed = [look(at / 10, is_frame=at % 2 == 0) for at in range(41)]
    assert frame_rate_finding(Looks(mixed), BARS).value == pytest.approx(5)


def test_camera_far_aside_says_to_which_hand_it_moves():
    # Who looks ahead turns the face to the picture's left: the camera is at his left.
    aside = replace(FACE, line_yaw_rad=math.radians(-45))
    finding = direction_finding(looks(face=aside), BARS, looks_ahead=True)
    assert finding.verdict is Verdict.FAIL
    assert finding.to_do == "mount the camera 15° farther to the driver's right"
    assert range_finding(looks(face=aside), BARS).verdict is Verdict.FAIL


def test_eyes_lost_in_some_frames_name_the_most_common_reason():
    half = Looks(
        look(at / 20, eyes=Unavailable.OUT_OF_POSE if at % 2 else None) for at in range(40)
    )
    eyes = seen_findings(half, BARS)[0]
    assert eyes.verdict is Verdict.FAIL
    assert "50%" in eyes.found and "out of pose" in eyes.found
    assert "in front of the driver" in eyes.to_do


def test_eye_behind_glasses_is_not_covered_by_the_wheel():
    hidden = {"one_eye": Unavailable.EYES_OCCLUDED}
    assert covered_finding(looks(**hidden), BARS).verdict is Verdict.FAIL
    glasses = replace(FACE, glasses=0.9)
    assert covered_finding(looks(face=glasses, **hidden), BARS).verdict is Verdict.OK


def test_glance_counts_when_its_zone_is_told():
    told = looks(zone=GazeZone.OWN_MIRROR)
    assert glance_finding(LEFT_MIRROR, told, AHEAD, "left").verdict is Verdict.OK
    assert zones_of(StepKey.LEFT_MIRROR, "right") == (GazeZone.FAR_MIRROR,)


@pytest.mark.parametrize(("yaw_deg", "verdict"), [(20, Verdict.OK), (-20, Verdict.FAIL)])
def test_head_must_turn_the_right_way(yaw_deg, verdict):
    turned = looks(head_yaw_rad=math.radians(yaw_deg))
    assert glance_finding(LEFT_MIRROR, turned, AHEAD, None).verdict is verdict


def test_head_that_is_lost_on_a_glance_is_the_cameras_failing():
    lost = looks(head=Unavailable.NO_FACE, head_yaw_rad=None, head_pitch_rad=None)
    finding = glance_finding(LEFT_MIRROR, lost, AHEAD, "left")
    assert finding.verdict is Verdict.FAIL
    assert "mount the camera" in finding.to_do


def test_instruments_looked_at_by_the_eyes_alone_are_no_failing():
    assert glance_finding(CLUSTER, looks(), AHEAD, "left").verdict is Verdict.OK


def test_alert_on_closed_eyes_must_come_and_be_told():
    closed = [look(at / 20, closed=at >= 20) for at in range(60)]
    silent = closed_eyes_finding(Looks(closed), ["sound"], [])
    assert silent.verdict is Verdict.FAIL and "closed for 2.0" in silent.found
    alerted = Looks(
        [*closed, look(3.0, closed=True, alerts=(EventType.MICROSLEEP,))],
    )
    told = closed_eyes_finding(alerted, ["sound"], [])
    assert told.verdict is Verdict.OK and told.value == pytest.approx(2.0)
    assert closed_eyes_finding(alerted, [], []).verdict is Verdict.FAIL
    assert "sound failed" in closed_eyes_finding(alerted, ["sound"], ["sound"]).found


def test_step_that_is_repeated_forgets_what_it_saw():
    run = StepRun()
    run.start()
    for at in range(20):
        assert run.step_on(look(at / 2)) is None
    run.again()
    assert not run.runs and run.at == 0
    run.start()
    over = None
    for at in range(100, 140):
        over = over or run.step_on(look(at / 2))
    assert over is not None and over[1].all[0].t_s == 50 + STEPS[0].ready_s
    assert run.at == 1


def test_driver_who_does_not_look_there_fails_the_glance_and_may_repeat_it():
    session = AimSession(SETTINGS, VIEW)
    for at in range(420):
        if at in (0, 280):
            session.act("start")
        session.look(look(at / 20))
    steps = {finding.key: finding for finding in session.steps}
    assert steps["ahead"].verdict is not Verdict.FAIL
    assert steps["left_mirror"].verdict is Verdict.FAIL
    assert "look there again" in steps["left_mirror"].to_do
    assert session.run.step is not None and session.run.step.key is StepKey.RIGHT_MIRROR
    session.act("again")
    assert session.run.step.key is StepKey.LEFT_MIRROR


def test_step_left_out_leaves_the_commissioning_incomplete():
    session = AimSession(SETTINGS, VIEW)
    for at in range(60):
        session.look(look(at / 20))
    for _ in STEPS:
        session.act("skip")
    assert session.run.step is None
    assert session.verdict is Verdict.UNKNOWN


def test_cabin_sounds_only_while_closed_eyes_are_tried_and_a_moment_longer():
    session = AimSession(SETTINGS, VIEW, outputs=["sound"])
    alert = (EventType.MICROSLEEP,)
    session.look(look(0.0, alerts=alert))
    assert not session.may_sound
    for _ in STEPS[:-1]:
        session.act("skip")
    session.act("start")
    session.look(look(1.0, closed=True))
    session.look(look(3.0, closed=True))
    assert session.may_sound
    session.look(look(3.1, closed=True, alerts=alert))
    assert session.run.step is None and session.may_sound
    session.look(look(7.0))
    assert not session.may_sound


def test_window_keeps_its_seconds_and_begins_anew_with_the_clip():
    window = LookWindow(2.0)
    for at in range(100):
        window.step(look(at / 10))
    assert len(window.looks.all) == 21
    window.step(look(0.0))
    assert len(window.looks.all) == 1


@pytest.mark.parametrize(
    ("yaw_deg", "pitch_deg", "side", "mount"),
    [
        (0, 15, "left", "steering_column"),
        (24, 8, "left", "dash_centre"),
        (24, -14, "left", "mirror"),
        (24, 8, "right", "a_pillar"),
        (24, 8, None, None),
    ],
)
def test_mount_is_guessed_from_where_the_driver_faces(yaw_deg, pitch_deg, side, mount):
    seen = mounting_of(math.radians(yaw_deg), math.radians(pitch_deg))
    assert seen is not None
    assert guessed_mount(seen, side) == mount


def test_nothing_found_writes_no_settings():
    assert found_settings(None, None, 1.0) == ""
