"""Where speed and ignition come from: one settings class for each provider, chosen by its `type`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge_app.settings_model import SettingsModel


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


ProviderSettings = Annotated[
    SourceProviderSettings | NoneProviderSettings | FixedProviderSettings,
    Field(discriminator="type"),
]


class VehicleSettings(SettingsModel):
    """What the vehicle says of itself."""

    provider: ProviderSettings = Field(
        default=SourceProviderSettings(), description="Where speed and ignition come from."
    )
