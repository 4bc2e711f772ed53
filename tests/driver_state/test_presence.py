"""How long face and eyes have been missing, and why. Here a gap does count: nobody was seen in it."""

from __future__ import annotations

import pytest

from edge_app.driver_state.signals import Unavailable
from tests.driver_state.traces import Driver, at, frame_times, missing, replay, sample, watch


def test_absence_is_timed_from_the_last_sight() -> None:
    gone = missing(Unavailable.NO_FACE, (5.0, 9.0))
    states = watch(Driver(face_missing=gone), 10.0)
    presence = at(states, 8.0).presence
    assert not presence.face_present
    assert presence.absent_s == pytest.approx(3.0, abs=0.05)
    assert presence.reason is Unavailable.NO_FACE
    assert states[-1].presence.absent_s == 0.0
    assert states[-1].presence.reason is None


def test_hidden_eyes_of_a_present_face_are_timed_and_have_their_reason() -> None:
    hidden = missing(Unavailable.EYES_OCCLUDED, (5.0, 9.0))
    presence = at(watch(Driver(eyes_missing=hidden), 10.0), 8.0).presence
    assert presence.face_present
    assert presence.absent_s == 0.0
    assert presence.eyes_unavailable_s == pytest.approx(3.0, abs=0.05)
    assert presence.reason is Unavailable.EYES_OCCLUDED


def test_driver_never_seen_is_absent_since_the_start() -> None:
    nobody = Driver(face_missing=lambda t: Unavailable.NO_FACE)
    assert watch(nobody, 6.0)[-1].presence.absent_s == pytest.approx(6.0)


def test_camera_fault_is_the_reason_for_all() -> None:
    fault = missing(Unavailable.CAMERA_FAULT, (2.0, 9.0))
    state = watch(Driver(face_missing=fault), 4.0)[-1]
    assert state.presence.reason is Unavailable.CAMERA_FAULT
    assert state.closure.both.unavailable is Unavailable.CAMERA_FAULT
    assert state.mouth_openness.unavailable is Unavailable.CAMERA_FAULT
    assert state.head_yaw_rad.unavailable is Unavailable.CAMERA_FAULT
    assert state.glance.unavailable is Unavailable.CAMERA_FAULT


def test_valid_frame_rate_counts_frames_with_an_eye_only() -> None:
    every_third = Driver(
        eyes_missing=lambda t: None if round(t * 30) % 3 == 0 else Unavailable.BLURRED
    )
    assert watch(every_third, 5.0)[-1].valid_frame_rate_hz == pytest.approx(10.0, abs=0.6)


def test_valid_frame_rate_falls_to_nothing_when_the_eyes_are_hidden() -> None:
    hidden = Driver(eyes_missing=missing(Unavailable.EYES_OCCLUDED, (5.0, 9.0)))
    states = replay(sample(hidden, frame_times(9.0, 30.0)))
    assert at(states, 8.0).valid_frame_rate_hz == 0.0
