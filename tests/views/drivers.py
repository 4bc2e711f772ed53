"""Driver states, faces and pictures for the tests of the views, drawn rather than photographed."""

from __future__ import annotations

import math
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import (
    BlinkStatistics,
    Closure,
    ClosureKind,
    DriverState,
    Drowsiness,
    Glance,
    LidEpisode,
    LidState,
    OffRoad,
    Perclos,
    Presence,
    YawnState,
)
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import Estimate, FaceLandmarks, FaceObservation, HeadPose


def driver(
    t_s: float = 0.0,
    *,
    closure: float = 0.1,
    mouth: float = 0.05,
    yaw_rad: float = 0.0,
    off_road_s: float = 0.0,
    eyes_missing: Unavailable | None = None,
    absent: Unavailable | None = None,
) -> DriverState:
    """A driver at one moment; `eyes_missing` hides the eyes, `absent` the whole face."""
    eyes, face = absent or eyes_missing, absent

    def of(value: float, missing: Unavailable | None) -> Signal:
        return Signal.missing(missing) if missing else Signal.of(value)

    closed = closure >= 0.8
    lids = LidState.UNKNOWN if eyes else LidState.CLOSED if closed else LidState.OPEN
    return DriverState(
        t_s=t_s,
        presence=Presence(face is None, 0.0, 0.0, 0.0, eyes),
        closure=Closure(of(closure, eyes), of(closure, eyes), of(closure, eyes)),
        lid_episode=LidEpisode(lids, ClosureKind.NONE, None, 0.5 if closed else 0.0),
        blinks=BlinkStatistics(3, of(12.0, eyes), of(0.2, eyes), of(0.1, eyes), None),
        perclos=Perclos(None if eyes else 0.05, None if eyes else 0.02, 0.9),
        mouth_openness=of(mouth, face),
        yawn=YawnState(mouth > 0.5, 0, None),
        head_yaw_rad=of(yaw_rad, face),
        head_pitch_rad=of(0.0, face),
        head_roll_rad=of(0.0, face),
        glance=Glance(
            None if face else off_road_s > 0,
            OffRoad.HEAD_TURNED if off_road_s > 0 else None,
            face,
            None,
            off_road_s,
            off_road_s,
            0.0,
            0.0,
        ),
        drowsiness=Drowsiness(None if eyes else 3.0, 0.8, ("perclos",), eyes),
        expression=None,
        valid_frame_rate_hz=30.0,
    )


def drive(duration_s: float, rate_hz: float = 30.0) -> Iterator[DriverState]:
    """A blink of 0.2 s every four seconds, and each second minute 10 s without eyes."""
    for index in range(round(duration_s * rate_hz)):
        t_s = index / rate_hz
        blink = 0.9 if t_s % 4.0 < 0.2 else 0.0
        hidden = Unavailable.EYES_OCCLUDED if 60 <= t_s % 120 < 70 else None
        wobble = 0.03 * math.sin(7.1 * t_s)
        yield driver(
            t_s, closure=0.05 + wobble + blink, yaw_rad=0.3 * math.sin(t_s / 9), eyes_missing=hidden
        )


def picture(width_px: int, height_px: int, *, monochrome: bool = False) -> NDArray[np.uint8]:
    shape = (height_px, width_px) if monochrome else (height_px, width_px, 3)
    return np.full(shape, 120, np.uint8)


def frame(width_px: int = 640, height_px: int = 480, *, monochrome: bool = False) -> Frame:
    return Frame(picture(width_px, height_px, monochrome=monochrome), 0.0, 0)


def ring(x_px: float, y_px: float, a_px: float, b_px: float, n: int = 16) -> NDArray[np.float32]:
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([x_px + a_px * np.cos(turn), y_px + b_px * np.sin(turn)], 1).astype(np.float32)


def face(width_px: int = 640, height_px: int = 480) -> FaceObservation:
    """A face of ellipses in the middle of the picture."""
    x, y, size = width_px / 2, height_px * 0.4, height_px / 4

    def iris(side: int) -> NDArray[np.float32]:
        center = np.array([[x + side * size * 0.4, y - size * 0.2]], np.float32)
        return np.concatenate([center, ring(*center[0], size * 0.08, size * 0.08, 4)])

    landmarks = FaceLandmarks(
        eyelid_left=ring(x + size * 0.4, y - size * 0.2, size * 0.2, size * 0.1),
        eyelid_right=ring(x - size * 0.4, y - size * 0.2, size * 0.2, size * 0.1),
        iris_left=iris(1),
        iris_right=iris(-1),
        lips_outer=ring(x, y + size * 0.5, size * 0.35, size * 0.15),
        lips_inner=ring(x, y + size * 0.5, size * 0.3, size * 0.08),
        brow_left=ring(x + size * 0.4, y - size * 0.45, size * 0.25, size * 0.05),
        brow_right=ring(x - size * 0.4, y - size * 0.45, size * 0.25, size * 0.05),
        oval=ring(x, y, size * 0.85, size * 1.1, 32),
        nose=np.array([[x, y - size * 0.2], [x, y], [x, y + size * 0.2]], np.float32),
    )
    sure = Estimate(0.9, 0.05)
    return FaceObservation(
        presence=0.99,
        box=(x - size, y - size, x + size, y + size),
        landmarks=landmarks,
        eye_openness_left=sure,
        eye_openness_right=sure,
        mouth_openness=sure,
        smile=sure,
        head_pose=HeadPose(0.0, 0.0, 0.0, 0.05),
        gaze_yaw=None,
        gaze_pitch=None,
        expression=None,
        next_crop=FaceCrop(x, y, 3 * size, 0.0),
    )


def jpeg(image: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", image)[1].tobytes()
