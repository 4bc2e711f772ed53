"""Hands before face and camera: rubbing eyes, a telephone, hiding."""

from __future__ import annotations

import math
from typing import Literal

from driver_simulator.driver.course import Knot
from driver_simulator.driver.moment import HandAct
from driver_simulator.driver.movement_score import MovementScore, Shape

# A hand is there, and away again, within so long (choice).
HAND_WAY_S = 0.45
_RUB_S = 0.4
_LEAN_WAY_S = 0.7
_LEAN_M = 0.55
_OUT_OF_VIEW_FROM = 0.8  # of the way

_RUBBED = {
    "left": HandAct.RUBS_LEFT_EYE,
    "right": HandAct.RUBS_RIGHT_EYE,
    "both": HandAct.RUBS_BOTH_EYES,
}


def hand_shape(from_s: float, duration_s: float) -> Shape:
    return Shape.within(from_s, duration_s, HAND_WAY_S, HAND_WAY_S)


def rub_eyes(
    score: MovementScore, from_s: float, duration_s: float, eye: Literal["left", "right", "both"]
) -> Shape:
    """Lids are shut beneath the hand; the eye beside it is narrowed."""
    shape = hand_shape(from_s, duration_s)
    score.reach(_RUBBED[eye], shape)
    for side in ("left", "right"):
        score.hold(f"lids_narrow_{side}", shape, 1.0 if eye in (side, "both") else 0.35)
    score.hold("head_pitch", shape, -math.radians(5.0))
    score.hold("brow_lowerer", shape, 0.4)
    rub = [Knot(shape.full_from_s, 0.0)]
    while rub[-1].t_s + _RUB_S < shape.full_until_s:
        start_s = rub[-1].t_s
        rub.append(Knot(start_s + _RUB_S / 2, math.radians(1.5)))
        rub.append(Knot(start_s + _RUB_S, 0.0))
    score.move("head_roll", rub)
    return shape


def hide(
    score: MovementScore,
    from_s: float,
    duration_s: float,
    by: Literal["covering_lens", "leaning_out", "hand_on_wheel"],
    own_side: float,
) -> Shape:
    """own_side: +1 where the driver's door is at the picture's right edge, -1 at the left."""
    if by == "leaning_out":
        shape = Shape.within(from_s, duration_s, _LEAN_WAY_S, _LEAN_WAY_S)
        score.hold("shift_right", shape, own_side * _LEAN_M)
        score.hold("head_roll", shape, own_side * math.radians(20.0))
        there_s = shape.full_from_s - shape.onset_s
        back_s = shape.end_s - shape.full_until_s
        score.out_of_view.append(
            (
                shape.onset_s + _OUT_OF_VIEW_FROM * there_s,
                shape.end_s - _OUT_OF_VIEW_FROM * back_s,
            )
        )
        return shape
    shape = hand_shape(from_s, duration_s)
    score.reach(HandAct.COVERS_LENS if by == "covering_lens" else HandAct.AT_TWELVE_OCLOCK, shape)
    return shape
