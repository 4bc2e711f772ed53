"""Settings of perception: which model, which face, and from where a picture is too poor to judge."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from edge_app.settings_model import SettingsModel


class PerceptionSettings(SettingsModel):
    """How faces are found and read."""

    model: Literal["mediapipe"] = Field(
        "mediapipe", description="Which perception to run: MediaPipe's face_landmarker.task."
    )
    model_file: Path | None = Field(
        None,
        description="Path of the model file. Without it, VIGIL_MODELS and the download cache are searched.",
    )
    runtime: Literal["litert"] = Field(
        "litert", description="Inference runtime that executes the model."
    )
    threads: int = Field(1, ge=1, le=16, description="CPU threads of the inference runtime.")
    driver_side: Literal["auto", "left", "right"] = Field(
        "auto",
        description="Half of the picture in which the driver sits; auto takes the largest face.",
    )
    horizontal_field_of_view_deg: float = Field(
        60.0, gt=10, lt=170, description="The lens's horizontal field of view, degrees."
    )
    min_presence: float = Field(
        0.5, ge=0, le=1, description="Below this certainty a crop is taken to hold no face."
    )
    recheck_interval_s: float = Field(
        1.0,
        gt=0,
        le=60,
        description="How often the detector checks that the tracked face is a face and the driver's, seconds.",
    )
    min_face_luma: float = Field(
        22.0,
        ge=0,
        le=255,
        description="A face whose brightest tenth is darker than this is too_dark.",
    )
    max_saturated_share: float = Field(
        0.6,
        gt=0,
        le=1,
        description="A face with more saturated pixels than this share is overexposed.",
    )
    min_sharpness: float = Field(
        4.0,
        ge=0,
        description="Variance of the Laplacian of the 112 px face below which it counts as blurred.",
    )
    min_eye_distance_px: float = Field(
        18.0,
        ge=0,
        description="Distance between the eyes below which they are low_resolution, pixels.",
    )
    max_eye_yaw_deg: float = Field(
        40.0,
        gt=0,
        le=90,
        description="Head turn against the camera beyond which the farther eye is out_of_pose, degrees.",
    )
    max_head_yaw_deg: float = Field(
        75.0,
        gt=0,
        le=90,
        description="Head turn against the camera beyond which eyes and mouth are out_of_pose, degrees.",
    )
    max_head_pitch_deg: float = Field(
        55.0,
        gt=0,
        le=90,
        description="Head nod against the camera beyond which eyes and mouth are out_of_pose, degrees.",
    )
