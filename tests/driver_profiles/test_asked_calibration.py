"""A minute before the camera shows how far this driver's eyes open and shut, whenever in it they do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calibration.driver.profile_file import profile_of_text, profile_text
from calibration.driver.references import OPEN_EYE, SHUT_EYE
from driver_simulator.driver.signal_reading import SignalSampler
from edge_app.driver_profiles.asked_calibration import AskedCalibration, AskedMinute
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signals, Unavailable
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


def watched(signals: list[Signals]) -> AskedMinute:
    asked, estimator = AskedMinute(SETTINGS), DriverStateEstimator(SETTINGS)
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


def test_an_eye_that_was_hidden_is_taken_to_be_as_the_other() -> None:
    from dataclasses import replace

    from edge_app.driver_state.signals import Signal

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
