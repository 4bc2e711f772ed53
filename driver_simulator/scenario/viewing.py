"""What looks at the driver, and in which light: the camera, its faults, and how bright the cabin is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edge_app.settings_model import SettingsModel

Position = Literal["steering_column", "dash_centre", "a_pillar", "mirror"]


class CameraSettings(SettingsModel):
    """The camera that is drawn through."""

    position: Position = Field(
        "steering_column",
        description="Where it is mounted: below the face, between the seats, beside it or above it.",
    )
    spectrum: Literal["colour", "near_infrared"] = Field(
        "colour", description="A colour camera, or an infrared one with a lamp of its own."
    )
    width_px: int = Field(640, ge=160, le=1920, description="Width of the picture, pixels.")
    height_px: int = Field(480, ge=120, le=1080, description="Height of the picture, pixels.")
    frame_rate_hz: float = Field(30.0, ge=1, le=120, description="Frames per second.")
    field_of_view_deg: float = Field(
        50.0, ge=20, le=120, description="Horizontal field of view, degrees."
    )
    distance_m: float = Field(
        0.65, ge=0.3, le=1.5, description="From the lens to the driver's face, metres."
    )
    drop_share: float = Field(
        0.0, ge=0, le=0.95, description="Share of frames that are lost on the way."
    )
    jitter_s: float = Field(
        0.0, ge=0, le=0.2, description="Standard deviation of a frame's capture time, seconds."
    )
    noise: float = Field(
        1.5, ge=0, le=40, description="Standard deviation of sensor noise, grey levels of 255."
    )
    exposure_ev: float = Field(
        0.0, ge=-6, le=6, description="Over- or underexposure, steps of a factor of two."
    )
    blur_px: float = Field(
        0.0, ge=0, le=15, description="Standard deviation of the lens's blur, pixels."
    )


class LightSpan(SettingsModel):
    """Light from `from_s` until the next span."""

    from_s: float = Field(ge=0, description="When this light begins, seconds.")
    type: Literal["day", "dusk", "night", "tunnel", "low_sun"] = Field(
        description="`tunnel` has lamps that pass by, `low_sun` flickers through trees."
    )
    flicker_hz: float = Field(
        4.0, gt=0, le=30, description="Lamps or trees that pass in a second (tunnel, low_sun)."
    )
    strength: float = Field(
        1.0, ge=0, le=2, description="How strong the light's effect is; 1 is usual."
    )
