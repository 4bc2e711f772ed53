"""What perception says of one moment: each signal a number with its uncertainty, or unavailable with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Unavailable(str, Enum):
    """Why a signal has no value. A closed list: cabin, fleet and report all show these words."""

    NO_FACE = "no_face"
    EYES_OCCLUDED = "eyes_occluded"
    MOUTH_OCCLUDED = "mouth_occluded"
    OUT_OF_POSE = "out_of_pose"
    TOO_DARK = "too_dark"
    OVEREXPOSED = "overexposed"
    BLURRED = "blurred"
    LOW_RESOLUTION = "low_resolution"
    LOW_FRAME_RATE = "low_frame_rate"
    NOT_CALIBRATED = "not_calibrated"
    CAMERA_FAULT = "camera_fault"
    UNCERTAIN = "uncertain"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Signal:
    """A measured number, or the reason why there is none. Exactly one of `value` and `unavailable` is set."""

    value: float | None
    std: float | None
    unavailable: Unavailable | None

    @staticmethod
    def of(value: float, std: float = 0.0) -> Signal:
        return Signal(value, std, None)

    @staticmethod
    def missing(reason: Unavailable) -> Signal:
        return Signal(None, None, reason)


UNREAD = Signal.missing(Unavailable.UNCERTAIN)
"""Of a perception that does not read this signal."""


@dataclass(frozen=True, slots=True)
class TemporalHead:
    """What a head that follows the face over time can say. No alert rests on it; intoxication weighs a little in
    the suspicion of impairment.
    """

    name: str
    classes: tuple[str, ...]  # names, in the order of its probabilities
    validated: str  # `none`, or in a sentence on which data it was validated
    of_emotion: bool  # told only where expression is


@dataclass(frozen=True, slots=True)
class HeadReading:
    """What one head over time says now."""

    head: str
    probabilities: tuple[float, ...]  # one for each class


@dataclass(frozen=True, slots=True)
class BlinkReading:
    """What the learned head on blink sequences says of the last blinks, against this driver's own alert ones."""

    alert: float  # probability, 0..1
    low_vigilance: float
    drowsy: float
    level: float  # 0..10: 0 alert, 5 low vigilance, 10 drowsy
    blinks: int  # on how many it rests


@dataclass(frozen=True, slots=True)
class Signals:
    """All signals of one frame.

    Left and right are the driver's own. Angles are in the camera's frame, radians: yaw is positive when the face
    turns towards the picture's right edge, pitch when it turns up, roll when it tilts clockwise in the picture.
    Openness runs 0..1 on a scale common to all drivers and models, see `calibration.driver.references`; personal
    references come later.
    """

    t_s: float
    face_present: bool
    no_face_reason: Unavailable | None  # None while a face is present
    eye_openness_left: Signal
    eye_openness_right: Signal
    mouth_openness: Signal
    smile: Signal  # 0..1, lip corners drawn up
    head_yaw_rad: Signal
    head_pitch_rad: Signal
    head_roll_rad: Signal
    gaze_yaw_rad: Signal  # relative to the head
    gaze_pitch_rad: Signal
    eye_aspect_ratio: (
        Signal  # gap of the lids over the eye's width, mean of both outlines, hidden or not
    )
    expression: tuple[float, ...] | None = None  # class probabilities where perception offers them
    # One for each head over time that perception offers, held between its steps; empty where nothing is known.
    temporal: tuple[HeadReading, ...] = ()
    # From this moment on heads over time speak of another driver, or of none: what they said before holds no more.
    temporal_anew: bool = False
    # After the last blink for which there was one; None before, and where perception has no such head.
    blink_reading: BlinkReading | None = None
    glasses: Signal = UNREAD  # 0..1, of any kind, on the driver's face
    # Ratios of distances between points that neither blinks nor the mouth move, corrected for the head's turn; None
    # where they cannot be told. They tell that another driver sits there, not who it is.
    face_geometry: tuple[float, ...] | None = None

    @staticmethod
    def without_face(t_s: float, reason: Unavailable) -> Signals:
        """Signals of a moment without a usable face: every one is unavailable for the same reason."""
        none = Signal.missing(reason)
        return Signals(
            *(t_s, False, reason),
            *(none, none, none, none, none, none, none, none, none, none),
            glasses=none,
        )
