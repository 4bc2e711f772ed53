"""A driver painted into pictures, and a perception that reads the paint: the whole loop runs without a model.

The paint is a band of grey squares: whether a face is there, the openness of the eyes, and that of the mouth.
Everything else around it is the real thing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.observation import (
    Estimate,
    FaceDetection,
    FaceLandmarks,
    FaceObservation,
    HeadPose,
)
from edge_app.face.temporal_model import TemporalModel
from edge_app.views.overlay_video import OverlayVideo

WIDTH_PX, HEIGHT_PX = 320, 240
_SQUARE_PX = 48
_DARK, _BRIGHT = 40, 200


def painted(face: bool, openness: float, mouth: float, number: int) -> NDArray[np.uint8]:
    """One picture (H, W, 3). The background trembles, as a sensor's does."""
    noise = np.random.default_rng(number)
    image = noise.integers(90, 130, (HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
    for square, value in enumerate((float(face), openness, mouth)):
        left = 16 + square * 2 * _SQUARE_PX
        grey = round(_DARK + value * (_BRIGHT - _DARK))
        image[16 : 16 + _SQUARE_PX, left : left + _SQUARE_PX] = grey
    return image


def paint_clip(path: Path, moments: list[tuple[float, bool, float]], frame_rate_hz: float) -> None:
    """A video of (duration in s, face there, openness) one after the other; the mouth stays shut."""
    number = 0
    with OverlayVideo(path, quality_crf=20) as video:
        for duration_s, face, openness in moments:
            for _ in range(round(duration_s * frame_rate_hz)):
                video.write(painted(face, openness, 0.0, number), number / frame_rate_hz)
                number += 1


class PaintReader:
    """`Perception` of painted pictures."""

    name = "paint/1"
    expression_labels: tuple[str, ...] = ()
    temporal: TemporalModel | None = None
    blink_head = None

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        if _read(image, 0) < 0.5:
            return []
        return [FaceDetection((100.0, 100.0, 200.0, 220.0), 1.0, _CROP)]

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        openness = Estimate(_read(image, 1), 0.02)
        return FaceObservation(
            presence=_read(image, 0),
            box=(100.0, 100.0, 200.0, 220.0),
            landmarks=_LANDMARKS,
            eye_openness_left=openness,
            eye_openness_right=openness,
            mouth_openness=Estimate(_read(image, 2), 0.02),
            smile=Estimate(0.0, 0.1),
            head_pose=HeadPose(0.0, 0.0, 0.0, 0.02),
            gaze_yaw=None,
            gaze_pitch=None,
            expression=None,
            next_crop=_CROP,
        )


def _read(image: NDArray[np.uint8], square: int) -> float:
    left = 16 + square * 2 * _SQUARE_PX
    inside = image[24 : 8 + _SQUARE_PX, left + 8 : left + _SQUARE_PX - 8]
    return min(1.0, max(0.0, (float(inside.mean()) - _DARK) / (_BRIGHT - _DARK)))


def _eye(center_x_px: float) -> NDArray[np.float32]:
    turns = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    return np.stack([center_x_px + 12 * np.cos(turns), 140 + 5 * np.sin(turns)], axis=1).astype(
        np.float32
    )


_CROP = FaceCrop(150.0, 160.0, 160.0, 0.0)
_NONE = np.zeros((0, 2), np.float32)
_LANDMARKS = FaceLandmarks(
    eyelid_left=_eye(175.0),
    eyelid_right=_eye(125.0),
    iris_left=_NONE,
    iris_right=_NONE,
    lips_outer=_eye(150.0) + np.float32([0, 60]),
    lips_inner=_eye(150.0) + np.float32([0, 60]),
    brow_left=_NONE,
    brow_right=_NONE,
    oval=_eye(150.0) * 2,
    nose=_NONE,
)
