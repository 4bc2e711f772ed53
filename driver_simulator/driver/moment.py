"""What a scripted driver does at one instant: the truth that pictures are drawn from and signals are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class FacialActions:
    """Intensities 0..1 of facial action units (FACS; Ekman, Friesen and Hager 2002). Lids stand in `DriverMoment`."""

    inner_brow_raiser: float = 0.0  # AU1
    outer_brow_raiser: float = 0.0  # AU2
    brow_lowerer: float = 0.0  # AU4
    cheek_raiser: float = 0.0  # AU6
    nose_wrinkler: float = 0.0  # AU9
    upper_lip_raiser: float = 0.0  # AU10
    lip_corner_puller: float = 0.0  # AU12
    lip_corner_depressor: float = 0.0  # AU15
    lip_pucker: float = 0.0  # AU18
    lip_stretcher: float = 0.0  # AU20
    lip_pressor: float = 0.0  # AU24
    jaw_drop: float = 0.0  # AU26 and 27: 0 shut, 0.3 talking aloud, 1 the widest yawn


class HandAct(str, Enum):
    """What a hand does before the face or the camera."""

    COVERS_MOUTH = "covers_mouth"
    RUBS_LEFT_EYE = "rubs_left_eye"
    RUBS_RIGHT_EYE = "rubs_right_eye"
    RUBS_BOTH_EYES = "rubs_both_eyes"
    FOOD_AT_MOUTH = "food_at_mouth"
    PHONE_AT_LEFT_EAR = "phone_at_left_ear"
    PHONE_AT_RIGHT_EAR = "phone_at_right_ear"
    PHONE_HELD_UP = "phone_held_up"  # before the chest, its upper edge below the chin
    AT_TWELVE_OCLOCK = "at_twelve_oclock"  # on top of the wheel, before the lower face
    COVERS_LENS = "covers_lens"


@dataclass(frozen=True, slots=True)
class HandMoment:
    """A hand on its way: `reach` 0 = out of the picture, 1 = arrived."""

    act: HandAct
    reach: float


@dataclass(frozen=True, slots=True)
class DriverMoment:
    """The driver at `t_s`. Left and right are the driver's own.

    Angles are against the way ahead, in radians, with the signs of `Signals`: yaw is positive when the head (or, in
    the head, the eyes) turns towards the right edge of a picture taken from ahead, pitch when it turns up, roll when
    it tilts clockwise in that picture. Shifts are of the head from its usual place, in the same picture's directions.
    """

    t_s: float
    closure_left: float  # 0 this driver's open eye, 1 touching lids, below 0 wide open
    closure_right: float
    gaze_yaw_rad: float  # of the eyes in the head
    gaze_pitch_rad: float
    head_yaw_rad: float
    head_pitch_rad: float
    head_roll_rad: float
    shift_right_m: float = 0.0
    shift_up_m: float = 0.0
    shift_nearer_m: float = 0.0
    actions: FacialActions = FacialActions()
    hand: HandMoment | None = None
    in_view: bool = True  # False: the seat is seen without its driver
