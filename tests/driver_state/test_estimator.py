"""All estimators together: order of time, signals nobody can use, and no memory but that of the signals."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Unavailable
from tests.driver_state.traces import Driver


@pytest.mark.parametrize("t_s", [5.0, 4.0, math.nan, math.inf])
def test_time_that_does_not_go_on_is_refused(t_s: float) -> None:
    estimator = DriverStateEstimator(DriverStateSettings())
    estimator.step(Driver().signals(5.0))
    with pytest.raises(ValueError, match="does not come after"):
        estimator.step(replace(Driver().signals(6.0), t_s=t_s))


def test_refused_frame_leaves_no_trace() -> None:
    disturbed, calm = (DriverStateEstimator(DriverStateSettings()) for _ in range(2))
    for estimator in (disturbed, calm):
        estimator.step(Driver().signals(5.0))
    with pytest.raises(ValueError, match="does not come after"):
        disturbed.step(Driver().signals(4.0))
    assert disturbed.step(Driver().signals(5.1)) == calm.step(Driver().signals(5.1))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, -17.0])
def test_number_that_cannot_be_is_uncertain(value: float) -> None:
    broken = Signal.of(value, 0.05)
    signals = replace(
        Driver().signals(0.0),
        eye_openness_left=broken,
        mouth_openness=broken,
        head_yaw_rad=broken,
    )
    state = DriverStateEstimator(DriverStateSettings()).step(signals)
    assert state.closure.left.unavailable is Unavailable.UNCERTAIN
    assert state.closure.both.value == pytest.approx(0.0)
    assert state.mouth_openness.unavailable is Unavailable.UNCERTAIN
    assert state.head_yaw_rad.unavailable is Unavailable.UNCERTAIN


def test_number_a_little_off_its_scale_is_brought_back_to_it() -> None:
    signals = replace(Driver().signals(0.0), mouth_openness=Signal.of(1.07))
    state = DriverStateEstimator(DriverStateSettings()).step(signals)
    assert state.mouth_openness.value == 1.0


@pytest.mark.parametrize("expression", [(), (math.nan, 0.5), (1e308, 1e308), (-1.0, 2.0)])
def test_expression_that_is_no_distribution_is_left_out(expression: tuple[float, ...]) -> None:
    signals = replace(Driver().signals(0.0), expression=expression)
    assert DriverStateEstimator(DriverStateSettings()).step(signals).expression is None


def test_huge_spread_does_not_outweigh_or_crash() -> None:
    signals = replace(Driver().signals(0.0), eye_openness_left=Signal.of(0.2, 1e200))
    state = DriverStateEstimator(DriverStateSettings()).step(signals)
    assert state.closure.both.value == pytest.approx(0.0, abs=1e-3)
