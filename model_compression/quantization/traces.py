"""Drives made of one photograph each: lids, mouth and head move by a script.

A face comes in, frames at 30/s come out; the same seed gives the same frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.face.student_crops import Luma
from model_compression.augmentation.lid_warp import LidMove
from model_compression.augmentation.mouth_open import MouthMove, with_mouth
from model_compression.augmentation.upright_face import SIDES, UprightFace, upright_face, with_lids
from model_compression.quantization.pictures import similarity

Floats = NDArray[np.float32]

FRAME_RATE_HZ = 30.0
_FRAME_PX = (320, 240)
_FACE_SIDE_PX = 190.0
_STEPS = 20  # between shut and open
_CLOSING_S, _REOPENING_S, _JAW_S = 0.1, 0.16, 0.5
_SETTLING_S = 6.0  # until the estimators know the road
_PAUSE_S = (1.2, 3.0)  # between two gestures: some 25 a minute, as people blink
_YAWN_DROP, _YAWN_LIFT = 0.24, 0.02  # of the lips, sides of the crop


@dataclass(frozen=True, slots=True)
class Gesture:
    """Something the driver does; `kind`: lids or mouth."""

    kind: str
    start_s: float
    hold_s: float

    @property
    def end_s(self) -> float:
        slopes = _CLOSING_S + _REOPENING_S if self.kind == "lids" else 2 * _JAW_S
        return self.start_s + self.hold_s + slopes

    def level(self, t_s: float) -> float:
        """0 nothing .. 1 lids shut or mouth wide."""
        lids = self.kind == "lids"
        rise_s, fall_s = (_CLOSING_S, _REOPENING_S) if lids else (_JAW_S, _JAW_S)
        rising = (t_s - self.start_s) / rise_s
        falling = (self.end_s - t_s) / fall_s
        return float(np.clip(min(rising, falling), 0.0, 1.0))


def script(duration_s: float, rng: np.random.Generator) -> list[Gesture]:
    """Blinks, long closures, microsleeps and yawns, with pauses between them."""
    gestures: list[Gesture] = []
    t_s = _SETTLING_S
    while t_s < duration_s - 6.0:
        draw = rng.random()
        if draw < 0.72:
            gesture = Gesture("lids", t_s, float(rng.uniform(0.03, 0.2)))
        elif draw < 0.82:
            gesture = Gesture("lids", t_s, float(rng.uniform(0.6, 0.8)))
        elif draw < 0.92:
            gesture = Gesture("lids", t_s, float(rng.uniform(1.3, 1.8)))
        else:
            gesture = Gesture("mouth", t_s, float(rng.uniform(2.0, 3.0)))
        gestures.append(gesture)
        t_s = gesture.end_s + float(rng.uniform(*_PAUSE_S))
    return gestures


def trace(
    picture: Luma, points: Floats, *, duration_s: float, rng: np.random.Generator
) -> Iterator[Frame]:
    """picture: (H, W) luma; points: (146, 2) px of its face."""
    face = upright_face(picture, points)
    gestures = script(duration_s, rng)
    drawn: dict[tuple[int, int], Luma] = {}
    phases = rng.uniform(0, 2 * np.pi, 4)
    gain = float(rng.uniform(0.6, 1.2))
    noise = float(rng.uniform(0.5, 3.0))
    scale = _FACE_SIDE_PX / face.crop.side_px * float(rng.uniform(0.7, 1.1))
    for index in range(round(duration_s * FRAME_RATE_HZ)):
        t_s = index / FRAME_RATE_HZ
        levels = {
            kind: max((g.level(t_s) for g in gestures if g.kind == kind), default=0.0)
            for kind in ("lids", "mouth")
        }
        key = (round(levels["lids"] * _STEPS), round(levels["mouth"] * _STEPS))
        if key not in drawn:
            drawn[key] = _drawn(face, key[0] / _STEPS, key[1] / _STEPS)
        frame = cv2.warpAffine(
            drawn[key],
            _placed(len(face.picture), scale, t_s, phases),
            _FRAME_PX,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).astype(np.float32)
        frame = frame * gain + rng.standard_normal(frame.shape, dtype=np.float32) * noise
        yield Frame(np.clip(frame, 0, 255).astype(np.uint8), t_s, index)


def _drawn(face: UprightFace, lids: float, mouth: float) -> Luma:
    if lids > 0.0:
        move = LidMove(aperture=1.0 - lids, lash_darkness=0.4)
        face = with_lids(face, dict.fromkeys(SIDES, move))
    if mouth > 0.0:
        face = with_mouth(face, MouthMove(drop=mouth * _YAWN_DROP, lift=mouth * _YAWN_LIFT))
    return face.picture


def _placed(size_px: int, scale: float, t_s: float, phases: NDArray[np.float64]) -> Floats:
    """The sway of a head: a few degrees and pixels, with periods of seconds."""
    sway = np.sin(2 * np.pi * t_s / np.array([7.3, 5.1, 3.7, 9.1]) + phases)
    middle = np.full(2, size_px / 2)
    larger = scale * (1 + 0.04 * float(sway[3]))
    aim = np.array(_FRAME_PX) / 2 + sway[1:3] * (8.0, 5.0)
    return similarity(middle, aim, scale=larger, turn_rad=0.05 * float(sway[0]))
