"""State, policy and publishing on made-up signals: what can be measured where there is neither model nor clip."""

from __future__ import annotations

import logging
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TypeVar

from benchmarks.figures import Figure, percentile
from edge_app.alerts.policy import AlertPolicy
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.settings import VigilSettings
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.state import VehicleState

Result = TypeVar("Result")

_FRAME_RATE_HZ = 30
_BLINK_EVERY_S, _BLINK_S = 3.5, 0.2
_SLEEP_EVERY_S, _SLEEP_S = 30.0, 4.0
_TURN_EVERY_S, _TURN_S = 13.0, 2.0
_NOBODY_LISTENS = 1  # a port


def measure(*, seconds: float) -> list[Figure]:
    """A driver who blinks, falls asleep twice a minute and looks aside, for `seconds` of frame time."""
    logger = logging.getLogger("edge_app.telemetry")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # that nobody listens is meant
    try:
        return _measure(seconds)
    finally:
        logger.setLevel(level)


def _measure(seconds: float) -> list[Figure]:
    settings = VigilSettings()
    estimator, policy = DriverStateEstimator(settings.driver_state), AlertPolicy(settings.alerts)
    vehicle = VehicleState()
    state_us: list[float] = []
    policy_us: list[float] = []
    post_state_us: list[float] = []
    post_event_us: list[float] = []
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        outbox = OutboxSettings(path=Path(folder) / "outbox.sqlite")
        telemetry = Telemetry(
            TelemetrySettings(enabled=True, host="127.0.0.1", port=_NOBODY_LISTENS, outbox=outbox),
            "bench",
            {},
        )
        telemetry.start()
        for signals in drive(seconds):
            state = _timed(state_us, estimator.step, signals)
            step = _timed(policy_us, policy.step, state, vehicle)
            for event in step.events:
                _timed(post_event_us, telemetry.post_event, event)
            _timed(post_state_us, telemetry.post_state, state, step.active, vehicle, "ok")
        telemetry.close()
    return [
        Figure("synthetic", f"{name}, {label}", value, "µs", n=len(values))
        for name, values in (
            ("state", state_us),
            ("policy", policy_us),
            ("post_state", post_state_us),
            ("post_event", post_event_us),
        )
        if values
        for label, value in (("p50", median(values)), ("p99", percentile(values, 99)))
    ]


def drive(seconds: float) -> Iterator[Signals]:
    """Signals of every frame of a scripted drive."""
    start = Signals.without_face(0.0, Unavailable.NO_FACE)
    for frame in range(round(seconds * _FRAME_RATE_HZ)):
        t_s = frame / _FRAME_RATE_HZ
        shut = t_s % _BLINK_EVERY_S < _BLINK_S or t_s % _SLEEP_EVERY_S > _SLEEP_EVERY_S - _SLEEP_S
        away = t_s % _TURN_EVERY_S > _TURN_EVERY_S - _TURN_S
        openness = Signal.of(0.03 if shut else 0.9 + 0.02 * math.sin(7 * t_s), 0.05)
        yield replace(
            start,
            t_s=t_s,
            face_present=True,
            no_face_reason=None,
            eye_openness_left=openness,
            eye_openness_right=openness,
            mouth_openness=Signal.of(0.03, 0.05),
            smile=Signal.of(0.1, 0.1),
            head_yaw_rad=Signal.of(0.9 if away else 0.02 * math.sin(t_s), 0.05),
            head_pitch_rad=Signal.of(0.02 * math.cos(t_s), 0.05),
            head_roll_rad=Signal.of(0.0, 0.05),
            eye_aspect_ratio=Signal.of(0.05 if shut else 0.3),
        )


def _timed(into: list[float], work: Callable[..., Result], *arguments: object) -> Result:
    begun_s = time.perf_counter()
    result = work(*arguments)
    into.append(1e6 * (time.perf_counter() - begun_s))
    return result
