"""All settings of the program in the vehicle as one object, a group of keys for each room."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from edge_app.alerts.cabin_settings import CabinSettings
from edge_app.settings_model import SettingsModel
from edge_app.vehicle.settings import VehicleSettings


class UnitSettings(SettingsModel):
    """Which unit this is and how it is mounted."""

    vehicle_id: str = Field(
        default="unnamed-vehicle",
        # One level of an MQTT topic, and the broker's user name: no `/`, `+`, `#`, no blanks.
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
        # Read by the error sentences in place of the pattern.
        json_schema_extra={
            "allowed": "1 to 64 of the characters A-Z a-z 0-9 _ - . with a letter or digit first"
        },
        description=(
            "The vehicle's name in the fleet: one level of its MQTT topics and its user name at the"
            " broker."
        ),
    )
    driver_side: Literal["auto", "left", "right"] = Field(
        default="auto",
        description=(
            "The side of the vehicle, looking forwards, on which the driver sits; `auto` takes the"
            " largest face."
        ),
    )


class VigilSettings(SettingsModel):
    """Everything that can be set."""

    profile: str | None = Field(
        default=None,
        description=(
            "The device this runs on (a file of `firmware_configs/`, such as `raspberry_pi_5`); its"
            " values hold wherever this file says nothing."
        ),
    )
    unit: UnitSettings = Field(
        default=UnitSettings(), description="Which unit this is and how it is mounted."
    )
    cabin: CabinSettings = Field(
        default=CabinSettings(), description="Outputs in the cabin and the driver's answer."
    )
    vehicle: VehicleSettings = Field(
        default=VehicleSettings(), description="What the vehicle says of itself."
    )
