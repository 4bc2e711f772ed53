"""A minute before the camera shows how far this driver's eyes open and shut, whenever in it they do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.driver.profile_file import profile_of_text, profile_text
from calibration.driver.references import OPEN_EYE, SHUT_EYE
from driver_simulator.driver.signal_reading import SignalSampler
from edge_app.driver_profiles.asked_calibration import AskedCalibration, AskedMinute
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.personal import PersonalCalibration
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.errors import UserError
from tests.simulator.driver.scenes import instants, performed

SETTINGS = DriverStateSettings()
NARROW_MM = 7.0
NARROW_OPEN = SHUT_EYE + NARROW_MM / 10.0 * (OPEN_EYE - SHUT_EYE)
SHUT_FOR_S = 3.0
SHUT = {"type": "sleep", "from_s": 30, "duration_s": SHUT_FOR_S}


def minute(*behaviours: dict[str, Any], until_s: float = 60.0, **given: Any) -> AskedMinute:
    sampler = SignalSampler(performed(*behaviours, **given))
    return watched(list(sampler.sample(instants(0.0, until_s, 30.0))))


def watched(signals: list[Signals], settings: DriverStateSettings = SETTINGS) -> AskedMinute:
    asked, estimator = AskedMinute(settings), DriverStateEstimator(settings)
    for each in signals:
        asked.add(each, estimator.step(each))
    return asked


def narrow(*behaviours: dict[str, Any], **given: Any) -> AskedCalibration:
    return minute(*behaviours, person={"eye_aperture_mm": NARROW_MM}, **given).conclude()


def test_narrow_eyes_get_references_of_their_own() -> None:
    told = narrow(SHUT)
    for eye in (told.left, told.right):
        assert eye is not None
        assert eye.reference.open == pytest.approx(NARROW_OPEN, abs=0.05)
        assert eye.reference.closed == pytest.approx(SHUT_EYE, abs=0.04)
        assert eye.held_s == pytest.approx(SHUT_FOR_S, abs=0.8)
    assert told.references.left == told.left.reference  # type: ignore[union-attr]


def test_a_held_closure_is_believed_more_than_blinks() -> None:
    held, blinked = narrow(SHUT).left, narrow().left
    assert held is not None and blinked is not None
    assert blinked.held_s == 0.0 and blinked.blinks >= 3
    assert held.confidence > blinked.confidence


def test_eyes_that_were_never_shut_keep_a_typical_drivers_shut_eye() -> None:
    performance = performed(person={"eye_aperture_mm": 10.0})
    signals = SignalSampler(performance).sample(instants(0.0, 60.0, 30.0))
    wide = [s for s in signals if (s.eye_openness_left.value or 0.0) > 0.7]
    eye = watched(wide).conclude().left
    assert eye is not None and not eye.shut_seen
    assert eye.reference.closed == pytest.approx(SHUT_EYE, abs=0.02)


def test_mirrors_and_an_open_mouth_move_neither_forward_nor_eyes() -> None:
    calm = narrow(SHUT)
    busy = narrow(
        SHUT,
        {"type": "turn_head", "from_s": 10, "duration_s": 6, "yaw_deg": -40, "pitch_deg": 0},
        {"type": "yawn", "from_s": 45, "duration_s": 5},
    )
    assert busy.forward_yaw_rad == pytest.approx(calm.forward_yaw_rad, abs=0.03)
    assert busy.mouth_resting == pytest.approx(calm.mouth_resting, abs=0.03)
    assert busy.references.left.open == pytest.approx(calm.references.left.open, abs=0.03)


def test_how_far_from_the_road_a_head_still_teaches_is_the_owners_setting() -> None:
    signals = list(SignalSampler(performed(SHUT)).sample(instants(0.0, 60.0, 30.0)))
    strict = DriverStateSettings.model_validate({"personal": {"max_head_deg": 1.0}})
    told, strictly = watched(signals).conclude(), watched(signals, strict).conclude()
    assert strictly.left is not None and told.left is not None
    assert strictly.left.open_s < told.left.open_s
    assert strictly.forward_spread_rad <= np.hypot(1.0, 1.0) * np.pi / 180.0


def test_an_eye_that_was_hidden_is_taken_to_be_as_the_other() -> None:
    sampler = SignalSampler(performed(SHUT, person={"eye_aperture_mm": NARROW_MM}))
    hidden = Signal.missing(Unavailable.EYES_OCCLUDED)
    one_eyed = [
        replace(each, eye_openness_right=hidden)
        for each in sampler.sample(instants(0.0, 60.0, 30.0))
    ]
    told = watched(one_eyed).conclude()
    assert told.right is None
    assert told.references.right == told.references.left


@pytest.mark.parametrize(("eyewear", "worn"), [("none", False), ("glasses", True)])
def test_what_is_learned_with_glasses_is_kept_as_such(eyewear: str, worn: bool) -> None:
    told = minute(SHUT, person={"eyewear": {"type": eyewear}}).conclude()
    kept = profile_of_text(profile_text(told.profile("2026-11-30")))
    assert (kept.with_glasses is not None, kept.bare is None) == (worn, worn)
    assert kept.geometry == pytest.approx(told.geometry, abs=1e-4)


def test_too_little_of_open_eyes_is_one_sentence() -> None:
    with pytest.raises(UserError, match="open eyes were not seen"):
        minute(until_s=5.0).conclude()


def test_nobody_there_is_one_sentence() -> None:
    with pytest.raises(UserError, match="no face"):
        watched([Signals.without_face(t, Unavailable.NO_FACE) for t in (0.0, 1.0)]).conclude()


def test_the_course_shows_both_eyes_with_gaps() -> None:
    asked = minute({"type": "hide", "from_s": 20, "duration_s": 5, "by": "leaning_out"})
    course = asked.course()
    assert course.shape[1] == 3
    hidden = (course[:, 0] > 22) & (course[:, 0] < 24)
    assert np.isnan(course[hidden, 1:]).all() and not np.isnan(course[course[:, 0] < 18, 1:]).all()


def test_glasses_that_a_drive_could_not_tell_leave_the_references_to_bare_eyes() -> None:
    """Which are those in use while it cannot be told whether glasses are worn."""
    sampler = SignalSampler(performed(SHUT))
    unsure = [
        replace(each, glasses=Signal.of(0.6)) for each in sampler.sample(instants(0.0, 60.0, 30.0))
    ]
    kept = watched(unsure).conclude().profile("2026-11-30")
    assert kept.bare is not None and kept.with_glasses is None


def test_a_camera_that_stalls_within_a_blink_holds_no_closure() -> None:
    sampler = SignalSampler(performed())
    signals = list(sampler.sample(instants(0.0, 60.0, 30.0)))
    shut = Signal.of(0.2)
    for each in range(900, 902):
        signals[each] = replace(
            signals[each],
            t_s=signals[each].t_s + 0.9 * (each - 900),
            eye_openness_left=shut,
            eye_openness_right=shut,
        )
    signals[902:] = [replace(each, t_s=each.t_s + 0.9) for each in signals[902:]]
    told = watched(signals).conclude().left
    assert told is not None and told.held_s == 0.0


def test_a_hasty_minute_is_believed_as_far_as_its_file_says() -> None:
    """And the drive makes up for it: it is learned to the end."""
    hasty = minute(until_s=10.0, person={"eye_aperture_mm": NARROW_MM}).conclude()
    kept = profile_of_text(profile_text(hasty.profile("2026-11-30")))
    assert kept.confidence == pytest.approx(hasty.confidence, abs=1e-3)
    assert 0.0 < kept.confidence < 0.5
    estimator = DriverStateEstimator(SETTINGS, PersonalCalibration(SETTINGS, kept))
    performance = performed(duration_s=120.0, person={"eye_aperture_mm": NARROW_MM})
    told = [
        estimator.step(each).calibration
        for each in SignalSampler(performance).sample(instants(0.0, 120.0, 15.0))
    ]
    assert told[0].confidence == pytest.approx(kept.confidence, abs=0.02)
    assert told[0].progress < 1.0
    assert kept.bare is not None
    typical, own = OPEN_EYE, kept.bare.left.open
    between = typical + kept.confidence * (own - typical)
    assert told[0].references.left.open == pytest.approx(between, abs=0.02)
    assert told[-1].progress == 1.0
    assert told[-1].references.left.open == pytest.approx(NARROW_OPEN, abs=0.06)
