"""What answers to OBD-II mode 01 say of the vehicle, however they came."""

from __future__ import annotations

from edge_app.vehicle.values import VehicleValues

CURRENT_DATA = 0x01
SPEED = 0x0D  # one byte, km/h
ENGINE_SPEED = 0x0C  # two bytes, quarters of a turn a minute
ENGINE_SPEED_EVERY = 5  # questions
UNANSWERED = 5  # questions after which nobody is there

_ANSWER = 0x40 + CURRENT_DATA


def take_answer(answer: bytes, values: VehicleValues) -> bool:
    """Whether `answer`, without its length, tells a value."""
    if len(answer) < 3 or answer[0] != _ANSWER:
        return False
    if answer[1] == SPEED:
        values.speed(float(answer[2]))
        return True
    if answer[1] == ENGINE_SPEED and len(answer) >= 4:
        # Engines stop at traffic lights, and electric ones always: a standing engine says nothing of the ignition.
        values.ignition(True if answer[2] or answer[3] else None)
        return True
    return False


def question(number: int) -> int:
    """Which of the two the question of this number, from 0 on, is for."""
    return ENGINE_SPEED if number % ENGINE_SPEED_EVERY == 1 else SPEED


def obd_values(stale_after_s: float, ask_every_s: float) -> VehicleValues:
    """The engine is asked for less often than the speed, and may be older."""
    switches_s = max(stale_after_s, 2.5 * ENGINE_SPEED_EVERY * ask_every_s)
    return VehicleValues(stale_after_s, switches_s)
