"""Where speed, ignition, gear and steering come from: one settings class for each provider, chosen by its `type`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge_app.settings_model import SettingsModel
from edge_app.vehicle.bus_settings import (
    CanProviderSettings,
    Elm327ProviderSettings,
    ObdProviderSettings,
)
from edge_app.vehicle.network_settings import GnssProviderSettings, MqttProviderSettings


class SourceProviderSettings(SettingsModel):
    """What comes with the frames: a simulated drive tells its speed and ignition, cameras and clips tell nothing.

    Where they stay unknown, alerts assume fast driving.
    """

    type: Literal["source"] = Field(
        default="source", description="What the source of frames tells."
    )


class NoneProviderSettings(SettingsModel):
    """The vehicle tells nothing: speed and ignition stay unknown, and alerts assume fast driving."""

    type: Literal["none"] = Field(default="none", description="No connection to the vehicle.")


class FixedProviderSettings(SettingsModel):
    """The same values for ever: for a bench, a demonstration or a vehicle without a bus."""

    type: Literal["fixed"] = Field(default="fixed", description="The values written here.")
    speed_kmh: float | None = Field(
        default=None, ge=0.0, le=400.0, description="Speed in km/h; null where it is unknown."
    )
    ignition_on: bool | None = Field(
        default=True, description="Whether the ignition is on; null where it is unknown."
    )
    reverse: bool | None = Field(
        default=None, description="Whether reverse gear is in; null where it is unknown."
    )
    steering_wheel_rad: float | None = Field(
        default=None,
        ge=-20.0,
        le=20.0,
        description="Angle of the steering wheel in rad, positive to the left; null where it is unknown.",
    )


OneProviderSettings = Annotated[
    CanProviderSettings
    | ObdProviderSettings
    | Elm327ProviderSettings
    | GnssProviderSettings
    | MqttProviderSettings
    | FixedProviderSettings,
    Field(discriminator="type"),
]


class CombinedProviderSettings(SettingsModel):
    """Several at once: each value is the first one's that knows it."""

    type: Literal["combined"] = Field(
        default="combined", description="Several providers, the best first."
    )
    providers: tuple[OneProviderSettings, ...] = Field(
        min_length=2, max_length=8, description="Those asked, in this order."
    )


ProviderSettings = Annotated[
    SourceProviderSettings
    | NoneProviderSettings
    | FixedProviderSettings
    | CanProviderSettings
    | ObdProviderSettings
    | Elm327ProviderSettings
    | GnssProviderSettings
    | MqttProviderSettings
    | CombinedProviderSettings,
    Field(discriminator="type"),
]


class VehicleSettings(SettingsModel):
    """What the vehicle says of itself."""

    provider: ProviderSettings = Field(
        default=SourceProviderSettings(),
        description="Where speed, ignition, gear and steering come from.",
    )
