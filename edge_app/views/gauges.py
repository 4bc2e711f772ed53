"""The gauges of the overlay: from the driver state to what a bar shows, or why it shows nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import DriverState, NotLearning
from edge_app.views import legend
from edge_app.views.calibration_words import calibrating


class Severity(IntEnum):
    """How much a value asks to be looked at."""

    CALM = 0
    RAISED = 1
    HIGH = 2


@dataclass(frozen=True, slots=True)
class Gauge:
    """One bar.

    fraction: 0..1 of the bar filled; None when the signal is unavailable, and then `text` is the reason.
    tick: where on the bar the value begins to matter. coverage: share of the window behind the value.
    """

    label: str
    text: str
    fraction: float | None
    severity: Severity
    tick: float | None = None
    coverage: float | None = None


def gauges(state: DriverState) -> tuple[Gauge, ...]:
    """In the order in which they are drawn."""
    return (
        _closure("Closure L", state.closure.left),
        _closure("Closure R", state.closure.right),
        _perclos(state),
        _mouth(state),
        _off_road(state),
        _drowsiness(state),
    )


def calibration_gauge(state: DriverState) -> Gauge:
    """How far this driver is known."""
    calibration = state.calibration
    if calibration.not_learning is NotLearning.OFF:
        return Gauge("This driver", "calibration off", None, Severity.CALM)
    text = calibrating(calibration) or f"known, confidence {calibration.confidence:.2f}"
    return Gauge("This driver", text, _share(calibration.progress), Severity.CALM)


def _missing(label: str, reason: Unavailable | None, coverage: float | None = None) -> Gauge:
    word = (reason or Unavailable.UNCERTAIN).value
    return Gauge(label, legend.plain(word), None, Severity.CALM, coverage=coverage)


def _usable(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _severity(value: float, raised: float, high: float) -> Severity:
    if value >= high:
        return Severity.HIGH
    return Severity.RAISED if value >= raised else Severity.CALM


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))


def _closure(label: str, signal: Signal) -> Gauge:
    if signal.value is None or not _usable(signal.value):
        return _missing(label, signal.unavailable)
    severity = _severity(signal.value, 0.5, legend.CLOSED_FROM)
    return Gauge(label, f"{signal.value:.2f}", _share(signal.value), severity, legend.CLOSED_FROM)


def _perclos(state: DriverState) -> Gauge:
    share, coverage = state.perclos.share, state.perclos.coverage
    if share is None or not _usable(share):
        return _missing("PERCLOS", state.closure.both.unavailable, coverage)
    return Gauge(
        "PERCLOS",
        f"{share:.0%}, {coverage:.0%} seen",
        _share(share / legend.PERCLOS_FULL_SCALE),
        _severity(share, legend.PERCLOS_RAISED, legend.PERCLOS_HIGH),
        legend.PERCLOS_HIGH / legend.PERCLOS_FULL_SCALE,
        coverage,
    )


def _mouth(state: DriverState) -> Gauge:
    openness = state.mouth_openness
    if openness.value is None or not _usable(openness.value):
        return _missing("Mouth", openness.unavailable)
    text = f"{openness.value:.2f} yawn" if state.yawn.in_progress else f"{openness.value:.2f}"
    severity = Severity.RAISED if state.yawn.in_progress else Severity.CALM
    return Gauge("Mouth", text, _share(openness.value), severity)


def _off_road(state: DriverState) -> Gauge:
    glance = state.glance
    if glance.off_road is None or not _usable(glance.off_road_s):
        return _missing("Off road", glance.unavailable)
    return Gauge(
        "Off road",
        f"{glance.off_road_s:.1f} s",
        _share(glance.off_road_s / legend.GLANCE_FULL_SCALE_S),
        _severity(glance.off_road_s, 1.5, legend.GLANCE_LONG_S),
        legend.GLANCE_LONG_S / legend.GLANCE_FULL_SCALE_S,
    )


def _drowsiness(state: DriverState) -> Gauge:
    level = state.drowsiness.level
    if level is None or not _usable(level):
        return _missing("Drowsiness", state.drowsiness.unavailable)
    low, high = legend.DROWSINESS_RANGE
    return Gauge(
        "Drowsiness",
        f"{level:.1f} of {high:.0f}",
        _share((level - low) / (high - low)),
        _severity(level, legend.DROWSINESS_ADVICE, legend.DROWSINESS_WARNING),
        (legend.DROWSINESS_ADVICE - low) / (high - low),
    )
