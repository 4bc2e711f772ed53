"""A trace holds what the vehicle told; one from before the steering wheel was told is read as ever."""

from __future__ import annotations

import json

from edge_app.trace.messages import INPUT, InputMessage
from edge_app.vehicle.state import VehicleState


def message(vehicle: VehicleState) -> InputMessage:
    return InputMessage(1.0, False, False, None, vehicle)


def test_steering_wheel_is_recorded_to_the_last_bit():
    given = message(VehicleState(50.0, True, False, 0.1 + 0.2))
    assert INPUT.decode(INPUT.encode(given)) == given
    assert "steering_wheel_rad" in json.dumps(INPUT.schema)


def test_older_message_without_the_steering_wheel_is_read():
    older = json.loads(INPUT.encode(message(VehicleState(50.0, True, False, 0.3))))
    del older["vehicle"]["steering_wheel_rad"]
    read = INPUT.decode(json.dumps(older).encode())
    assert read.vehicle == VehicleState(50.0, True, False, None)
