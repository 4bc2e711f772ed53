"""What the fleet hears of a driver: how far he is known, and never what was learned of him."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from calibration.driver.references import DriverReferences, EyeReference
from edge_app.driver_state.state import Calibration, DriverState, HeadDropState, NotLearning
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.state_message import Seen, compose_state
from edge_app.vehicle.state import VehicleState
from tests.views.drivers import driver

OWN = EyeReference(open=0.61803, closed=0.31415)


def sent(state: DriverState) -> dict[str, Any]:
    seen = Seen(state, (), VehicleState(), "ok")
    message = compose_state(seen, Instant(1.0, 2.0, True), "boot", TelemetrySettings())
    told: dict[str, Any] = json.loads(message.encoded())
    return told


def known(**changes: Any) -> DriverState:
    calibration = Calibration(
        progress=0.4,
        confidence=0.25,
        not_learning=NotLearning.DROWSY_SIGNS,
        glasses=True,
        driver_number=2,
        references=DriverReferences(left=OWN, right=OWN, mouth_resting=0.2718),
    )
    return replace(driver(1.0), calibration=replace(calibration, **changes))


def test_calibration_tells_how_far_and_why_not() -> None:
    assert sent(known())["calibration"] == {
        "progress": 0.4,
        "confidence": 0.25,
        "not_learning": "drowsy_signs",
        "glasses": True,
        "driver_number": 2,
    }
    assert sent(known(not_learning=None, glasses=None))["calibration"]["not_learning"] is None


def test_nothing_that_was_learned_leaves_the_vehicle() -> None:
    text = json.dumps(sent(known()))
    for learned in ("0.618", "0.314", "0.271"):
        assert learned not in text


def test_drowsiness_comes_with_its_probability_and_what_it_rests_on() -> None:
    state = driver(1.0)
    drowsiness = replace(state.drowsiness, probability=0.1234, by_eyes=False)
    told = sent(replace(state, drowsiness=drowsiness))["drowsiness"]
    assert (told["probability"], told["by_eyes"]) == (0.1234, False)


def test_head_drops_are_counted() -> None:
    state = replace(driver(1.0), head_drops=HeadDropState(True, 3, None))
    assert sent(state)["head_drops"] == {"in_progress": True, "count_10_min": 3}
