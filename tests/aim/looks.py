"""Looks made by hand, for what needs no picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edge_app.aim.look import FaceLook, Look
from edge_app.aim.looks import Looks
from edge_app.face.quality import ImageQuality

FACE = FaceLook(
    box=(270.0, 180.0, 370.0, 320.0),
    eye_left_px=(345.0, 240.0),
    eye_right_px=(295.0, 240.0),
    quality=ImageQuality(bright_luma=150.0, saturated_share=0.0, eye_distance_px=50.0, blur_px=0.1),
    line_yaw_rad=0.0,
    line_pitch_rad=0.0,
    roll_rad=0.0,
    blur=0.35,
    glasses=0.1,
)


def look(t_s: float = 0.0, **changes: Any) -> Look:
    base = Look(
        t_s=t_s,
        is_frame=True,
        fault=None,
        width_px=640,
        height_px=480,
        bright_luma=150.0,
        saturated_share=0.0,
        face=FACE,
        eyes=None,
        one_eye=None,
        mouth=None,
        head=None,
        head_yaw_rad=0.0,
        head_pitch_rad=0.0,
        closed=False,
        zone=None,
        side=None,
        alerts=(),
    )
    return replace(base, **changes)


def eyes_at(x_px: float, y_px: float, distance_px: float = 50.0) -> FaceLook:
    half = distance_px / 2
    return replace(
        FACE,
        eye_left_px=(x_px + half, y_px),
        eye_right_px=(x_px - half, y_px),
        quality=replace(FACE.quality, eye_distance_px=distance_px),
    )


def looks(count: int = 60, rate_hz: float = 20.0, **changes: Any) -> Looks:
    return Looks(look(at / rate_hz, **changes) for at in range(count))
