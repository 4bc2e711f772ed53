"""What each sign of sleepiness is worth, added up: evidence of one moment in, a KSS-like level and a probability out.

One level is one unit of log-odds that the driver is sleepy (8 or 9 on the Karolinska scale): a sign that adds a level
is seen e = 2.7 times as often in sleepy people as in others. The sources of the weights stand in docs/drowsiness.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_app.driver_state.driving import UNKNOWN_DRIVE, Driving
from edge_app.driver_state.drowsiness_prior import prior_parts
from edge_app.driver_state.drowsiness_settings import DrowsinessSettings

_HIGHEST_LEVEL = 9.0
_EVEN_ODDS_LEVEL = 7.5  # between "sleepy, no effort to stay awake" and "some effort"
_MICROSLEEP_LEVEL = 7.0  # signs of sleepiness, and an effort to stay awake
_REPEATED_MICROSLEEP_LEVEL = 8.0
_SLEEP_LEVEL = 9.0
_MODERATE_STEP, _SEVERE_STEP = 3.0, 5.0
_MOST_BY_BLINKS = 2.0
_FEW_BLINKS = 5  # fewer count in part
_YAWN_STEP, _MOST_BY_YAWNS = 0.5, 2.0
_HEAD_DROP_STEP, _MOST_BY_HEAD_DROPS = 2.0, 5.0
_BLINK_HEAD_DROWSY, _BLINK_HEAD_BLINKS = (
    10.0,
    30,
)  # its scale's end, and the sequence it was trained on
_LEAST_REASON = 0.1  # levels


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen of the driver lately; None where it could not be seen."""

    perclos: float | None = None  # share without blinks
    blink_mean_s: float | None = None
    blinks: int = 0  # timed, in the last minutes
    own_blink_deviations: float | None = (
        None  # of the mean duration, above this driver's own alert blinks
    )
    yawns: int = 0
    head_drops: int = 0
    microsleeps: int = 0
    slept: bool = False
    blink_head_level: float | None = None  # 0..10
    blink_head_blinks: int = 0
    driving: Driving = UNKNOWN_DRIVE


@dataclass(frozen=True, slots=True)
class Fused:
    """`summed` is neither floored nor cut at 9."""

    summed: float
    floor: float  # 0 where there is none
    floor_reason: str | None
    reasons: tuple[str, ...]  # strongest first; that of the floor is not among them


def fuse(evidence: Evidence, settings: DrowsinessSettings) -> Fused:
    """More of any sign never gives less."""
    slow_blinks = "slow_blinks" if evidence.own_blink_deviations is None else "slow_own_blinks"
    parts = [
        ("perclos", _by_perclos(evidence.perclos, settings)),
        (slow_blinks, _by_blinks(evidence, settings)),
        ("yawns", min(_MOST_BY_YAWNS, _YAWN_STEP * evidence.yawns)),
        ("head_drops", min(_MOST_BY_HEAD_DROPS, _HEAD_DROP_STEP * evidence.head_drops)),
        ("blink_head", _by_blink_head(evidence, settings)),
        *prior_parts(evidence.driving, settings.prior_most),
    ]
    floor, floor_reason = _floor(evidence)
    return Fused(
        summed=settings.alert_level + sum(levels for _, levels in parts),
        floor=floor,
        floor_reason=floor_reason,
        reasons=tuple(
            name
            for name, levels in sorted(parts, key=lambda part: -part[1])
            if levels >= _LEAST_REASON
        ),
    )


def level_of(summed: float, floor: float) -> float:
    return min(_HIGHEST_LEVEL, max(summed, floor))


def probability_of(summed: float, floor: float) -> float:
    """That the driver is sleepy."""
    return 1.0 / (1.0 + math.exp(_EVEN_ODDS_LEVEL - max(summed, floor)))


def _by_perclos(share: float | None, settings: DrowsinessSettings) -> float:
    if share is None:
        return 0.0
    if share <= settings.perclos_moderate:
        return _MODERATE_STEP * share / settings.perclos_moderate
    beyond = (share - settings.perclos_moderate) / (
        settings.perclos_severe - settings.perclos_moderate
    )
    return _MODERATE_STEP + (_SEVERE_STEP - _MODERATE_STEP) * min(1.0, beyond)


def _by_blinks(evidence: Evidence, settings: DrowsinessSettings) -> float:
    """Against this driver's own where those are known: people's blinks differ more than sleepiness changes them."""
    if evidence.own_blink_deviations is not None:
        value = evidence.own_blink_deviations
        alert, drowsy = settings.blink_alert_deviations, settings.blink_drowsy_deviations
    elif evidence.blink_mean_s is not None:
        value = evidence.blink_mean_s
        alert, drowsy = settings.blink_alert_s, settings.blink_drowsy_s
    else:
        return 0.0
    sure = min(1.0, evidence.blinks / _FEW_BLINKS)
    return sure * _MOST_BY_BLINKS * min(1.0, max(0.0, (value - alert) / (drowsy - alert)))


def _by_blink_head(evidence: Evidence, settings: DrowsinessSettings) -> float:
    """It only adds, so that it keeps no alert from being raised, and too little to raise one without a sign."""
    if evidence.blink_head_level is None:
        return 0.0
    sure = min(1.0, evidence.blink_head_blinks / _BLINK_HEAD_BLINKS)
    share = min(1.0, max(0.0, evidence.blink_head_level / _BLINK_HEAD_DROWSY))
    return sure * share * settings.blink_head_most


def _floor(evidence: Evidence) -> tuple[float, str | None]:
    if evidence.slept:
        return _SLEEP_LEVEL, "sleep"
    if evidence.microsleeps > 1:
        return _REPEATED_MICROSLEEP_LEVEL, "repeated_microsleeps"
    if evidence.microsleeps:
        return _MICROSLEEP_LEVEL, "microsleep"
    return 0.0, None
