"""Settings of the camera: which source, what to ask of it, and when its picture counts as a fault."""

from __future__ import annotations

import os
from typing import Literal

from pydantic import Field, field_validator

from edge_app.camera.sources import is_built_in, known_schemes
from edge_app.settings_model import SettingsModel


class CameraSettings(SettingsModel):
    """The source of frames and the limits beyond which it is at fault."""

    source: str = Field(
        "v4l2:0",
        min_length=1,
        description="Where frames come from: v4l2:0, v4l2:/dev/video2, picamera2:0, gst:<pipeline>, "
        "rtsp://host/path, file:<video>, images:<folder>, sim:<scenario> (a simulated driver), or the path of a video, "
        "picture or folder.",
    )
    width_px: int = Field(
        640, ge=64, le=7680, description="Picture width asked of a camera, pixels."
    )
    height_px: int = Field(
        480, ge=64, le=4320, description="Picture height asked of a camera, pixels."
    )
    frame_rate_hz: float = Field(
        30.0,
        gt=0,
        le=240,
        description="Frames per second asked of a camera; for a folder of pictures, their spacing in time.",
    )
    pixel_format: Literal["auto", "mjpg", "yuyv", "grey"] = Field(
        "auto",
        description="Format asked of a V4L2 camera. auto asks for mjpg, which USB cameras need for full rate; "
        "grey is for monochrome (infrared) cameras.",
    )
    exposure_longest_ms: float | None = Field(
        None,
        gt=0,
        le=1000,
        description="Longest exposure that auto-exposure may choose, milliseconds; null leaves it to the camera. "
        "picamera2 keeps to it. A V4L2 camera is only kept from exposing for longer than the time between two frames; "
        "gst wants it in the pipeline (exposuretimerange of nvarguscamerasrc).",
    )
    recording_light_pin: int | None = Field(
        None,
        ge=0,
        le=27,
        description="GPIO number (BCM) of a lamp that is lit only while frames are looked at; null for none.",
    )
    lens: str | None = Field(
        None,
        min_length=1,
        max_length=4096,
        description="The lens: the path of a file from vigil calibrate camera, or the name of a common camera such as "
        "pi_camera_3. Without it perception.horizontal_field_of_view_deg holds.",
    )
    decode_threads: int = Field(
        1, ge=1, le=8, description="Threads that decode video from a file or network camera."
    )
    file_speed: float = Field(
        1.0, gt=0, le=100, description="Speed at which a file is played live; 1 is real time."
    )
    max_width_px: int = Field(
        1920,
        ge=64,
        le=7680,
        description="Width of the largest picture accepted from a source, pixels.",
    )
    max_height_px: int = Field(
        1080, ge=64, le=4320, description="Height of the largest picture accepted, pixels."
    )
    min_side_px: int = Field(
        64, ge=1, le=1080, description="A picture with a side shorter than this is garbage, pixels."
    )
    open_timeout_s: float = Field(
        15.0,
        gt=0,
        description="A source without its first frame after this time is started again, seconds.",
    )
    no_frame_after_s: float = Field(
        2.0,
        gt=0,
        description="A running camera silent for this long is at fault, and its process is replaced, seconds.",
    )
    stale_after_s: float = Field(
        0.25, gt=0, description="A frame older than this when it is read counts as late, seconds."
    )
    frozen_after_s: float = Field(
        8.0,
        gt=0,
        description="A picture that repeats bit for bit for this long is frozen, seconds. Below 10, so that the "
        "driver is told in time.",
    )
    black_below_luma: int = Field(
        12,
        ge=1,
        le=255,
        description="A picture is black when 99 % of it is darker than this luma, 0 to 255.",
    )
    overexposed_from_luma: int = Field(
        250, ge=1, le=255, description="Luma from which a pixel counts as overexposed, 0 to 255."
    )
    overexposed_share: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Share of overexposed pixels above which the picture is overexposed.",
    )
    size_change_after_s: float = Field(
        1.0,
        ge=0,
        description="A picture size that differs from the last good one is at fault until it has held this long, "
        "seconds.",
    )
    reopen_first_s: float = Field(
        0.5,
        gt=0,
        description="Wait before a failed camera is opened again, seconds; doubled at each failure.",
    )
    reopen_longest_s: float = Field(
        10.0, gt=0, description="Longest wait between two attempts to open a camera, seconds."
    )

    @field_validator("source")
    @classmethod
    def _scheme_is_known(cls, source: str) -> str:
        scheme, colon, _ = source.partition(":")
        if colon and not os.path.exists(source) and not is_built_in(scheme.lower()):
            known = known_schemes()
            if scheme.lower() not in known:
                raise ValueError(f"{scheme}: is no kind of source; known are {', '.join(known)}")
        return source
