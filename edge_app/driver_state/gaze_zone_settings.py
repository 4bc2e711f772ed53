"""Settings of the zones at which a driver looks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edge_app.settings_model import SettingsModel


class GazeZoneSettings(SettingsModel):
    """Which part of the cabin the head points at: mirrors, console, lap and so on. Told, and part of no decision."""

    driver_side: Literal["auto", "left", "right"] = Field(
        "auto",
        description="Side of the vehicle on which the driver sits; auto guesses it from glances and from camera_mount, "
        "and until it is sure zones of one side are not_calibrated.",
    )
    camera_mount: Literal["unknown", "steering_column", "dash_centre", "a_pillar", "mirror"] = (
        Field(
            "unknown",
            description="Where the camera is mounted; for driver_side: auto, which it makes sure at once where the "
            "camera stands aside (dash_centre, mirror, or the driver's own a_pillar).",
        )
    )
    camera_roll_deg: float = Field(
        0.0,
        ge=-45,
        le=45,
        description="How far an upright head leans clockwise in the picture, degrees; 0 where the camera is upright.",
    )
    min_certainty: float = Field(
        0.5, ge=0.1, le=1, description="A zone that is less certain is not told (0 to 1)."
    )
    keep_margin: float = Field(
        0.15,
        ge=0,
        le=1,
        description="A zone is kept until another is more certain by this (0 to 1).",
    )
    settle_s: float = Field(
        0.15, ge=0, le=2, description="Another zone is told after it has lasted so long, seconds."
    )
    glance_s: float = Field(
        0.3,
        gt=0,
        le=5,
        description="Turns of the head that last this long or longer tell of the driver's side, seconds.",
    )
