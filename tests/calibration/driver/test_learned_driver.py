"""The parts of what is learned of a driver, each on its own."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.driver.alert_blinks import AlertBlinks, standardised
from calibration.driver.attentive_moment import AttentiveMoment
from calibration.driver.face_geometry import FaceGeometry
from calibration.driver.learned_driver import LearnedDriver
from calibration.driver.open_eye import OpenEye
from calibration.driver.reference_bounds import ALWAYS_SHUT, LEAST_OPENING, bounded_eye
from calibration.driver.references import OPEN_EYE, BlinkReference, EyeReference
from calibration.driver.shut_eye import ShutEye
from calibration.driver.steady_level import SteadyLevel
from calibration.driver.steady_yes import SteadyYes

CLOSED_FROM = 0.8


def moment(t_s: float, openness: float, **changed: float | None) -> AttentiveMoment:
    values = {"pitch": 0.0, "gaze_pitch": 0.0, **changed}
    return AttentiveMoment(
        t_s=t_s,
        left=openness,
        right=openness,
        mouth=0.05,
        yaw_rad=0.0,
        pitch_rad=values["pitch"] or 0.0,
        pitch_from_forward_rad=values["pitch"] or 0.0,
        gaze_yaw_rad=0.0,
        gaze_pitch_rad=values["gaze_pitch"],
        blinks_can_be_timed=True,
    )


def learned(openness: float, bottom: float | None, seconds: float = 60.0) -> LearnedDriver:
    driver = LearnedDriver(360.0, CLOSED_FROM, 0.05)
    for half in range(int(2 * seconds)):
        driver.learn(moment(half / 2, openness), 0.5)
        if bottom is not None and half % 8 == 0:
            driver.learn_blink((bottom, bottom), 0.9, 0.2, 8.0)
    return driver


def threshold(eye: EyeReference) -> float:
    """Openness from which on the eye counts as closed."""
    return eye.open - CLOSED_FROM * (eye.open - eye.closed)


def test_sample_that_raises_the_spread_is_rejected() -> None:
    chance = random.Random(1)
    level = SteadyLevel(360.0, 0.005)
    for _ in range(200):
        level.add(0.6 + chance.gauss(0.0, 0.02), 0.5, take_all_below_s=5.0)
    before = level.level
    assert not level.add(0.9, 0.5, take_all_below_s=5.0)
    assert level.level == before


def test_level_that_has_changed_for_good_is_followed() -> None:
    level = SteadyLevel(60.0, 0.01)
    for value in (0.6, 0.8):
        for _ in range(1000):
            level.add(value, 0.5, take_all_below_s=5.0)
    assert level.level == pytest.approx(0.8, abs=0.02)


def test_open_eye_tells_what_gaze_and_head_take_from_it() -> None:
    """Twice: what one of the two explains is no matter of the other."""
    chance = random.Random(2)
    eye = OpenEye(360.0)
    for _ in range(4000):
        pitch, down = chance.gauss(0.0, 0.08), max(0.0, chance.gauss(0.0, 0.25))
        eye.add(0.8 + 0.3 * pitch - 0.5 * down + chance.gauss(0.0, 0.01), pitch, down, 0.5)
    assert eye.level == pytest.approx(0.8, abs=0.03)
    assert eye.per_gaze_down == pytest.approx(0.5, abs=0.1)
    assert eye.per_head_pitch == pytest.approx(0.3, abs=0.1)


def test_shut_eye_is_the_floor_that_complete_blinks_reach() -> None:
    eye = ShutEye()
    for bottom in (0.3, 0.55, 0.31, 0.6, 0.3, 0.5, 0.29, 0.45, 0.32, 0.5):
        eye.add(bottom)
    assert eye.level == pytest.approx(0.3, abs=0.02)


def test_narrow_eye_without_blinks_counts_as_closed_where_a_typical_one_does() -> None:
    driver = LearnedDriver(360.0, CLOSED_FROM, 0.05)
    for half in range(200):
        one = moment(half / 2, 0.55)
        driver.learn(
            AttentiveMoment(
                *(one.t_s, one.left, one.right, one.mouth, 0.0, 0.0, 0.0, 0.0, 0.0),
                blinks_can_be_timed=False,
            ),
            0.5,
        )
    eye = driver.references().left
    assert driver.progress == 1.0
    assert eye.open == pytest.approx(0.55, abs=0.01)
    assert threshold(eye) == pytest.approx(threshold(EyeReference()), abs=1e-6)


def test_nothing_is_used_before_blinks_have_shown_an_alert_driver() -> None:
    assert learned(0.55, None).references().left.open == OPEN_EYE
    assert learned(0.55, 0.2).references().left.open == pytest.approx(0.55, abs=0.01)


@given(
    steps=st.lists(
        st.tuples(
            st.floats(0.0, 1.0),
            st.floats(0.0, 1.0),
            st.floats(-0.6, 0.6),
            st.one_of(st.none(), st.floats(-math.pi, math.pi)),
            st.integers(1, 60),
        ),
        max_size=12,
    )
)
def test_touching_lids_are_closed_and_open_ones_are_not_whatever_was_learned(
    steps: list[tuple[float, float, float, float | None, int]],
) -> None:
    driver, t_s = LearnedDriver(360.0, CLOSED_FROM, 0.05), 0.0
    for openness, bottom, pitch, gaze, count in steps:
        for _ in range(count):
            t_s += 0.5
            driver.learn(moment(t_s, openness, pitch=pitch, gaze_pitch=gaze), 0.5)
            driver.learn_blink((bottom, bottom), 1.0, 0.2, 8.0)
        for eye in (driver.references().left, driver.references().right):
            assert threshold(eye) >= ALWAYS_SHUT - 1e-9
            assert eye.open - threshold(eye) >= CLOSED_FROM * LEAST_OPENING - 1e-9
            assert eye == bounded_eye(eye, CLOSED_FROM)


def test_alert_blinks_are_fixed_once_there_are_enough() -> None:
    blinks = AlertBlinks()
    blinks.passed(1000.0)
    for count in range(400):
        blinks.add(1.0, 0.2 if count < 200 else 0.4, 8.0)
    reference = blinks.reference
    assert blinks.complete
    assert reference.blinks == 200
    assert reference.duration_mean_s == pytest.approx(0.2)


def test_few_blinks_or_too_little_time_are_no_reference() -> None:
    few, quick = AlertBlinks(), AlertBlinks()
    few.passed(1000.0)
    quick.passed(60.0)
    for count in range(100):
        if count < 10:
            few.add(1.0, 0.2, 8.0)
        quick.add(1.0, 0.2, 8.0)
    assert few.reference == quick.reference == BlinkReference()


def test_like_blinks_do_not_make_the_next_one_a_giant() -> None:
    blinks = AlertBlinks()
    blinks.passed(1000.0)
    for _ in range(30):
        blinks.add(1.0, 0.2, 8.0)
    told = standardised(blinks.reference, 1.0, 0.22, 8.0)
    assert told is not None
    assert told[0] == told[2] == pytest.approx(0.0)
    assert 0.0 < told[1] < 3.0
    assert standardised(blinks.reference, 1.0, 100.0, 0.0) == (0.0, 10.0, -10.0)


def test_before_alert_blinks_are_known_nothing_is_standardised() -> None:
    assert standardised(BlinkReference(), 1.0, 0.2, 8.0) is None


def test_another_face_is_told_from_the_same_one_that_sits_differently() -> None:
    chance = random.Random(3)
    face = (0.43, 0.02, 0.15, 0.71, 1.97)
    geometry = FaceGeometry()
    for _ in range(60):
        geometry.learn([ratio * (1 + chance.gauss(0, 0.005)) for ratio in face], 1.0)
    same = geometry.deviations([[1.005 * ratio for ratio in face]] * 20)
    other = geometry.deviations([(0.45, 0.05, 0.11, 0.65, 2.08)] * 20)
    assert same is not None and other is not None
    assert same < 1.0 < 4.0 < other


def test_face_of_another_model_cannot_be_compared() -> None:
    geometry = FaceGeometry()
    for _ in range(60):
        geometry.learn((0.4, 0.7), 1.0)
    assert geometry.deviations([(0.4, 0.7, 0.1)]) is None
    assert geometry.deviations([(math.nan, 0.7)]) is None


def test_answer_in_doubt_changes_nothing() -> None:
    worn = SteadyYes(3.0, max_gap_s=0.5)
    for frame in range(200):
        worn.step(frame / 30, 0.9)
    for frame in range(200, 600):
        assert worn.step(frame / 30, 0.5 if frame % 2 else None) is True
    for frame in range(600, 800):
        worn.step(frame / 30, 0.1)
    assert worn.told is False
