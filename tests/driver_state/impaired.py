"""Drivers for the suspicion of impairment: steady habits as functions of time, stepped past the other estimators."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from edge_app.driver_state.driving import UNKNOWN_DRIVE, Driving
from edge_app.driver_state.impairment import ImpairmentEstimator, ImpairmentSigns
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import (
    Blink,
    BlinkStatistics,
    ClosureKind,
    Glance,
    Impairment,
    LidEpisode,
    LidState,
    Perclos,
    YawnState,
)

SETTINGS = DriverStateSettings()
IMPAIRMENT = SETTINGS.impairment
_NONE = Signal.missing(Unavailable.UNCERTAIN)
_AHEAD = Glance(False, None, None, None, 0.0, 0.0, 0.0, 0.0)
_SIGHT_STD_RAD = math.radians(5.0)


@dataclass(frozen=True)
class Habits:
    """What does not change over a drive. Angles in degrees; the sway nods and tilts every 6 s."""

    openness: float = 0.85
    blink_s: float = 0.2
    blink_every_s: float = 4.0
    long_closure_every_s: float | None = None
    microsleep_every_s: float | None = None
    perclos: float = 0.0
    yawns: int = 0
    sway_deg: float = 0.8
    drift_deg: float = 1.2
    jump_every_s: float = 0.7
    glance_every_s: float = 10.0
    gaze: bool = True
    eyes: bool = True
    head: bool = True


SOBER = Habits()
IMPAIRED = Habits(
    openness=0.72,
    blink_s=0.27,
    long_closure_every_s=60.0,
    sway_deg=2.6,
    drift_deg=3.2,
    jump_every_s=1.6,
    glance_every_s=40.0,
)
SLEEPY = Habits(
    openness=0.68,
    blink_s=0.33,
    long_closure_every_s=20.0,
    microsleep_every_s=120.0,
    perclos=0.07,
    yawns=3,
    glance_every_s=20.0,
)


def signs(habits: Habits, t_s: float, frame_rate_hz: float) -> ImpairmentSigns:
    frame_s = 1.0 / frame_rate_hz
    eye = Signal.of(habits.openness, 0.09) if habits.eyes else _NONE
    sway = habits.sway_deg * math.sin(2 * math.pi * t_s / 6.0)
    jump_deg = 3.0 * (int(t_s / habits.jump_every_s) % 2)
    drift_deg = habits.drift_deg * math.sin(2 * math.pi * t_s / 5.0)
    looks_away = t_s % habits.glance_every_s < 1.0
    yaw_deg = jump_deg + drift_deg + (25.0 if looks_away else 0.0)
    signals = Signals(
        t_s=t_s,
        face_present=True,
        no_face_reason=None,
        eye_openness_left=eye,
        eye_openness_right=eye,
        mouth_openness=Signal.of(0.05),
        smile=Signal.of(0.1),
        head_yaw_rad=Signal.of(0.0) if habits.head else _NONE,
        head_pitch_rad=_angle(sway) if habits.head else _NONE,
        head_roll_rad=_angle(sway) if habits.head else _NONE,
        gaze_yaw_rad=_angle(yaw_deg) if habits.gaze else _NONE,
        gaze_pitch_rad=_angle(drift_deg - sway) if habits.gaze else _NONE,
        eye_aspect_ratio=Signal.of(0.3),
    )
    blinked = t_s % habits.blink_every_s < frame_s
    blink = Blink(t_s, 0.4 * habits.blink_s, 0.1, 0.6 * habits.blink_s - 0.1, 0.9, 0.1)
    return ImpairmentSigns(
        signals=signals,
        driving=UNKNOWN_DRIVE,
        lids=_lids(habits, t_s),
        blinks=BlinkStatistics(0, _NONE, _NONE, _NONE, blink if blinked else None),
        perclos=Perclos(habits.perclos, habits.perclos, 1.0),
        yawn=YawnState(False, habits.yawns, None),
        glance=_AHEAD,
        valid_frame_rate_hz=frame_rate_hz,
    )


def drive(
    habits: Habits,
    duration_s: float,
    *,
    estimator: ImpairmentEstimator | None = None,
    from_s: float = 0.0,
    frame_rate_hz: float = 20.0,
    driving: Driving = UNKNOWN_DRIVE,
    change: Callable[[ImpairmentSigns], ImpairmentSigns] | None = None,
) -> list[tuple[float, Impairment]]:
    """What was suspected at each frame."""
    watching = estimator or ImpairmentEstimator(SETTINGS)
    told = []
    for t_s in _times(from_s, duration_s, frame_rate_hz):
        seen = replace(signs(habits, t_s, frame_rate_hz), driving=driving)
        told.append((t_s, watching.step(change(seen) if change else seen)))
    return told


def last(habits: Habits, duration_s: float = 240.0, **more: object) -> Impairment:
    return drive(habits, duration_s, **more)[-1][1]  # type: ignore[arg-type]


def _times(from_s: float, duration_s: float, frame_rate_hz: float) -> Iterator[float]:
    for index in range(int(duration_s * frame_rate_hz)):
        yield from_s + index / frame_rate_hz


def _lids(habits: Habits, t_s: float) -> LidEpisode:
    for every_s, kind, lasts_s in (
        (habits.microsleep_every_s, ClosureKind.MICROSLEEP, 1.5),
        (habits.long_closure_every_s, ClosureKind.LONG_CLOSURE, 0.6),
    ):
        if every_s is not None and t_s >= every_s and t_s % every_s < lasts_s:
            onset_s = t_s - t_s % every_s
            return LidEpisode(LidState.CLOSED, kind, round(onset_s, 6), t_s - onset_s)
    return LidEpisode(LidState.OPEN, ClosureKind.NONE, None, 0.0)


def _angle(degrees: float) -> Signal:
    return Signal.of(math.radians(degrees), _SIGHT_STD_RAD)
