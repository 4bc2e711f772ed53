"""Nothing that comes in crashes the estimators or the policy, or comes out off its scale."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.alerts.policy import AlertPolicy
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import DriverState
from edge_app.vehicle.state import VehicleState
from tests.alerts.ride import ALERTS, STATE

any_number = st.one_of(
    st.floats(0.0, 1.0),
    st.floats(),  # NaN, infinities, subnormal and huge numbers among them
    st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0, 0.2, 0.85, 1.0]),
)
any_reason = st.sampled_from(list(Unavailable))
any_signal = st.one_of(
    st.builds(Signal.of, any_number, any_number),
    st.builds(Signal.of, any_number),
    st.builds(Signal.missing, any_reason),
    st.just(Signal(None, None, None)),
    st.just(Signal(0.5, None, None)),
)
any_moment = st.builds(
    Signals,
    t_s=st.just(0.0),
    face_present=st.booleans(),
    no_face_reason=st.one_of(st.none(), any_reason),
    expression=st.one_of(st.none(), st.lists(any_number, max_size=8).map(tuple)),
    eye_openness_left=any_signal,
    eye_openness_right=any_signal,
    mouth_openness=any_signal,
    smile=any_signal,
    head_yaw_rad=any_signal,
    head_pitch_rad=any_signal,
    head_roll_rad=any_signal,
    gaze_yaw_rad=any_signal,
    gaze_pitch_rad=any_signal,
)
any_vehicle = st.builds(
    VehicleState,
    speed_kmh=st.one_of(st.none(), any_number),
    ignition_on=st.sampled_from([None, True, True, False]),
    reverse=st.sampled_from([None, True, False]),
)
# The same moment for a while, so that timers run and states are reached; steps of time from 1 us to a day.
any_stretch = st.tuples(
    any_moment,
    any_vehicle,
    st.integers(1, 120),
    st.one_of(st.just(1 / 30), st.just(0.2), st.floats(1e-6, 86400.0)),
    st.booleans(),
)


def assert_on_scale(state: DriverState) -> None:
    for closure in (state.closure.left, state.closure.right, state.closure.both):
        assert_signal(closure, 0.0, 1.3)
    assert_signal(state.mouth_openness, 0.0, 1.0)
    for angle in (state.head_yaw_rad, state.head_pitch_rad, state.head_roll_rad):
        assert_signal(angle, -math.pi, math.pi)
    assert 0.0 <= state.lid_episode.closed_s < math.inf
    assert_signal(state.blinks.rate_per_min, 0.0, 1e6)
    assert_signal(state.blinks.mean_duration_s, 0.0, STATE.lids.microsleep_s)
    assert_signal(state.blinks.mean_reopening_s, 0.0, STATE.lids.microsleep_s)
    if state.blinks.completed is not None:
        blink = state.blinks.completed
        assert min(blink.closing_s, blink.closed_s, blink.reopening_s) >= 0.0
        assert 0.0 <= blink.amplitude <= 1.3
        assert 0.0 <= blink.amplitude_velocity_ratio_s < math.inf
    assert 0.0 <= state.perclos.coverage <= 1.0
    for share in (state.perclos.share, state.perclos.share_without_blinks):
        assert share is None or 0.0 <= share <= 1.0
    assert state.yawn.count_10_min >= 0
    if state.yawn.completed is not None:
        assert state.yawn.completed.duration_s >= 0.0
        assert 0.0 <= state.yawn.completed.peak <= 1.0
    assert 0.0 <= state.glance.off_road_s < math.inf
    assert 0.0 <= state.glance.off_road_s_in_window <= STATE.glance.window_s + 1e-6
    for forward in (state.glance.forward_yaw_rad, state.glance.forward_pitch_rad):
        assert forward is None or abs(forward) <= math.pi
    assert state.presence.absent_s >= 0.0
    assert state.presence.eyes_unavailable_s >= 0.0
    assert state.drowsiness.level is None or 1.0 <= state.drowsiness.level <= 9.0
    assert 0.0 <= state.drowsiness.confidence <= 1.0
    assert 0.0 <= state.valid_frame_rate_hz < math.inf
    if state.expression is not None:
        assert all(0.0 <= p <= 1.0 + 1e-6 for p in state.expression.probabilities)
        assert 0 <= state.expression.label_index < len(state.expression.probabilities)


def assert_signal(signal: Signal, low: float, high: float) -> None:
    if signal.value is None:
        return
    assert low <= signal.value <= high
    assert signal.std is None or math.isfinite(signal.std)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(stretches=st.lists(any_stretch, min_size=1, max_size=8))
def test_wild_input_never_crashes_and_nothing_leaves_its_scale(
    stretches: list[tuple[Signals, VehicleState, int, float, bool]],
) -> None:
    estimator, policy = DriverStateEstimator(STATE), AlertPolicy(ALERTS)
    t_s = 0.0
    for moment, vehicle, count, interval_s, pressed in stretches:
        for index in range(count):
            t_s += interval_s
            state = estimator.step(replace(moment, t_s=t_s))
            assert_on_scale(state)
            step = policy.step(state, vehicle, acknowledged=pressed and index == 0)
            for event in step.events:
                assert math.isfinite(event.onset_s) and event.onset_s <= event.t_s
                assert all(
                    math.isfinite(value)
                    for value in event.values.values()
                    if isinstance(value, float)
                )
            assert step.voice is None or step.voice in step.active


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    moments=st.lists(
        st.tuples(any_moment, any_vehicle, st.floats(1e-6, 2.0)), min_size=1, max_size=60
    )
)
def test_wildly_jumping_input_never_crashes(
    moments: list[tuple[Signals, VehicleState, float]],
) -> None:
    estimator, policy = DriverStateEstimator(STATE), AlertPolicy(ALERTS)
    t_s = 0.0
    for moment, vehicle, interval_s in moments:
        t_s += interval_s
        state = estimator.step(replace(moment, t_s=t_s))
        assert_on_scale(state)
        policy.step(state, vehicle)
