"""While a driver is being learned, overlay, live page and status line say how far it has come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calibration.driver.references import DriverReferences
from edge_app.alerts.policy import PolicyStep
from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.driver_state.state import UNCALIBRATED, Calibration, DriverState, NotLearning
from edge_app.monitor import MonitorStep
from edge_app.telemetry.telemetry import TelemetryStatus
from edge_app.views.calibration_words import calibrating
from edge_app.views.gauges import calibration_gauge
from edge_app.views.live_feed import Shown, state_message
from edge_app.views.overlay import draw_overlay
from edge_app.views.status_lines import status_line
from tests.views.drivers import driver


def learning(progress: float, reason: NotLearning | None = None) -> Calibration:
    return Calibration(progress, 0.5, reason, False, 1, DriverReferences())


def at(calibration: Calibration) -> DriverState:
    return replace(driver(5.0), calibration=calibration)


@pytest.mark.parametrize(
    ("calibration", "words"),
    [
        (learning(0.4), "calibrating 40%"),
        (learning(0.999), "calibrating 99%"),
        (learning(0.4, NotLearning.LOOKING_AWAY), "calibrating 40%, waits (looking away)"),
        (learning(1.0), None),
        (learning(1.0, NotLearning.LEARNED), None),
        (UNCALIBRATED, None),
    ],
)
def test_words_say_how_far_and_what_it_waits_for(
    calibration: Calibration, words: str | None
) -> None:
    assert calibrating(calibration) == words


def test_page_has_a_gauge_that_fills_and_then_says_known() -> None:
    gauge = calibration_gauge(at(learning(0.4)))
    assert (gauge.text, gauge.fraction) == ("calibrating 40%", 0.4)
    assert calibration_gauge(at(learning(1.0))).text.startswith("known")
    assert calibration_gauge(at(UNCALIBRATED)).fraction is None


def test_live_message_carries_gauge_and_columns() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    message: Any = state_message(Shown(1, picture, at(learning(0.4)), (), None))
    assert message["gauges"][-1]["text"] == "calibrating 40%"
    assert message["signals"]["calibration_progress"] == 0.4
    assert message["signals"]["driver_number"] == 1


def test_overlay_shows_it_only_while_it_goes_on() -> None:
    frame = Frame(np.full((480, 640, 3), 90, np.uint8), 5.0, 0)
    pictures = {
        progress: draw_overlay(frame, None, at(learning(progress)), ())
        for progress in (0.4, 0.9, 1.0)
    }
    assert (pictures[0.4] != pictures[1.0]).any() and (pictures[0.4] != pictures[0.9]).any()
    without = draw_overlay(frame, None, at(learning(1.0, NotLearning.LEARNED)), ())
    assert (pictures[1.0] == without).all()


def test_status_line_says_it_in_passing() -> None:
    def line(calibration: Calibration) -> str:
        signals = Signals.without_face(5.0, Unavailable.NO_FACE)
        step = MonitorStep(None, None, signals, at(calibration), PolicyStep((), None, ()))
        return status_line(step, TelemetryStatus(enabled=False))

    assert "calibrating 40%" in line(learning(0.4))
    assert "calibrating" not in line(learning(1.0))
