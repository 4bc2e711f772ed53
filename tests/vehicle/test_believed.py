"""What is believed of numbers that grow old, lie, jump and come late."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.vehicle.believed import (
    SPEED_KMH,
    STEERING_WHEEL_RAD,
    BelievedNumber,
    BelievedSwitch,
)
from edge_app.vehicle.state import VehicleState
from edge_app.vehicle.values import VehicleValues, believable

STALE_S = 2.0


def speed() -> BelievedNumber:
    return BelievedNumber(SPEED_KMH, STALE_S)


def test_number_is_known_until_it_is_too_old():
    number = speed()
    number.take(10.0, 50.0)
    assert number.at(10.0) == number.at(10.0 + STALE_S) == 50.0
    assert number.at(10.0 + STALE_S + 0.01) is None


def test_switch_is_known_until_it_is_too_old():
    switch = BelievedSwitch(STALE_S)
    switch.take(10.0, False)
    assert switch.at(10.0 + STALE_S) is False
    assert switch.at(10.0 + STALE_S + 0.01) is None


@pytest.mark.parametrize("nonsense", [400.1, -101.0, math.nan, math.inf, -math.inf, None])
def test_impossible_number_is_unknown_at_once_and_the_next_good_one_is_believed(nonsense):
    number = speed()
    number.take(0.0, 50.0)
    number.take(0.1, nonsense)
    assert number.at(0.1) is None
    number.take(0.2, 51.0)
    assert number.at(0.2) == 51.0


def test_single_jump_costs_itself_only():
    number = speed()
    for t_s, kmh in ((0.0, 50.0), (0.1, 180.0), (0.2, 50.0)):
        number.take(t_s, kmh)
        assert number.at(t_s) == (None if kmh == 180.0 else kmh)


def test_new_level_is_believed_once_it_has_lasted_a_second():
    number = speed()
    number.take(0.0, 0.0)
    believed_from = None
    for step in range(1, 31):
        number.take(step / 10, 90.0)
        if number.at(step / 10) == 90.0 and believed_from is None:
            believed_from = step / 10
    assert believed_from == pytest.approx(1.1, abs=0.11)


def test_receiver_that_tells_once_a_second_recovers_from_a_jump_too():
    number = BelievedNumber(SPEED_KMH, 3.0)
    told = []
    for second in range(6):
        number.take(float(second), 0.0 if second < 2 else 100.0)
        told.append(number.at(float(second)))
    assert told == [0.0, 0.0, None, 100.0, 100.0, 100.0]


def test_numbers_that_change_places_are_never_taken_for_a_new_level():
    """Two senders under one name: the level that was there first stays, the other is never believed."""
    number = speed()
    for step in range(200):
        number.take(step / 50, 30.0 if step % 2 == 0 else 130.0)
        assert number.at(step / 50) in (30.0, None)


def test_sustained_acceleration_beyond_tyres_is_doubted():
    number = speed()
    doubted = []
    for step in range(60):
        t_s = step / 50
        number.take(t_s, 25.0 * 3.6 * t_s)  # 25 m/s²
        doubted.append(number.at(t_s) is None)
    assert any(doubted)
    assert doubted.index(True) / 50 == pytest.approx(3.0 / (25.0 - 15.0), abs=0.05)


def test_after_a_silence_any_possible_number_is_believed():
    number = speed()
    number.take(0.0, 0.0)
    number.take(STALE_S + 0.1, 130.0)
    assert number.at(STALE_S + 0.1) == 130.0


@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 1.0),  # time to the next sample
            st.floats(-12.0, 12.0),  # acceleration until then, m/s²
            st.floats(0.0, 0.15),  # how late the sample comes, s
        ),
        min_size=1,
        max_size=60,
    ),
    st.floats(0.0, 60.0),
)
def test_whatever_tyres_can_do_is_believed_when_rounded_and_late(pieces, start_mps):
    number = speed()
    t_s, mps, arrived_s = 0.0, start_mps, -1.0
    for duration_s, mps2, late_s in pieces:
        arrived_s = max(arrived_s, t_s + late_s)  # a queue keeps the order
        number.take(arrived_s, float(round(mps * 3.6)))
        assert number.at(arrived_s) is not None
        mps = min(100.0, max(0.0, mps + mps2 * duration_s))
        t_s += duration_s


def test_wheel_turned_as_fast_as_a_steering_machine_is_believed_and_a_flip_is_not():
    wheel = BelievedNumber(STEERING_WHEEL_RAD, STALE_S)
    for step in range(200):
        t_s = step / 100
        wheel.take(t_s, math.radians(300) * math.sin(2 * math.pi * 0.7 * t_s))
        assert wheel.at(t_s) is not None
    wheel.take(2.0, 15.0)
    assert wheel.at(2.0) is None


def test_ignition_that_is_off_at_speed_and_reverse_at_speed_are_not_believed():
    assert believable(VehicleState(80.0, False, True, 0.1)) == VehicleState(80.0, None, None, 0.1)
    for state in (
        VehicleState(0.0, False, True),
        VehicleState(12.0, True, True),
        VehicleState(None, False, True),
        VehicleState(120.0, True, False),
    ):
        assert believable(state) == state


def test_values_of_a_lost_link_are_forgotten():
    values = VehicleValues(STALE_S, clock=lambda: 5.0)
    values.speed(50.0)
    values.ignition(True)
    values.reverse(False)
    values.steering_wheel(0.5)
    assert values.state() == VehicleState(50.0, True, False, 0.5)
    values.forget()
    assert values.state() == VehicleState()


def test_switches_may_live_longer_than_numbers():
    times = iter([0.0, 0.0, 0.0, 0.0, 5.0, 11.0])
    values = VehicleValues(STALE_S, 10.0, clock=lambda: next(times))
    values.speed(0.0)
    values.ignition(False)
    values.reverse(True)
    assert values.state() == VehicleState(None, False, True)
    assert values.state() == VehicleState()


def test_vehicle_that_says_it_stands_has_speed_0_where_none_is_told():
    values = VehicleValues(STALE_S, clock=itertools.count().__next__)
    values.moving(False)
    assert values.state().speed_kmh == 0.0
    values.moving(True)
    assert values.state().speed_kmh is None


def test_speed_is_told_without_the_sign_of_driving_backwards():
    values = VehicleValues(STALE_S, clock=lambda: 0.0)
    values.speed(-7.0)
    assert values.state().speed_kmh == 7.0
