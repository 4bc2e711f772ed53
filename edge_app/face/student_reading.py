"""A bundle's numbers in words of the field: logits become probabilities, logarithms deviations, two eyes one reading.

What a bundle says of how it wants to be read (thresholds, temperatures, weights) comes as `StudentTuning`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibration.driver.references import OPEN_EYE, SHUT_EYE
from calibration.probability.isotonic import IsotonicMap
from edge_app.bundle.heads import VISIBILITY
from edge_app.face.crop import FaceCrop
from edge_app.face.head_rotation import rolled_angles
from edge_app.face.landmark_layout import LOWER_LIP, MOUTH_LEFT, MOUTH_RIGHT, UPPER_LIP
from edge_app.face.observation import Estimate, FaceVisibility, HeadPose

Outputs = Mapping[str, NDArray[np.float32]]

_BESIDE_FACE_AND_EYES = VISIBILITY[3:]  # in the order of `FaceVisibility`
_MOST_ANGLE_RAD = 1.5  # a head that is turned further shows no face
_LEAST_LOG, _MOST_LOG = -4.0, 20.0
_LEAST_FORESHORTENED = 0.5  # of the mouth's width: beyond 60 degrees its corners are guessed


@dataclass(frozen=True, slots=True)
class StudentTuning:
    """What a bundle says of its outputs. Thresholds are probabilities after the temperature, above 0 and below 1."""

    thresholds: Mapping[str, float] = field(default_factory=dict)  # heat, face, eye, mouth, mask, …
    temperatures: Mapping[str, float] = field(default_factory=dict)  # by head
    curves: Mapping[str, IsotonicMap] = field(default_factory=dict)  # by head of two classes
    # Weight of the face part beside the eyes part, which sees the eye larger: 0 leaves it out, 1 trusts both alike.
    openness_face_weight: float = 0.5
    visible_face_weight: float = 0.5

    def bias(self, name: str) -> float:
        """The logit of the threshold, which becomes 0.5."""
        threshold = self.thresholds.get(name, 0.5)
        return math.log(threshold / (1 - threshold))


def share(value: float) -> float:
    """Into 0..1; a NaN stays one, since it must never look like a closed eye."""
    return 0.0 if value < 0.0 else 1.0 if value > 1.0 else value


def deviation(log_std: float) -> float:
    """A model is trained to say -4 to 1; what lies outside is no surer than that, and no number is not sure at all."""
    return math.exp(max(_LEAST_LOG, log_std)) if log_std <= _MOST_LOG else math.inf


def probability(logit: float) -> float:
    if logit > -60.0:
        return 1 / (1 + math.exp(-logit))
    return 0.0  # also where it is not a number


def fused_openness(eye: Estimate, coarse: Estimate, coarse_weight: float) -> Estimate:
    """Both readings of one eye, each weighted by its certainty, the coarse one by `coarse_weight` as well.

    Both come from the same pixels, so their errors are taken to agree: the deviation is the weighted mean of both,
    not smaller than either as it would be of independent readings.
    """
    eye_weight = 1 / max(eye.std, 1e-6) ** 2
    other_weight = coarse_weight / max(coarse.std, 1e-6) ** 2
    if other_weight == 0.0:
        return eye
    if eye_weight == 0.0:
        return coarse
    total = eye_weight + other_weight
    return Estimate(
        (eye.value * eye_weight + coarse.value * other_weight) / total,
        (eye.std * eye_weight + coarse.std * other_weight) / total,
    )


def read_openness(face: Outputs, eyes: Outputs, tuning: StudentTuning) -> tuple[Estimate, Estimate]:
    """Of the left and the right eye. A model says 0 for touching lids and 1 for a wide-awake eye: see `OPEN_EYE`."""
    fine = eyes["openness"].tolist()
    coarse = face["eye_openness_face"][0].tolist()
    left, right = (
        _on_common_scale(
            fused_openness(
                Estimate(value, deviation(log_std)),
                Estimate(coarse[side], deviation(coarse[2 + side])),
                tuning.openness_face_weight,
            )
        )
        for side, (value, log_std) in enumerate(fine)
    )
    return left, right


def _on_common_scale(aperture: Estimate) -> Estimate:
    reach = OPEN_EYE - SHUT_EYE
    return Estimate(share(SHUT_EYE + reach * aperture.value), reach * aperture.std)


def read_mouth(
    output: NDArray[np.float32], lips_inner: NDArray[np.float32], head_yaw_rad: float
) -> Estimate:
    """Mean of what the model says and of the mouth aspect ratio, gap over width of the inner lips, seen from the front.

    output: (1, 2) as in `read_share`; lips_inner: (20, 2) px. The model's word alone follows a teacher that says too
    little of the yawns in photographs; the ratio alone takes lips that say "oh" for a yawn.
    """
    gap_x, gap_y = (lips_inner[LOWER_LIP] - lips_inner[UPPER_LIP]).tolist()
    width_x, width_y = (lips_inner[MOUTH_RIGHT] - lips_inner[MOUTH_LEFT]).tolist()
    width_px = math.hypot(width_x, width_y)
    said, log_std = output[0].tolist()
    if not width_px > 0.0 or not math.isfinite(head_yaw_rad):
        return Estimate(share(said), math.inf)
    foreshortened = max(_LEAST_FORESHORTENED, math.cos(head_yaw_rad))
    aspect = math.hypot(gap_x, gap_y) / width_px * foreshortened
    return Estimate((share(said) + share(aspect)) / 2, deviation(log_std))


def read_share(output: NDArray[np.float32]) -> Estimate:
    """output: (1, 2) value and log of its standard deviation -> 0..1."""
    value, log_std = output[0].tolist()
    return Estimate(share(value), deviation(log_std))


class VisibilityReader:
    """How sure it is that there is a face, and what of it can be seen; see `FaceVisibility` for the scale."""

    def __init__(self, tuning: StudentTuning) -> None:
        self._face_scale = 1 / tuning.temperatures.get("visibility", 1.0)
        self._eye_scale = 1 / tuning.temperatures.get("visible", 1.0)
        self._of_face = tuning.visible_face_weight
        self._face_bias, self._eye_bias, *self._biases = (
            tuning.bias(name) for name in ("face", "eye", *_BESIDE_FACE_AND_EYES)
        )

    def read(self, face: Outputs, eyes: Outputs) -> tuple[float, FaceVisibility]:
        sure, wide_left, wide_right, *covers = (
            logit * self._face_scale for logit in face["visibility"][0].tolist()
        )
        close_left, close_right = (logit * self._eye_scale for (logit,) in eyes["visible"].tolist())
        visibility = FaceVisibility(
            self._eye(close_left, wide_left),
            self._eye(close_right, wide_right),
            *(probability(logit - bias) for logit, bias in zip(covers, self._biases, strict=True)),
        )
        return probability(sure - self._face_bias), visibility

    def _eye(self, close: float, wide: float) -> float:
        return probability(close + self._of_face * (wide - close) - self._eye_bias)


def read_head_pose(output: NDArray[np.float32], crop_roll_rad: float) -> HeadPose:
    """output: (1, 6) angles in the crop's own picture, then log deviations -> angles in the frame."""
    yaw, pitch, roll, *log_stds = output[0].tolist()
    if not math.isfinite(yaw + pitch + roll):
        return HeadPose(math.nan, math.nan, math.nan, math.inf)
    angles = rolled_angles(_turn(yaw), _turn(pitch), roll, crop_roll_rad)
    return HeadPose(*angles, std_rad=max(map(deviation, log_stds)))


def read_gaze(output: NDArray[np.float32]) -> tuple[Estimate, Estimate]:
    """output: (1, 4) -> yaw and pitch against the head, radians."""
    yaw, pitch, yaw_log_std, pitch_log_std = output[0].tolist()
    return Estimate(yaw, deviation(yaw_log_std)), Estimate(pitch, deviation(pitch_log_std))


def read_classes(
    logits: NDArray[np.float32], temperature: float, curve: IsotonicMap | None = None
) -> tuple[float, ...]:
    """logits: (1, classes) -> probabilities. curve: of two classes, what the second's becomes."""
    scaled: Sequence[float] = (logits[0] / temperature).tolist()
    highest = max(scaled)
    weights = [math.exp(value - highest) for value in scaled]
    total = sum(weights)
    if curve is not None:
        second = curve.at(weights[1] / total)
        return 1.0 - second, second
    return tuple(weight / total for weight in weights)


def iris_in_frame(
    iris: NDArray[np.float32], eye: FaceCrop, *, mirrored: bool
) -> list[tuple[float, float]]:
    """iris: (3,) x, y, radius in widths of the eye picture from its centre -> five points in frame px.

    The centre, then the rim at the face's right in the picture, top, left and bottom, whether mirrored or not.
    """
    x, y, radius = (value * eye.side_px for value in iris.tolist())
    if mirrored:
        x = -x
    cos, sin = math.cos(eye.roll_rad), math.sin(eye.roll_rad)
    center_x, center_y = eye.center_x_px + cos * x - sin * y, eye.center_y_px + sin * x + cos * y
    right_x, right_y = radius * cos, radius * sin
    return [
        (center_x, center_y),
        (center_x + right_x, center_y + right_y),
        (center_x + right_y, center_y - right_x),
        (center_x - right_x, center_y - right_y),
        (center_x - right_y, center_y + right_x),
    ]


def _turn(angle_rad: float) -> float:
    return max(-_MOST_ANGLE_RAD, min(_MOST_ANGLE_RAD, angle_rad))
