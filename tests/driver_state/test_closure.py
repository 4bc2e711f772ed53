"""How far the lids are down, against this driver's own references."""

from __future__ import annotations

import pytest

from calibration.driver.references import OPEN_EYE, SHUT_EYE
from edge_app.driver_state.closure import ClosureEstimator
from edge_app.driver_state.settings import DriverStateSettings, EyeReferences, LidSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import LidState
from tests.driver_state.traces import FRAME_RATES_HZ, Driver, always, during, watch

HIDDEN = Signal.missing(Unavailable.EYES_OCCLUDED)


def test_references_map_to_open_and_closed() -> None:
    estimator = ClosureEstimator(LidSettings())
    opened = estimator.step(Signal.of(OPEN_EYE, 0.05), Signal.of(OPEN_EYE, 0.05))
    closed = estimator.step(Signal.of(SHUT_EYE, 0.05), Signal.of(SHUT_EYE, 0.05))
    assert opened.both.value == pytest.approx(0.0)
    assert closed.both.value == pytest.approx(1.0)


def test_narrow_eyes_with_their_own_references_are_open() -> None:
    narrow = EyeReferences(open=0.4, closed=0.1)
    estimator = ClosureEstimator(LidSettings(left=narrow, right=narrow))
    closure = estimator.step(Signal.of(0.4, 0.05), Signal.of(0.4, 0.05))
    assert closure.both.value == pytest.approx(0.0)


def test_eye_opened_wider_than_its_reference_is_no_negative_closure() -> None:
    closure = ClosureEstimator(LidSettings()).step(Signal.of(1.0), Signal.of(1.0))
    assert closure.both.value == 0.0


def test_one_hidden_eye_leaves_the_other_to_judge() -> None:
    closure = ClosureEstimator(LidSettings()).step(HIDDEN, Signal.of(0.2, 0.05))
    assert closure.left.unavailable is Unavailable.EYES_OCCLUDED
    assert closure.both.value == pytest.approx(1.0)


def test_both_eyes_hidden_give_the_reason() -> None:
    closure = ClosureEstimator(LidSettings()).step(HIDDEN, HIDDEN)
    assert closure.both.value is None
    assert closure.both.unavailable is Unavailable.EYES_OCCLUDED


def test_surer_eye_weighs_more() -> None:
    unsure_shut, sure_open = Signal.of(SHUT_EYE, 0.3), Signal.of(OPEN_EYE, 0.05)
    both = ClosureEstimator(LidSettings()).step(unsure_shut, sure_open).both
    assert both.value is not None and both.value < 0.1


def test_two_eyes_are_surer_than_one() -> None:
    one = ClosureEstimator(LidSettings()).step(HIDDEN, Signal.of(0.5, 0.05)).both
    two = ClosureEstimator(LidSettings()).step(Signal.of(0.5, 0.05), Signal.of(0.5, 0.05)).both
    assert one.std is not None and two.std is not None and two.std < one.std


def test_references_too_close_to_tell_apart_are_refused() -> None:
    with pytest.raises(ValueError, match=r"at least 0\.1 above"):
        EyeReferences(open=0.3, closed=0.25)


def test_eyes_that_were_never_seen_open_are_not_closed_but_unknown() -> None:
    """A low cap from the start: what is read behind its peak is shut lids."""
    states = watch(Driver(closure=always(1.0)), 30.0)
    assert all(state.lid_episode.lids is LidState.UNKNOWN for state in states)
    assert {state.closure.both.unavailable for state in states} == {Unavailable.NOT_CALIBRATED}
    assert states[-1].presence.eyes_unavailable_s == pytest.approx(30.0, abs=0.1)


@pytest.mark.parametrize("frame_rate_hz", FRAME_RATES_HZ)
def test_eyes_seen_open_for_a_moment_may_be_closed_from_then_on(frame_rate_hz: float) -> None:
    seen_s = DriverStateSettings().lids.seen_open_s
    # Awake for a moment, with a blink in it, then shut.
    shut = during(1.0, (0.3, 0.5), (seen_s + 0.8, 1e9))
    states = watch(Driver(closure=shut), seen_s + 5.0, frame_rate_hz)
    assert states[-1].lid_episode.lids is LidState.CLOSED
    assert states[-1].closure.both.value == pytest.approx(1.0, abs=0.01)
