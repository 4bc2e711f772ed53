"""Drivers made of functions of time, sampled as a camera would: the truth is known, so what must happen is too."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.settings import DriverStateSettings, EyeReferences
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import DriverState

Course = Callable[[float], float]
Missing = Callable[[float], Unavailable | None]
Span = tuple[float, float]  # from, until (not included), seconds

OPEN, CLOSED = 0.0, 1.0  # closure
FRAME_RATES_HZ = (5.0, 10.0, 15.0, 30.0)
_REFERENCES = EyeReferences()


def always(value: float) -> Course:
    return lambda t_s: value


WIDE_OPEN, SHUT_MOUTH, HARDLY_A_SMILE, STRAIGHT_ON = map(always, (OPEN, 0.05, 0.1, 0.0))


def during(value: float, *spans: Span, otherwise: float = 0.0) -> Course:
    """`value` within the spans, at once and over at once."""
    return lambda t_s: value if any(start <= t_s < end for start, end in spans) else otherwise


def line(*points: tuple[float, float]) -> Course:
    """Straight lines from (time, value) to (time, value); level before and after."""

    def at(t_s: float) -> float:
        if t_s <= points[0][0]:
            return points[0][1]
        for (start_s, start), (end_s, end) in pairwise(points):
            if t_s <= end_s:
                return start + (end - start) * (t_s - start_s) / (end_s - start_s)
        return points[-1][1]

    return at


def blinking(every_s: float, *, length_s: float = 0.2, until_s: float = math.inf) -> Course:
    """Blinks in the shape of a trapezoid: a third of `length_s` each for closing, closed and reopening."""

    def at(t_s: float) -> float:
        phase_s = t_s % every_s
        if t_s < every_s or t_s >= until_s or phase_s > length_s:
            return OPEN
        third_s = length_s / 3
        return min(1.0, phase_s / third_s, (length_s - phase_s) / third_s)

    return at


def never(t_s: float) -> Unavailable | None:
    return None


def missing(reason: Unavailable, *spans: Span) -> Missing:
    return lambda t_s: reason if any(start <= t_s < end for start, end in spans) else None


@dataclass(frozen=True)
class Driver:
    """What the driver does, as functions of time. Closure and mouth 0..1; angles in degrees."""

    closure: Course = WIDE_OPEN
    mouth: Course = SHUT_MOUTH
    smile: Course = HARDLY_A_SMILE
    yaw_deg: Course = STRAIGHT_ON
    pitch_deg: Course = STRAIGHT_ON
    eye_std: Course = lambda t_s: 0.05
    eye_aspect_ratio: Course = lambda t_s: 0.3
    eyes_missing: Missing = never
    mouth_missing: Missing = never
    pose_missing: Missing = never
    face_missing: Missing = never

    def signals(self, t_s: float) -> Signals:
        gone = self.face_missing(t_s)
        if gone is not None:
            return Signals.without_face(t_s, gone)
        no_eyes, no_pose = self.eyes_missing(t_s), self.pose_missing(t_s)
        no_mouth = self.mouth_missing(t_s)
        mouth = Signal.missing(no_mouth) if no_mouth else Signal.of(self.mouth(t_s))
        seen = Signal.of(openness(self.closure(t_s)), self.eye_std(t_s))
        eye = Signal.missing(no_eyes) if no_eyes else seen
        return Signals(
            t_s=t_s,
            face_present=True,
            no_face_reason=None,
            eye_openness_left=eye,
            eye_openness_right=eye,
            mouth_openness=mouth,
            smile=Signal.of(self.smile(t_s)),
            head_yaw_rad=_angle(self.yaw_deg(t_s), no_pose),
            head_pitch_rad=_angle(self.pitch_deg(t_s), no_pose),
            head_roll_rad=_angle(0.0, no_pose),
            gaze_yaw_rad=Signal.missing(Unavailable.UNCERTAIN),
            gaze_pitch_rad=Signal.missing(Unavailable.UNCERTAIN),
            eye_aspect_ratio=Signal.of(self.eye_aspect_ratio(t_s)),
        )


def openness(closure: float) -> float:
    """What perception reads from an eye of the default references at this closure."""
    return _REFERENCES.open - closure * (_REFERENCES.open - _REFERENCES.closed)


def frame_times(
    duration_s: float,
    frame_rate_hz: float = 30.0,
    *,
    drop_share: float = 0.0,
    jitter_share: float = 0.0,
    max_gap_s: float = DriverStateSettings().max_gap_s,
    seed: int = 0,
) -> list[float]:
    """Frame times from 0. Jitter in shares of the interval; no drop leaves a gap longer than `max_gap_s`."""
    chance = random.Random(seed)
    interval_s = 1.0 / frame_rate_hz
    times: list[float] = []
    for index in range(int(duration_s * frame_rate_hz + 1e-6) + 1):
        t_s = index * interval_s
        if jitter_share > 0.0 and index > 0:
            t_s += chance.uniform(-jitter_share / 2, jitter_share / 2) * interval_s
        next_at_latest_s = (index + 1 + jitter_share / 2) * interval_s
        may_drop = bool(times) and next_at_latest_s - times[-1] <= max_gap_s
        if not (may_drop and chance.random() < drop_share):
            times.append(t_s)
    return times


def sample(driver: Driver, times_s: Iterable[float]) -> list[Signals]:
    return [driver.signals(t_s) for t_s in times_s]


def replay(
    signals: Iterable[Signals], settings: DriverStateSettings | None = None
) -> list[DriverState]:
    estimator = DriverStateEstimator(settings or DriverStateSettings())
    return [estimator.step(moment) for moment in signals]


def watch(
    driver: Driver,
    duration_s: float,
    frame_rate_hz: float = 30.0,
    settings: DriverStateSettings | None = None,
) -> list[DriverState]:
    return replay(sample(driver, frame_times(duration_s, frame_rate_hz)), settings)


def at(states: Sequence[DriverState], t_s: float) -> DriverState:
    """The state of the last frame not later than `t_s`."""
    return [state for state in states if state.t_s <= t_s + 1e-9][-1]


def first_s(states: Iterable[DriverState], holds: Callable[[DriverState], bool]) -> float | None:
    return next((state.t_s for state in states if holds(state)), None)


def _angle(degrees: float, unavailable: Unavailable | None) -> Signal:
    return Signal.missing(unavailable) if unavailable else Signal.of(math.radians(degrees), 0.05)
