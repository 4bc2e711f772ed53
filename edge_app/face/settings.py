"""Settings of perception: which model, which face, and from where a picture is too poor to judge."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from edge_app.settings_model import SettingsModel

BUILT_IN, MEDIAPIPE = "default", "mediapipe"  # as values of `model`


class PerceptionSettings(SettingsModel):
    """How faces are found and read."""

    model: str = Field(
        BUILT_IN,
        min_length=1,
        max_length=4096,
        json_schema_extra={
            "allowed": "default, mediapipe, the name of an installed bundle, or the path of a bundle's folder"
        },
        description="Which models find and read faces: default is the bundle that comes with Vigil, mediapipe is "
        "MediaPipe's face_landmarker.task.",
    )
    model_file: Path | None = Field(
        None,
        description="Path of MediaPipe's model file. Without it, VIGIL_MODELS and the download cache are searched.",
    )
    runtime: Literal["auto", "litert", "onnx", "openvino"] = Field(
        "auto",
        description="Inference runtime that executes the models; auto takes the fastest that is installed.",
    )
    threads: int = Field(1, ge=1, le=16, description="CPU threads of the inference runtime.")
    expression: bool = Field(
        False,
        description="Read facial expression too; where this is off, its model is not even loaded.",
    )
    temporal: bool = Field(
        True,
        description="Follow the face over time where the bundle has the part temporal; what that says of drowsiness or "
        "intoxication is experimental and raises no alert. Expression over time is read only with expression.",
    )
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
        description="Variance of the Laplacian of the 112 px face below which it counts as blurred; for models "
        "that do not tell the blur themselves.",
    )
    max_blur_px: float = Field(
        4.0,
        gt=0,
        description="Blur of the 112 px face above which it counts as blurred, standard deviation in pixels; for "
        "models that tell it.",
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
    min_eye_visibility: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Below this an eye is eyes_occluded; 0.5 is where the model itself would decide, 0 never does.",
    )
    min_mouth_visibility: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Below this the mouth is mouth_occluded; 0.5 is where the model itself would decide, 0 never does.",
    )
    max_eye_openness_std: float = Field(
        0.2,
        gt=0,
        description="Openness of an eye whose standard deviation is larger is uncertain.",
    )
    max_mouth_openness_std: float = Field(
        0.4,
        gt=0,
        description="Openness of the mouth whose standard deviation is larger is uncertain.",
    )
    max_head_std_deg: float = Field(
        20.0,
        gt=0,
        description="Head angles whose standard deviation is larger are uncertain, degrees.",
    )
