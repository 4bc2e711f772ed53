"""One line every ten seconds on standard error: what is seen, how fast, and how the broker fares."""

from __future__ import annotations

import sys

from edge_app.camera.faults import CameraFault
from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import Signal
from edge_app.monitor import MonitorStep
from edge_app.telemetry.telemetry import Telemetry, TelemetryStatus
from edge_app.views.calibration_words import calibrating

_INTERVAL_S = 10.0


class StatusLines:
    """A `Watcher` of the loop for a terminal or a journal. Counts in frame time."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._next_s: float | None = None

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        t_s = step.state.t_s
        # Until a source delivers, time is the machine's: a recording's own may begin far below.
        if self._next_s is not None and self._next_s - _INTERVAL_S <= t_s < self._next_s:
            return
        self._next_s = t_s + _INTERVAL_S
        sys.stderr.write(status_line(step, self._telemetry.snapshot()) + "\n")


def status_line(step: MonitorStep, link: TelemetryStatus) -> str:
    parts = [f"{step.state.t_s:.1f} s", *_seen(step), _broker(link)]
    if link.queue_depth:
        parts.append(f"{link.queue_depth} waiting")
    return ", ".join(parts)


def _seen(step: MonitorStep) -> list[str]:
    state = step.state
    if step.fault is not None:
        is_missing = step.fault in (CameraFault.UNPLUGGED, CameraFault.NO_FRAME)
        return [f"camera {'missing' if is_missing else 'fault'} ({_word(step.fault)})"]
    face = "face ok" if state.presence.face_present else f"no face ({_word(state.presence.reason)})"
    calibration = calibrating(state.calibration)
    return [
        face,
        *([calibration] if calibration else []),
        f"closure {_number(state.closure.both, 2)}",
        f"drowsiness {state.drowsiness.level:.1f}"
        if state.drowsiness.level is not None
        else f"drowsiness {_word(state.drowsiness.unavailable)}",
        f"{state.valid_frame_rate_hz:.0f} frames/s",
    ]


def _broker(link: TelemetryStatus) -> str:
    if not link.enabled:
        return "broker off"
    if link.connected:
        return f"broker ok (MQTT {link.protocol})"
    return f"broker: {link.last_error or 'connecting'}"


def _number(signal: Signal, digits: int) -> str:
    return f"{signal.value:.{digits}f}" if signal.value is not None else _word(signal.unavailable)


def _word(reason: object) -> str:
    value = getattr(reason, "value", None)
    return value.replace("_", " ") if isinstance(value, str) else "-"
