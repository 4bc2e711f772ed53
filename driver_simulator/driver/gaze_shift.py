"""How eyes and head go to a target and back: the eyes lead in a saccade, the head follows and takes its share."""

from __future__ import annotations

import math

from driver_simulator.driver.gaze_targets import Direction
from driver_simulator.driver.movement_score import MovementScore, Shape
from driver_simulator.driver.statistics import attention_statistics

_MOST_HEAD_YAW_DEG, _MOST_HEAD_PITCH_DEG = 85.0, 50.0
_HEAD_MOVES_FROM_DEG = 0.5


def shift_gaze(
    score: MovementScore,
    from_s: float,
    duration_s: float,
    target: Direction,
    *,
    head_share: float,
    saccade_factor: float = 1.0,
) -> Shape:
    """Within the time given, ways included. Returns when the eyes leave the road, are there, leave, and are back."""
    statistics = attention_statistics()
    angle_deg = math.hypot(target.yaw_deg, target.pitch_deg)
    saccade_s = saccade_factor * (
        statistics.saccade_s + statistics.saccade_s_per_deg * min(angle_deg, 50.0)
    )
    head_yaw_deg = _head_deg(target.yaw_deg, head_share, _MOST_HEAD_YAW_DEG)
    head_pitch_deg = _head_deg(target.pitch_deg, head_share, _MOST_HEAD_PITCH_DEG)
    head_deg = math.hypot(head_yaw_deg, head_pitch_deg)
    lag_s = statistics.head_lag_s.at(angle_deg)
    turn_s = statistics.head_turn_s + statistics.head_turn_s_per_deg * head_deg
    if head_deg < _HEAD_MOVES_FROM_DEG:
        lag_s, turn_s = 0.0, saccade_s
    way_s = max(saccade_s, lag_s + turn_s)
    # A glance too short for both ways is made in haste.
    haste = min(1.0, 0.45 * duration_s / way_s)
    saccade_s, lag_s, turn_s, way_s = (haste * part for part in (saccade_s, lag_s, turn_s, way_s))
    end_s = from_s + duration_s
    back_s = end_s - way_s
    eyes = Shape(from_s, from_s + saccade_s, back_s, back_s + saccade_s)
    head = Shape(from_s + lag_s, from_s + lag_s + turn_s, back_s + lag_s, back_s + lag_s + turn_s)
    score.hold("gaze_yaw", eyes, math.radians(target.yaw_deg))
    score.hold("gaze_pitch", eyes, math.radians(target.pitch_deg))
    if head_deg >= _HEAD_MOVES_FROM_DEG:
        score.hold("head_yaw", head, math.radians(head_yaw_deg))
        score.hold("head_pitch", head, math.radians(head_pitch_deg))
    eyes_reach = max(abs(target.yaw_deg), abs(target.pitch_deg)) <= statistics.most_eye_deg
    there_s = eyes.full_from_s if eyes_reach else head.full_from_s
    return Shape(from_s, there_s, back_s, end_s)


def turn_with_head(
    score: MovementScore, shape: Shape, yaw_deg: float, pitch_deg: float, roll_deg: float
) -> None:
    """The head goes somewhere and the eyes stay straight in it."""
    for part, angle_deg in (("yaw", yaw_deg), ("pitch", pitch_deg)):
        score.hold(f"head_{part}", shape, math.radians(angle_deg))
        score.hold(f"gaze_{part}", shape, math.radians(angle_deg))
    score.hold("head_roll", shape, math.radians(roll_deg))


def head_turn_s(angle_deg: float) -> float:
    statistics = attention_statistics()
    return statistics.head_turn_s + statistics.head_turn_s_per_deg * abs(angle_deg)


def _head_deg(angle_deg: float, share: float, most_deg: float) -> float:
    """The head's share, and more where eyes alone do not reach."""
    needed_deg = max(share * abs(angle_deg), abs(angle_deg) - attention_statistics().most_eye_deg)
    return math.copysign(min(needed_deg, most_deg), angle_deg)
