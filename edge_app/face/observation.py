"""What one forward pass of perception says of one face, in words of the field; no model's numbering leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_app.blink_head.head import BlinkHead
from edge_app.driver_state.signals import TemporalHead
from edge_app.face.box import Box
from edge_app.face.crop import FaceCrop
from edge_app.face.quality import ImageQuality
from edge_app.face.temporal_model import TemporalModel

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceLandmarks:
    """Named points, each (N, 2) float32 in frame pixels. Left and right are the driver's own."""

    eyelid_left: Points  # closed contour
    eyelid_right: Points
    iris_left: Points  # centre, then four rim points; (0, 2) where perception has no irises
    iris_right: Points
    lips_outer: Points  # closed contour
    lips_inner: Points  # closed contour
    brow_left: Points
    brow_right: Points
    oval: Points  # closed contour
    nose: Points  # root to base


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its standard deviation, in the same unit."""

    value: float
    std: float


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Rotation of the head against the line from the camera to the face, radians; signs as in `Signals`."""

    yaw_rad: float
    pitch_rad: float
    roll_rad: float
    std_rad: float


@dataclass(frozen=True, slots=True)
class FaceVisibility:
    """What of a face can be seen and what covers it, 0..1; 0.5 is where the perception itself would decide."""

    eye_left: float
    eye_right: float
    mouth: float
    glasses: float
    sunglasses: float
    mask: float
    hand: float


@dataclass(frozen=True, slots=True)
class FaceObservation:
    """One face in one frame. Openness and smile run 0..1, as in `Signals`."""

    presence: float  # 0..1, how sure perception is that the crop holds a face
    box: Box
    landmarks: FaceLandmarks
    eye_openness_left: Estimate
    eye_openness_right: Estimate
    mouth_openness: Estimate
    smile: Estimate
    head_pose: HeadPose
    gaze_yaw: Estimate | None  # radians against the head; None where perception offers no gaze
    gaze_pitch: Estimate | None
    expression: tuple[float, ...] | None
    next_crop: (
        FaceCrop  # where to look in the next frame, from points that blinks and yawns do not move
    )
    visibility: FaceVisibility | None = None  # None where perception does not tell
    quality: ImageQuality | None = None  # None: to be measured in the frame
    # (256,) for heads over time, None where perception has none to offer; never leaves the device.
    embedding: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class FaceDetection:
    """A face found in a whole frame."""

    box: Box
    score: float  # 0..1
    crop: FaceCrop  # where to look closer


class Perception(Protocol):
    """Finds faces in a frame and reads one face at a crop. Used from one thread."""

    @property
    def name(self) -> str:
        """What is published as the model bundle's name and version."""
        ...

    @property
    def expression_labels(self) -> tuple[str, ...]:
        """Names of the expression classes; empty where expression is not offered."""
        ...

    @property
    def temporal(self) -> TemporalModel | None:
        """What follows the embeddings of one face over time; None where that is not offered."""
        ...

    @property
    def blink_head(self) -> BlinkHead | None:
        """What tells from the last blinks how alert they look; None where that is not offered."""
        ...

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        """All faces in `image` (H, W[, 3]), best first."""
        ...

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        """Read the face inside `crop`; `presence` says whether there is one."""
        ...


def temporal_heads(perception: Perception) -> tuple[TemporalHead, ...]:
    """The heads over time that `perception` offers."""
    return () if perception.temporal is None else perception.temporal.heads
