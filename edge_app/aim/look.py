"""What one frame tells whoever aims the camera: from a step of the monitor to numbers without pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from calibration.camera.cabin import GazeZone
from calibration.camera.gaze_zones import Side
from edge_app.aim.blur_effect import blur_effect
from edge_app.alerts.event import EventType
from edge_app.camera.faults import CameraFault
from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import LidState
from edge_app.face.box import Box
from edge_app.face.luma_reach import luma_of
from edge_app.face.observation import FaceObservation
from edge_app.face.quality import ImageQuality, exposure_of, measure_quality
from edge_app.monitor import MonitorStep

Place = tuple[float, float]
_AS_LIKELY_AS_NOT = 0.5
_EVERY_PX = 4  # plenty for a percentile of a picture


@dataclass(frozen=True, slots=True)
class FaceLook:
    """Of the face in one frame. Left and right are the driver's own."""

    box: Box
    eye_left_px: Place
    eye_right_px: Place
    quality: ImageQuality
    # Of the head against the line to the camera, not against the camera's axis; signs as in `Signals`.
    line_yaw_rad: float
    line_pitch_rad: float
    roll_rad: float
    blur: float | None  # 0..1, of `blur_effect`
    glasses: float | None  # 0..1, clear or dark ones; None where perception does not tell

    @property
    def between_eyes_px(self) -> Place:
        return (
            (self.eye_left_px[0] + self.eye_right_px[0]) / 2,
            (self.eye_left_px[1] + self.eye_right_px[1]) / 2,
        )

    @property
    def eye_distance_px(self) -> float:
        """As it would be were the face turned to the camera."""
        return self.quality.eye_distance_px / max(0.2, math.cos(self.line_yaw_rad))


@dataclass(frozen=True, slots=True)
class Look:
    """One moment. `eyes`, `mouth`, `head`: why it cannot be judged; None: it can."""

    t_s: float
    is_frame: bool  # False: the camera delivered nothing at that moment
    fault: CameraFault | None
    width_px: int
    height_px: int
    bright_luma: float | None  # 0..255 of the whole picture, as `ImageQuality` has it of the face
    saturated_share: float | None
    face: FaceLook | None
    eyes: Unavailable | None  # both of them
    one_eye: Unavailable | None  # the worse of the two
    mouth: Unavailable | None
    head: Unavailable | None
    head_yaw_rad: float | None  # in the camera's frame
    head_pitch_rad: float | None
    closed: bool
    zone: GazeZone | None
    side: Side | None  # of the vehicle, as far as glances and mount tell
    alerts: tuple[EventType, ...]

    @property
    def covered(self) -> bool:
        """Something hangs before the mouth, or before an eye that is behind no glasses: wheel, hand, belt, a mask."""
        eye = self.one_eye is Unavailable.EYES_OCCLUDED and not self.wears_glasses
        return eye or self.mouth is Unavailable.MOUTH_OCCLUDED

    @property
    def wears_glasses(self) -> bool:
        return self.face is not None and (self.face.glasses or 0.0) >= _AS_LIKELY_AS_NOT


def look_at(frame: Frame | None, step: MonitorStep) -> Look:
    """frame: the last one that came, which may be older than the step."""
    state, signals = step.state, step.signals
    is_frame = frame is not None and frame.t_s == state.t_s
    left, right = signals.eye_openness_left, signals.eye_openness_right
    exposure = _exposure(frame) if frame is not None and is_frame else (None, None)
    return Look(
        t_s=state.t_s,
        is_frame=is_frame,
        fault=step.fault,
        width_px=frame.width_px if frame else 0,
        height_px=frame.height_px if frame else 0,
        bright_luma=exposure[0],
        saturated_share=exposure[1],
        face=_face(frame, step.observation) if frame and step.observation else None,
        eyes=None if _seen(left) or _seen(right) else left.unavailable,
        one_eye=left.unavailable or right.unavailable,
        mouth=signals.mouth_openness.unavailable,
        head=signals.head_yaw_rad.unavailable,
        head_yaw_rad=signals.head_yaw_rad.value,
        head_pitch_rad=signals.head_pitch_rad.value,
        closed=state.lid_episode.lids is LidState.CLOSED,
        zone=state.gaze_zone.zone,
        side=state.gaze_zone.driver_side,
        alerts=tuple(alert.type for alert in step.policy.active),
    )


def _seen(signal: Signal) -> bool:
    return signal.value is not None


def _exposure(frame: Frame) -> tuple[float, float]:
    sparse = np.ascontiguousarray(frame.image[::_EVERY_PX, ::_EVERY_PX])
    return exposure_of(luma_of(sparse))


def _face(frame: Frame, seen: FaceObservation) -> FaceLook | None:
    left, right = (
        (float(lids[:, 0].mean()), float(lids[:, 1].mean()))
        for lids in (seen.landmarks.eyelid_left, seen.landmarks.eyelid_right)
    )
    distance_px = math.dist(left, right)
    pose = seen.head_pose
    if not math.isfinite(distance_px + pose.yaw_rad + pose.pitch_rad + pose.roll_rad):
        return None
    visibility = seen.visibility
    return FaceLook(
        box=seen.box,
        eye_left_px=left,
        eye_right_px=right,
        quality=seen.quality or measure_quality(frame.image, seen.next_crop, distance_px),
        line_yaw_rad=pose.yaw_rad,
        line_pitch_rad=pose.pitch_rad,
        roll_rad=pose.roll_rad,
        blur=blur_effect(frame.image, seen.next_crop),
        glasses=None if visibility is None else max(visibility.glasses, visibility.sunglasses),
    )
