"""Faces without a model: observations drawn by hand, and a perception that says what its script says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import (
    Estimate,
    FaceDetection,
    FaceLandmarks,
    FaceObservation,
    HeadPose,
    Points,
)
from edge_app.face.temporal_model import TemporalModel

WIDTH_PX, HEIGHT_PX = 640, 480


def observation(
    *,
    center_px: tuple[float, float] = (320.0, 240.0),
    side_px: float = 200.0,
    presence: float = 1.0,
    yaw_rad: float = 0.0,
    pitch_rad: float = 0.0,
    eye_distance_px: float = 60.0,
) -> FaceObservation:
    x_px, y_px = center_px
    dots = np.zeros((4, 2), dtype=np.float32)
    # The driver's left eye is on the picture's right.
    left = lids((x_px + eye_distance_px / 2, y_px), eye_distance_px / 2)
    right = lids((x_px - eye_distance_px / 2, y_px), eye_distance_px / 2)
    middle = dots + np.array([x_px, y_px], dtype=np.float32)
    half = side_px / 3
    return FaceObservation(
        presence=presence,
        box=(x_px - half, y_px - half, x_px + half, y_px + half),
        landmarks=FaceLandmarks(
            left, right, left, right, middle, middle, left, right, middle, middle
        ),
        eye_openness_left=Estimate(0.8, 0.05),
        eye_openness_right=Estimate(0.7, 0.05),
        mouth_openness=Estimate(0.1, 0.05),
        smile=Estimate(0.2, 0.1),
        head_pose=HeadPose(yaw_rad, pitch_rad, 0.1, std_rad=0.05),
        gaze_yaw=None,
        gaze_pitch=None,
        expression=(0.5, 0.5),
        next_crop=FaceCrop(x_px, y_px, side_px, 0.0),
    )


def lids(center_px: tuple[float, float], width_px: float, aspect_ratio: float = 0.3) -> Points:
    """(16, 2) an eyelid's contour: both corners and seven points along each lid, as wide apart in all of them."""
    along = np.linspace(0.5, -0.5, 9)[1:-1] * width_px
    apart = np.full(7, aspect_ratio * width_px / 2)
    lower, upper = np.stack([along, apart], axis=1), np.stack([along[::-1], -apart], axis=1)
    corners = [[[width_px / 2, 0.0]], lower, [[-width_px / 2, 0.0]], upper]
    return (np.concatenate(corners) + np.array(center_px)).astype(np.float32)


def detection(
    center_px: tuple[float, float] = (320.0, 240.0), side_px: float = 200.0
) -> FaceDetection:
    seen = observation(center_px=center_px, side_px=side_px)
    return FaceDetection(seen.box, 0.9, seen.next_crop)


def frame(t_s: float, luma: int = 128) -> Frame:
    image = np.full((HEIGHT_PX, WIDTH_PX), luma, dtype=np.uint8)
    return Frame(image, t_s, round(t_s * 30))


def textured(luma: int = 128, contrast: int = 40, seed: int = 1) -> NDArray[np.uint8]:
    """A picture with detail everywhere, so that it counts as sharp."""
    noise = np.random.default_rng(seed).integers(-contrast, contrast + 1, (HEIGHT_PX, WIDTH_PX))
    return np.clip(luma + noise, 0, 255).astype(np.uint8)


@dataclass
class ScriptedPerception:
    """Says of each crop what `look` says, of each frame what `faces` holds; remembers what it was asked."""

    faces: list[FaceDetection] = field(default_factory=lambda: [detection()])
    look: Callable[[FaceCrop], FaceObservation] | None = None
    searched: int = 0
    crops: list[FaceCrop] = field(default_factory=list)
    name: str = "scripted/1"
    expression_labels: tuple[str, ...] = ()
    temporal: TemporalModel | None = None
    blink_head = None

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        self.searched += 1
        return list(self.faces)

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        self.crops.append(crop)
        if self.look is not None:
            return self.look(crop)
        return replace(
            observation(center_px=(crop.center_x_px, crop.center_y_px), side_px=crop.side_px),
            next_crop=crop,
        )
