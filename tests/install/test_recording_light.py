"""The lamp of the camera: lit by frames that are looked at and by nothing else. A pretended pin, the real gpiozero."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from edge_app.alerts.outputs.output import OutputError
from edge_app.camera.frame import Frame
from edge_app.views.recording_light import RecordingLight

gpiozero = pytest.importorskip("gpiozero")
PIN = 25
STEP: Any = None  # the lamp reads frames only


@pytest.fixture
def pins() -> Iterator[Any]:
    from gpiozero.pins.mock import MockFactory

    before = gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory = MockFactory()
    yield gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory.reset()
    gpiozero.Device.pin_factory = before


def frame(index: int) -> Frame:
    return Frame(np.zeros((4, 4), dtype=np.uint8), index / 10, index)


def until(met: Callable[[], bool], within_s: float = 5.0) -> None:
    end_s = time.monotonic() + within_s
    while not met():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_lamp_is_lit_by_a_frame_and_dark_when_none_follows(pins: Any) -> None:
    light = RecordingLight(PIN, dark_after_s=0.2)
    assert pins.pin(PIN).state == 0
    light.step(frame(0), STEP)
    until(lambda: pins.pin(PIN).state == 1)
    until(lambda: pins.pin(PIN).state == 0)
    light.step(frame(1), STEP)
    until(lambda: pins.pin(PIN).state == 1)
    light.close()


def test_last_frame_shown_again_does_not_light_it(pins: Any) -> None:
    light = RecordingLight(PIN, dark_after_s=0.1)
    last = frame(0)
    light.step(last, STEP)
    until(lambda: pins.pin(PIN).state == 1)
    until(lambda: pins.pin(PIN).state == 0)
    for _ in range(20):
        light.step(last, STEP)
        light.step(None, STEP)
        time.sleep(0.01)
        assert pins.pin(PIN).state == 0
    light.close()


def test_end_of_the_program_darkens_it_at_once(pins: Any) -> None:
    light = RecordingLight(PIN, active_high=False, dark_after_s=60.0)
    light.step(frame(0), STEP)
    until(lambda: pins.pin(PIN).state == 0)  # lit: the lamp is to ground
    off: list[int] = []
    pins.pin(PIN).when_changed = lambda *_: off.append(pins.pin(PIN).state)
    light.close()
    light.close()
    assert not light._thread.is_alive()


def test_pin_that_is_taken_is_one_sentence(pins: Any) -> None:
    taken = gpiozero.OutputDevice(PIN)
    with pytest.raises(OutputError, match="recording light: GPIO 25 cannot be used"):
        RecordingLight(PIN)
    taken.close()


def test_pin_that_fails_later_is_told_to_the_loop(pins: Any) -> None:
    light = RecordingLight(PIN, dark_after_s=0.1)
    light._pin.close()  # as when the chip has gone

    def is_told() -> bool:
        try:
            light.step(frame(0), STEP)
        except OutputError as error:
            return f"GPIO {PIN} has failed" in str(error)
        return False

    until(is_told)
    light.close()
