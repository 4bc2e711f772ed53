"""How eyes and head go to a target and back: the eyes lead in a saccade, the head follows and takes its share."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from driver_simulator.driver.gaze_targets import Direction
from driver_simulator.driver.movement_score import MovementScore, Shape
from driver_simulator.driver.statistics import attention_statistics

_MOST_HEAD_YAW_DEG, _MOST_HEAD_PITCH_DEG = 85.0, 50.0
_HEAD_MOVES_FROM_DEG = 0.5


@dataclass(frozen=True, slots=True)
class _Turn:
    """How eyes and head go to one target: angles in degrees, times in seconds."""

    head_yaw_deg: float
    head_pitch_deg: float
    saccade_s: float
    lag_s: float
    turn_s: float

    @property
    def head_moves(self) -> bool:
        return math.hypot(self.head_yaw_deg, self.head_pitch_deg) >= _HEAD_MOVES_FROM_DEG

    @property
    def way_s(self) -> float:
        """Until both are there, or back."""
        return max(self.saccade_s, self.lag_s + self.turn_s)

    def in_haste(self, most_s: float) -> _Turn:
        """A glance too short for both ways is made in haste by the head; saccades have one speed."""
        haste = min(1.0, most_s / self.way_s)
        saccade_s = min(self.saccade_s, most_s)
        return replace(
            self, saccade_s=saccade_s, lag_s=haste * self.lag_s, turn_s=haste * self.turn_s
        )


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
    turn = _turn(target, head_share, saccade_factor).in_haste(0.45 * duration_s)
    end_s = from_s + duration_s
    back_s = end_s - turn.way_s
    eyes = Shape(from_s, from_s + turn.saccade_s, back_s, back_s + turn.saccade_s)
    head_s, head_back_s = from_s + turn.lag_s, back_s + turn.lag_s
    head = Shape(head_s, head_s + turn.turn_s, head_back_s, head_back_s + turn.turn_s)
    score.hold("gaze_yaw", eyes, math.radians(target.yaw_deg))
    score.hold("gaze_pitch", eyes, math.radians(target.pitch_deg))
    if turn.head_moves:
        score.hold("head_yaw", head, math.radians(turn.head_yaw_deg))
        score.hold("head_pitch", head, math.radians(turn.head_pitch_deg))
    farthest_deg = max(abs(target.yaw_deg), abs(target.pitch_deg))
    eyes_reach = farthest_deg <= attention_statistics().most_eye_deg
    there_s = eyes.full_from_s if eyes_reach else head.full_from_s
    return Shape(from_s, there_s, back_s, end_s)


def glance_s(
    on_target_s: float, target: Direction, *, head_share: float, saccade_factor: float = 1.0
) -> float:
    """How long a glance takes, ways included, with the eyes on the target for so long."""
    turn = _turn(target, head_share, saccade_factor)
    return turn.saccade_s + on_target_s + turn.way_s


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


def _turn(target: Direction, head_share: float, saccade_factor: float) -> _Turn:
    statistics = attention_statistics()
    angle_deg = math.hypot(target.yaw_deg, target.pitch_deg)
    saccade_s = saccade_factor * (statistics.saccade_s + statistics.saccade_s_per_deg * angle_deg)
    yaw_deg = _head_deg(target.yaw_deg, head_share, _MOST_HEAD_YAW_DEG)
    pitch_deg = _head_deg(target.pitch_deg, head_share, _MOST_HEAD_PITCH_DEG)
    lag_s = statistics.head_lag_s.at(angle_deg)
    turn = _Turn(yaw_deg, pitch_deg, saccade_s, lag_s, head_turn_s(math.hypot(yaw_deg, pitch_deg)))
    return turn if turn.head_moves else replace(turn, lag_s=0.0, turn_s=saccade_s)


def _head_deg(angle_deg: float, share: float, most_deg: float) -> float:
    """The head's share, and more where eyes alone do not reach."""
    needed_deg = max(share * abs(angle_deg), abs(angle_deg) - attention_statistics().most_eye_deg)
    return math.copysign(min(needed_deg, most_deg), angle_deg)
