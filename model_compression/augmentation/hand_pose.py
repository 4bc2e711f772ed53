"""How a hand is held before a face: where it lies, where it points, how far its fingers are bent.

In: the face's frame and a place. Out: limbs (paths and widths in px) of palm, fingers, thumb and forearm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.chance import any_of, sign
from model_compression.augmentation.face_frame import FaceFrame

Floats = NDArray[np.float32]
Span = tuple[float, float]

PALM = 1.28  # width of a palm in eye distances

# From the middle of the wrist; x towards the thumb, y along the fingers, in widths of the palm.
_KNUCKLES = np.array([(0.36, 1.02), (0.12, 1.1), (-0.13, 1.06), (-0.36, 0.95)])
_LENGTHS = np.array([0.82, 0.92, 0.86, 0.66])
_WIDTHS = (0.235, 0.245, 0.235, 0.205)
_FAN = np.array([0.1, 0.02, -0.06, -0.15])  # how fingers point apart, radians
_JOINTS = np.array([0.0, 0.45, 0.75, 1.0])  # along a finger
_THUMB = np.array([(0.3, 0.15), (0.6, 0.5), (0.72, 0.85), (0.74, 1.12)])
_THUMB_IN = np.array([0.0, 0.12, 0.24, 0.35])
_PALM = np.array([(0.0, 0.3), (0.16, 0.55), (0.14, 0.85), (-0.14, 0.82), (-0.16, 0.55), (0.0, 0.3)])
_PALM_WIDTH, _THUMB_WIDTH = 0.62, 0.27
_ELBOW = -3.2
_FIST = 0.5  # curl from which on it is one


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles in the picture, clockwise from the picture's right."""

    at: Floats  # (2,) px: where `anchor` of the hand comes to lie
    anchor: tuple[float, float]  # in the hand's own coordinates
    pointing_rad: float  # direction of the fingers
    palm_px: float
    mirrored: bool
    curl: float  # 0 stretched .. 1 fist
    spread: float  # factor on the fan of the fingers


@dataclass(frozen=True, slots=True)
class Limbs:
    """Paths (N, 2) px and widths px, from the back to the front: forearm, palm, four fingers, thumb."""

    paths: tuple[Floats, ...]
    widths: tuple[float, ...]

    @property
    def forearm(self) -> Floats:
        return self.paths[0]

    @property
    def fingers(self) -> tuple[Floats, ...]:
        return self.paths[2:6]


@dataclass(frozen=True, slots=True)
class _Place:
    """turn: of the fingers away from straight up, towards the arm's other side; scatter: eye distances."""

    flat: tuple[float, float]  # anchor of a stretched hand
    turn: Span
    scatter: float = 0.1
    fist: tuple[float, float] = (0.0, 0.9)
    fist_chance: float = 0.0
    stretched: Span = (0.0, 0.3)
    spread: Span = (0.2, 1.4)


_PLACES = {
    "mouth": _Place((0.0, 0.95), (-0.2, 1.3), 0.15, fist=(0.0, 0.85), fist_chance=0.35),
    "eye": _Place((0.05, 1.35), (-0.3, 0.9), fist=(0.05, 0.9), fist_chance=0.5),
    "eyes": _Place((0.0, 1.2), (0.3, 1.5), 0.12, stretched=(0.0, 0.1), spread=(0.1, 0.5)),
    "cheek": _Place((0.0, 0.62), (-0.5, 0.35), fist=(0.0, 0.62), fist_chance=0.5),
    "nose": _Place((0.05, 1.75), (-0.2, 0.9), stretched=(0.1, 0.6)),
    "forehead": _Place((0.0, 1.2), (0.6, 1.7), 0.15),
}
PLACES = (*_PLACES, "wheel")


def pose_at(frame: FaceFrame, rng: np.random.Generator, place: str) -> Pose:
    """place: one of `PLACES` but the wheel."""
    held = _PLACES[place]
    arm = sign(rng)  # the side of the picture that the arm comes from
    eye = any_of(rng, ("left", "right"))
    if place == "eye":
        arm = 1.0 if eye == "left" else -1.0
    if place == "mouth":
        target = frame.part("lips_outer").mean(axis=0)
    elif place == "eye":
        target = frame.part(f"eyelid_{eye}").mean(axis=0)
    elif place == "eyes":
        target = frame.origin
    elif place == "cheek":
        target = frame.part("oval")[12 if arm > 0 else 24]
    elif place == "nose":
        target = frame.part("nose")[6]
    else:
        target = frame.at([(0.2 * arm, -0.75)])[0]
    fist = rng.random() < held.fist_chance
    return Pose(
        at=(target + rng.normal(0, held.scatter, 2) * frame.unit_px).astype(np.float32),
        anchor=held.fist if fist else held.flat,
        pointing_rad=upwards(frame) - arm * float(rng.uniform(*held.turn)),
        palm_px=PALM * float(rng.uniform(0.88, 1.15)) * frame.unit_px,
        mirrored=bool(rng.random() < 0.5),
        curl=float(rng.uniform(0.65, 1.0) if fist else rng.uniform(*held.stretched)),
        spread=float(rng.uniform(*held.spread)),
    )


def upwards(frame: FaceFrame) -> float:
    """The direction of the top of the head, radians clockwise from the picture's right."""
    return float(np.arctan2(-frame.down[1], -frame.down[0]))


def limbs_of(pose: Pose, rng: np.random.Generator) -> Limbs:
    angle = _FAN * pose.spread + rng.normal(0, 0.04, 4)
    angles = angle[:, None] + rng.normal(0, 0.1, (4, 1)) * np.array([0.0, 0.0, 0.5, 1.0])
    steps = (_LENGTHS * (1 - 0.62 * pose.curl))[:, None] * _JOINTS
    fingers = _KNUCKLES[:, None] + np.stack([np.sin(angles), np.cos(angles)], 2) * steps[:, :, None]
    thumb = _THUMB.copy()
    thumb[:, 0] -= _THUMB_IN * (1.0 if pose.curl > _FIST else rng.random())
    forearm = np.array([(float(rng.normal(0, 0.4)), _ELBOW), (0.0, 0.1)])
    own = [forearm, _PALM, *fingers, thumb]
    flip = -1.0 if pose.mirrored else 1.0
    cos, sin = np.cos(pose.pointing_rad), np.sin(pose.pointing_rad)
    # y of the hand runs along `pointing`, x across it.
    turn = pose.palm_px * np.array([[-flip * sin, flip * cos], [cos, sin]])
    shift = pose.at - np.array(pose.anchor) @ turn
    widths = (_PALM_WIDTH, _PALM_WIDTH, *_WIDTHS, _THUMB_WIDTH)
    return Limbs(
        tuple((path @ turn + shift).astype(np.float32) for path in own),
        tuple(width * pose.palm_px for width in widths),
    )
