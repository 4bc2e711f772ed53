"""What is learned of a driver while driving, when not, and that what is in use never moves under a closure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.driver.reference_bounds import (
    ALWAYS_SHUT,
    CLOSED_RANGE,
    LEAST_OPENING,
    OPEN_RANGE,
)
from calibration.driver.references import OPEN_EYE, SHUT_EYE, DriverReferences
from edge_app.alerts.settings import AlertSettings
from edge_app.driver_state.driving import Driving
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings, EyeReferences
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import (
    ClosureKind,
    DriverState,
    LidState,
    NotLearning,
    OffRoad,
)
from edge_app.judgement import DriverJudge, Moment
from edge_app.vehicle.state import VehicleState
from tests.driver_state.traces import (
    Driver,
    always,
    at,
    blinking,
    during,
    frame_times,
    line,
    sample,
)

SETTINGS = DriverStateSettings()
NARROW = 0.45  # closure that a typical driver's references make of the open eye
FAST = Driving(speed_kmh=90.0)
LEARNS_WITHIN_S = 120.0
RATE_HZ = 24.0


def frames(duration_s: float) -> list[float]:
    return frame_times(duration_s, RATE_HZ)


def eyes(open_closure: float = 0.0, shut_closure: float = 1.0, every_s: float = 4.0) -> Driver:
    """Blinks between two levels, as typical references have them."""
    blink = blinking(every_s)
    span = shut_closure - open_closure
    return Driver(closure=lambda t_s: open_closure + span * blink(t_s))


def watched(
    signals: Iterable[Signals],
    driving: Driving = FAST,
    settings: DriverStateSettings = SETTINGS,
) -> list[DriverState]:
    estimator = DriverStateEstimator(settings)
    return [estimator.step(moment, driving) for moment in signals]


def drive(driver: Driver, duration_s: float, driving: Driving = FAST) -> list[DriverState]:
    return watched(sample(driver, frames(duration_s)), driving)


def test_narrow_eyes_are_learned_within_two_minutes() -> None:
    states = drive(eyes(NARROW), LEARNS_WITHIN_S)
    calibration = states[-1].calibration
    truth = OPEN_EYE - NARROW * (OPEN_EYE - SHUT_EYE)
    assert calibration.progress == 1.0
    assert calibration.references.left.open == pytest.approx(truth, abs=0.02)
    assert calibration.references.left.closed == pytest.approx(SHUT_EYE, abs=0.03)
    assert states[-1].closure.both.value == pytest.approx(0.0, abs=0.05)


def test_before_anything_is_learned_closure_is_that_of_a_typical_driver() -> None:
    for state in drive(eyes(), 8.0):
        assert state.calibration.references.left.open == OPEN_EYE
        assert state.calibration.references.left.closed == SHUT_EYE


def test_shut_eye_that_reads_high_behind_lenses_is_known_as_shut() -> None:
    """Blinks that end at 0.72 of a typical closure: never closed, until they have been learned."""
    signals = sample(eyes(shut_closure=0.72), frames(110.0))
    asleep = Driver(closure=always(0.72))
    signals += [asleep.signals(110.1 + t_s) for t_s in frames(4.0)]
    states = watched(signals)
    assert states[-1].lid_episode.kind is ClosureKind.SLEEP
    off = SETTINGS.model_copy(
        update={"personal": SETTINGS.personal.model_copy(update={"enabled": False})}
    )
    assert watched(signals, settings=off)[-1].lid_episode.kind is ClosureKind.NONE


@pytest.mark.parametrize(
    ("driver", "driving", "reason"),
    [
        (eyes(), Driving(speed_kmh=5.0), NotLearning.TOO_SLOW),
        (
            replace(eyes(), eyes_missing=lambda t_s: Unavailable.EYES_OCCLUDED),
            FAST,
            NotLearning.EYES_UNAVAILABLE,
        ),
        (
            replace(eyes(), mouth=during(0.5, (20.0, 1e9), otherwise=0.05)),
            FAST,
            NotLearning.FACE_BUSY,
        ),
        (replace(eyes(), smile=during(0.9, (20.0, 1e9))), FAST, NotLearning.FACE_BUSY),
        (replace(eyes(), yaw_deg=during(18.0, (20.0, 1e9))), FAST, NotLearning.HEAD_TURNED),
        (replace(eyes(), yaw_deg=during(50.0, (20.0, 1e9))), FAST, NotLearning.LOOKING_AWAY),
    ],
)
def test_says_why_nothing_is_learned(driver: Driver, driving: Driving, reason: NotLearning) -> None:
    states = drive(driver, 30.0, driving)
    assert at(states, 24.0).calibration.not_learning is reason
    assert states[-1].calibration.progress == at(states, 22.0).calibration.progress


def test_face_that_reads_as_smiling_at_rest_is_learned_all_the_same() -> None:
    states = drive(replace(eyes(), smile=always(0.86)), 130.0)
    assert at(states, 15.0).calibration.not_learning is NotLearning.FACE_BUSY
    assert states[-1].calibration.progress == 1.0


def test_minute_of_laughing_is_no_rest() -> None:
    laughs = replace(eyes(), smile=during(0.86, (40.0, 100.0), otherwise=0.1))
    states = drive(laughs, 100.0)
    laughing = {state.calibration.not_learning for state in states if state.t_s > 41.5}
    assert laughing <= {NotLearning.FACE_BUSY, NotLearning.LOOKING_AWAY}


def test_switched_off_it_learns_nothing() -> None:
    off = SETTINGS.personal.model_copy(update={"enabled": False})
    states = watched(
        sample(eyes(NARROW), frames(100.0)),
        settings=SETTINGS.model_copy(update={"personal": off}),
    )
    assert states[-1].calibration.not_learning is NotLearning.OFF
    assert states[-1].calibration.references.left.open == OPEN_EYE


def test_unknown_speed_is_driving() -> None:
    assert drive(eyes(), 20.0, Driving())[-1].calibration.progress > 0.1


def test_drowsy_driver_teaches_nothing() -> None:
    """Lids that droop to a third, and blinks that take half a second."""
    blink = blinking(4.0, length_s=0.45)
    states = drive(Driver(closure=lambda t_s: max(0.3, blink(t_s))), 150.0)
    opened = [state.calibration.references.left.open for state in states]
    assert set(opened) == {OPEN_EYE}
    assert states[-1].calibration.not_learning is NotLearning.DROWSY_SIGNS


def test_microsleep_ends_the_learning_for_minutes_and_takes_back_what_is_new() -> None:
    shut = during(1.0, (100.0, 102.5))
    blink = blinking(4.0)
    driver = Driver(closure=lambda t_s: max(NARROW + (1 - NARROW) * blink(t_s), shut(t_s)))
    states = drive(driver, 150.0)
    assert at(states, 99.0).calibration.progress == 1.0
    after = at(states, 104.0).calibration
    assert after.not_learning is NotLearning.DROWSY_SIGNS
    assert after.progress == 0.0
    assert states[-1].calibration.references.left.open == pytest.approx(OPEN_EYE, abs=0.01)


def test_references_do_not_move_while_the_eyes_are_shut() -> None:
    """Half learned, so that they would."""
    shut = during(1.0, (60.0, 64.0))
    blink = blinking(4.0)
    driver = Driver(closure=lambda t_s: max(NARROW + (1 - NARROW) * blink(t_s), shut(t_s)))
    states = drive(driver, 66.0)
    shut_states = [state for state in states if 60.1 <= state.t_s < 64.0]
    before = at(states, 59.9).calibration.references.left
    assert before.open < OPEN_EYE - 0.02
    assert {state.calibration.references.left.open for state in shut_states} == {
        shut_states[0].calibration.references.left.open
    }
    assert at(states, 63.9).lid_episode.kind is ClosureKind.SLEEP


def test_what_is_in_use_moves_slowly() -> None:
    states = drive(eyes(NARROW), 150.0)
    opened = [state.calibration.references.left.open for state in states]
    fastest = max(abs(b - a) for a, b in pairwise(opened))
    assert fastest <= SETTINGS.personal.change_per_s / RATE_HZ + 1e-9


def test_droop_after_learning_lowers_the_open_eye_by_little() -> None:
    blink = blinking(4.0)
    droop = line((100.0, 0.0), (130.0, 0.35))
    driver = Driver(closure=lambda t_s: droop(t_s) + (1 - droop(t_s)) * blink(t_s))
    states = drive(driver, 300.0)
    known = at(states, 99.0).calibration.references.left.open
    least = known - SETTINGS.personal.max_droop
    assert states[-1].calibration.references.left.open >= least - 1e-6


def test_owners_references_win() -> None:
    own = EyeReferences(open=0.6, closed=0.1)
    lids = SETTINGS.lids.model_copy(update={"left": own})
    states = watched(
        sample(eyes(NARROW), frames(100.0)),
        settings=SETTINGS.model_copy(update={"lids": lids}),
    )
    references = states[-1].calibration.references
    assert (references.left.open, references.left.closed) == (0.6, 0.1)
    assert references.right.open != OPEN_EYE
    assert {state.calibration.references.left.open for state in states} == {0.6}


def test_old_settings_with_references_are_still_valid() -> None:
    read = DriverStateSettings.model_validate(
        {"lids": {"left": {"open": 0.8, "closed": 0.1}, "right": {"open": 0.8, "closed": 0.1}}}
    )
    assert read.lids.left == EyeReferences(open=0.8, closed=0.1)


GLANCES_S = 250.0


def looking_down(signals: Iterable[Signals], down_deg: float, from_s: float) -> Iterator[Signals]:
    """Gaze is level, then down; lids that follow are the driver's own affair."""
    for moment in signals:
        angle = -down_deg if moment.t_s >= from_s else 0.0
        level = Signal.of(math.radians(angle), 0.05)
        yield replace(moment, gaze_pitch_rad=level, gaze_yaw_rad=Signal.of(0.0, 0.05))


def glances_down() -> list[Signals]:
    """Every ten seconds the instruments for two: eyes 20 degrees down, lids a quarter down."""
    spans = [(10.0 * n + 6.0, 10.0 * n + 8.0) for n in range(1, 25)]
    down, blink = during(0.25, *spans), blinking(4.0)
    driver = Driver(closure=lambda t_s: max(down(t_s), blink(t_s)))
    gaze = during(math.radians(-20.0), *spans)
    return [
        replace(
            moment,
            gaze_pitch_rad=Signal.of(gaze(moment.t_s), 0.05),
            gaze_yaw_rad=Signal.of(0.0, 0.05),
        )
        for moment in sample(driver, frames(GLANCES_S))
    ]


@cache
def _learned_by_glances() -> DriverStateEstimator:
    estimator = DriverStateEstimator(SETTINGS)
    for moment in glances_down():
        estimator.step(moment, FAST)
    return estimator


def after_glances(signals: Iterable[Signals]) -> list[DriverState]:
    estimator = deepcopy(_learned_by_glances())
    return [estimator.step(moment, FAST) for moment in signals]


def test_lids_that_follow_the_eye_are_learned() -> None:
    learned = _learned_by_glances().personal.in_use.left
    truth = 0.25 * (OPEN_EYE - SHUT_EYE) / math.radians(20.0)
    assert learned.open == pytest.approx(OPEN_EYE, abs=0.02)
    assert learned.open_per_gaze_down == pytest.approx(truth, rel=0.35)


def test_lids_cast_down_stay_a_glance_however_the_gaze_explains_them() -> None:
    cast_down = Driver(closure=always(0.7))
    lap = [cast_down.signals(GLANCES_S + 0.1 + t_s) for t_s in frames(4.0)]
    states = after_glances(looking_down(lap, 35.0, 0.0))
    assert states[-1].lid_episode.lids is LidState.CAST_DOWN
    assert states[-1].glance.why is OffRoad.LIDS_CAST_DOWN


def test_eye_that_is_shut_is_closed_to_perclos_too_however_far_down_it_looks() -> None:
    asleep = Driver(closure=always(1.0))
    shut = [asleep.signals(GLANCES_S + 0.1 + t_s) for t_s in frames(30.0)]
    states = after_glances(looking_down(shut, 35.0, 0.0))
    assert (states[-1].perclos.share or 0.0) > 0.4


def test_blinks_are_told_against_the_drivers_own_alert_ones() -> None:
    lengths = [0.16, 0.18, 0.2, 0.22, 0.24]

    def closure(t_s: float) -> float:
        length_s = lengths[int(t_s / 3.0) % len(lengths)] if t_s < 420.0 else 0.45
        third_s, phase_s = length_s / 3, t_s % 3.0
        return max(0.0, min(1.0, phase_s / third_s, (length_s - phase_s) / third_s))

    states = drive(Driver(closure=closure), 435.0)
    told = [state for state in states if state.blinks.standardised is not None]
    assert told and told[0].t_s > 60.0 + 180.0
    usual = [state.blinks.standardised for state in told if state.t_s < 420.0]
    durations = [one[1] for one in usual if one is not None]
    assert sum(durations) / len(durations) == pytest.approx(0.0, abs=0.4)
    assert max(map(abs, durations)) < 3.0
    slow = [state.blinks.standardised for state in told if state.t_s >= 421.0]
    assert all(one is not None and one[1] > 3.0 and one[2] < -1.0 for one in slow)


def test_references_survive_parking_within_the_drive() -> None:
    judge = DriverJudge(SETTINGS, AlertSettings())
    moving, standing = VehicleState(90.0, True), VehicleState(0.0, False)
    for signals in sample(eyes(NARROW), frames(LEARNS_WITHIN_S)):
        last = judge.step(Moment(signals, moving))
    learned = last.state.calibration.references.left.open
    for signals in sample(eyes(NARROW), frames(20.0)):
        moved = replace(signals, t_s=signals.t_s + LEARNS_WITHIN_S + 0.1)
        last = judge.step(Moment(moved, standing))
    assert last.state.calibration.references.left.open == learned
    assert last.state.calibration.driver_number == 1
    assert last.state.calibration.not_learning is NotLearning.TOO_SLOW


def test_drive_may_start_from_a_known_driver() -> None:
    judge = DriverJudge(SETTINGS, AlertSettings())
    for signals in sample(eyes(NARROW), frames(LEARNS_WITHIN_S)):
        last = judge.step(Moment(signals, VehicleState(90.0, True)))
    profile = judge.estimator.personal.profile(created="2026-11-30", last_used="2026-11-30")
    assert profile is not None
    known = DriverJudge(SETTINGS, AlertSettings(), profile)
    first = known.step(Moment(eyes(NARROW).signals(0.0), VehicleState(90.0, True)))
    assert first.state.calibration.progress == 1.0
    assert first.state.calibration.references.left.open == pytest.approx(
        last.state.calibration.references.left.open, abs=0.01
    )


FACE_A, FACE_B = (0.434, 0.020, 0.148, 0.708), (0.446, 0.035, 0.118, 0.640)


def with_face(
    signals: Iterable[Signals], geometry: tuple[float, ...] | None, from_s: float = 0.0
) -> list[Signals]:
    return [replace(one, t_s=one.t_s + from_s, face_geometry=geometry) for one in signals]


def after_a_stop(
    before: tuple[float, ...] | None, after: tuple[float, ...] | None, gone_again: bool = False
) -> DriverState:
    judge = DriverJudge(SETTINGS, AlertSettings())
    moving, standing = VehicleState(90.0, True), VehicleState(0.0, False)
    for signals in with_face(sample(eyes(NARROW), frames(LEARNS_WITHIN_S)), before):
        judge.step(Moment(signals, moving))
    for t_s in frames(30.0):
        gone = Signals.without_face(121.0 + t_s, Unavailable.NO_FACE)
        judge.step(Moment(gone, standing))
    if gone_again:
        for signals in with_face(sample(eyes(NARROW), frames(1.0)), None, 152.0):
            judge.step(Moment(signals, moving))
        for t_s in frames(6.0):
            judge.step(Moment(Signals.without_face(154.0 + t_s, Unavailable.NO_FACE), moving))
    for signals in with_face(sample(eyes(NARROW), frames(14.0)), after, 161.0):
        last = judge.step(Moment(signals, moving))
    return last.state


def test_another_driver_after_a_stop_is_learned_afresh() -> None:
    calibration = after_a_stop(FACE_A, FACE_B).calibration
    assert calibration.driver_number == 2
    assert calibration.references.left.open == OPEN_EYE


def test_same_driver_after_a_stop_is_still_known() -> None:
    calibration = after_a_stop(FACE_A, tuple(1.002 * ratio for ratio in FACE_A)).calibration
    assert calibration.driver_number == 1
    assert calibration.references.left.open < OPEN_EYE - 0.2


def test_face_whose_proportions_cannot_be_told_after_a_stop_is_taken_for_another() -> None:
    assert after_a_stop(None, None).calibration.driver_number == 2


def test_driver_who_is_hidden_before_being_told_from_the_one_before_the_stop_is_another() -> None:
    assert after_a_stop(None, None, gone_again=True).calibration.driver_number == 2


def test_face_that_is_covered_for_a_while_on_the_road_stays_the_same_driver() -> None:
    signals = with_face(sample(eyes(NARROW), frames(90.0)), FACE_A)
    signals += [Signals.without_face(91.0 + t_s, Unavailable.TOO_DARK) for t_s in frames(20.0)]
    signals += with_face(sample(eyes(NARROW), frames(10.0)), FACE_A, 112.0)
    assert watched(signals)[-1].calibration.driver_number == 1


def test_glasses_have_references_of_their_own() -> None:
    bare = [
        replace(one, glasses=Signal.of(0.05, 0.2))
        for one in sample(eyes(), frames(LEARNS_WITHIN_S))
    ]
    worn = [
        replace(one, t_s=one.t_s + 121.0, glasses=Signal.of(0.95, 0.2))
        for one in sample(eyes(0.2, 0.72), frames(150.0))
    ]
    again = [replace(one, t_s=one.t_s + 272.0) for one in bare[: 60 * 24]]
    states = watched([*bare, *worn, *again])
    put_on, taken_off = at(states, 270.0).calibration, states[-1].calibration
    assert (put_on.glasses, taken_off.glasses) == (True, False)
    truth = OPEN_EYE - 0.72 * (OPEN_EYE - SHUT_EYE)
    assert put_on.references.left.closed == pytest.approx(truth, abs=0.03)
    assert taken_off.progress == 1.0
    assert taken_off.references.left.closed == pytest.approx(SHUT_EYE, abs=0.03)


def test_glasses_seen_for_a_second_change_nothing() -> None:
    flicker = during(0.9, (50.0, 51.0), otherwise=0.05)
    signals = [
        replace(one, glasses=Signal.of(flicker(one.t_s), 0.2))
        for one in sample(eyes(), frames(60.0))
    ]
    assert {state.calibration.glasses for state in watched(signals)[240:]} == {False}


SIGNAL_NAMES = (
    *("eye_openness_left", "eye_openness_right", "mouth_openness", "smile"),
    *("head_yaw_rad", "head_pitch_rad", "head_roll_rad", "gaze_yaw_rad", "gaze_pitch_rad"),
)
reading = st.one_of(st.floats(-3.0, 3.0), st.just(math.nan), st.none())


@st.composite
def wild(draw: st.DrawFn) -> list[Signals]:
    """Anything, in any order, with gaps; time alone goes on."""
    t_s, moments = 0.0, []
    for _ in range(draw(st.integers(1, 6))):
        held = [draw(reading) for _ in range(9)]
        worn, step_s = draw(reading), draw(st.sampled_from((0.02, 0.04, 0.3, 1.0, 7.0)))
        geometry = draw(st.one_of(st.none(), st.tuples(st.floats(), st.floats())))
        for count in range(draw(st.integers(1, 150))):
            t_s += step_s
            signals = [
                Signal.missing(Unavailable.UNCERTAIN) if value is None else Signal.of(value, 0.05)
                for value in held
            ]
            if count % 40 in (20, 21, 22, 23):
                signals[0] = signals[1] = Signal.of(draw(st.floats(0.0, 1.0)), 0.05)
            anything: dict[str, Any] = dict(zip(SIGNAL_NAMES, signals, strict=True))
            still = Signals.without_face(t_s, Unavailable.UNCERTAIN)
            moments.append(
                replace(
                    still,
                    face_present=True,
                    no_face_reason=None,
                    glasses=Signal.missing(Unavailable.UNCERTAIN)
                    if worn is None
                    else Signal.of(worn),
                    face_geometry=geometry,
                    **anything,
                )
            )
    return moments


@settings(max_examples=40, deadline=None)
@given(moments=wild())
def test_whatever_is_read_references_stay_possible(moments: list[Signals]) -> None:
    closed_from = SETTINGS.lids.closed_from
    states = watched(moments, Driving())
    for before, state in pairwise(states):
        if state.lid_episode.kind is not ClosureKind.NONE:
            now, then = state.calibration.references, before.calibration.references
            assert (now.left, now.right) == (then.left, then.right)
    for state in states:
        calibration = state.calibration
        assert 0.0 <= calibration.progress <= 1.0 and 0.0 <= calibration.confidence <= 1.0
        for eye in (calibration.references.left, calibration.references.right):
            assert OPEN_RANGE[0] <= eye.open <= OPEN_RANGE[1]
            assert CLOSED_RANGE[0] <= eye.closed <= CLOSED_RANGE[1]
            assert eye.open - eye.closed >= LEAST_OPENING - 1e-9
            # Touching lids are always closed.
            assert eye.open - closed_from * (eye.open - eye.closed) >= ALWAYS_SHUT - 1e-9
            assert 0.0 <= eye.open_per_gaze_down <= 1.0
            assert abs(eye.open_per_head_pitch) <= 0.6
        mouth = calibration.references.mouth_resting
        assert mouth is None or 0.0 <= mouth <= 1.0


def test_default_references_are_possible() -> None:
    eye = DriverReferences().left
    assert OPEN_RANGE[0] <= eye.open <= OPEN_RANGE[1]
    assert eye.open - SETTINGS.lids.closed_from * (eye.open - eye.closed) >= ALWAYS_SHUT
