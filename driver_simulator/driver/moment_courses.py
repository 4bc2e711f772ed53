"""What a driver does over many instants at once: arrays in, one entry for each instant; any of them as a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.course import Times, Values
from driver_simulator.driver.moment import DriverMoment, FacialActions, HandAct, HandMoment

ACTIONS = tuple(field.name for field in fields(FacialActions))
NO_HAND = -1
HAND_ACTS = tuple(HandAct)
_NUMBERS = tuple(field.name for field in fields(DriverMoment))[:11]  # up to the shifts


@dataclass(frozen=True, slots=True)
class MomentCourses:
    """The fields of `DriverMoment`, each (N,); actions by their names in `FacialActions`."""

    t_s: Times
    closure_left: Values
    closure_right: Values
    gaze_yaw_rad: Values
    gaze_pitch_rad: Values
    head_yaw_rad: Values
    head_pitch_rad: Values
    head_roll_rad: Values
    shift_right_m: Values
    shift_up_m: Values
    shift_nearer_m: Values
    actions: dict[str, Values]
    hand: NDArray[np.int8]  # place in `HAND_ACTS`, or `NO_HAND`
    hand_reach: Values
    in_view: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.t_s)

    def moments(self) -> Iterator[DriverMoment]:
        numbers = zip(*(getattr(self, name).tolist() for name in _NUMBERS), strict=True)
        faces = zip(*(self.actions[name].tolist() for name in ACTIONS), strict=True)
        hands = zip(self.hand.tolist(), self.hand_reach.tolist(), strict=True)
        seen = self.in_view.tolist()
        for row, face, (act, reach), in_view in zip(numbers, faces, hands, seen, strict=True):
            hand = None if act == NO_HAND else HandMoment(HAND_ACTS[act], reach)
            yield DriverMoment(*(*row, FacialActions(*face), hand, in_view))
