"""All settings of the program in the vehicle as one object, a group of keys for each room."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from edge_app.alerts.cabin_settings import CabinSettings
from edge_app.alerts.settings import AlertSettings
from edge_app.camera.settings import CameraSettings
from edge_app.driver_profiles.settings import DriverProfileSettings
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.face.settings import PerceptionSettings
from edge_app.service.settings import ServiceSettings
from edge_app.settings_model import SettingsModel
from edge_app.stills.settings import EventStillsSettings
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.trace.settings import TraceSettings
from edge_app.updates.settings import UpdateSettings
from edge_app.vehicle.settings import VehicleSettings


class UnitSettings(SettingsModel):
    """Which unit this is in the fleet."""

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
        default_factory=UnitSettings, description="Which unit this is in the fleet."
    )
    camera: CameraSettings = Field(
        default_factory=CameraSettings,
        description="Where frames come from and when they are at fault.",
    )
    perception: PerceptionSettings = Field(
        default_factory=PerceptionSettings, description="How faces are found and read."
    )
    driver_state: DriverStateSettings = Field(
        default_factory=DriverStateSettings, description="What the signals are taken to mean."
    )
    driver_profiles: DriverProfileSettings = Field(
        default_factory=DriverProfileSettings,
        description="What is learned of a driver, kept for the next drive. Off by default.",
    )
    alerts: AlertSettings = Field(
        default_factory=AlertSettings, description="Which alert, when, and how it ends."
    )
    cabin: CabinSettings = Field(
        default_factory=CabinSettings, description="Outputs in the cabin and the driver's answer."
    )
    vehicle: VehicleSettings = Field(
        default_factory=VehicleSettings, description="What the vehicle says of itself."
    )
    event_stills: EventStillsSettings = Field(
        default_factory=EventStillsSettings,
        description="Obscured, sealed pictures of the driver at an alert. Off by default.",
    )
    telemetry: TelemetrySettings = Field(
        default_factory=TelemetrySettings, description="Which broker, how, and what is told to it."
    )
    service: ServiceSettings = Field(
        default_factory=ServiceSettings,
        description="How the program stays up: standstill, heat, overload, the end.",
    )
    updates: UpdateSettings = Field(
        default_factory=UpdateSettings,
        description="Signed updates of the bundle and of settings. Off by default.",
    )
    trace: TraceSettings = Field(
        default_factory=TraceSettings,
        description="A recording without pictures from which every alert can be replayed.",
    )

    @field_validator("cabin")
    @classmethod
    def _recording_light_has_its_own_pin(
        cls, cabin: CabinSettings, info: ValidationInfo
    ) -> CabinSettings:
        camera = info.data.get("camera")
        pins = {getattr(output, "pin", None) for output in cabin.outputs}
        pins |= {cabin.acknowledge.button_pin}
        if camera is not None and camera.recording_light_pin in pins - {None}:
            raise ValueError(
                f"GPIO {camera.recording_light_pin} is camera.recording_light_pin already; give each"
                " its own"
            )
        return cabin

    @field_validator("telemetry")
    @classmethod
    def _only_what_is_read_is_published(
        cls, telemetry: TelemetrySettings, info: ValidationInfo
    ) -> TelemetrySettings:
        perception = info.data.get("perception")  # absent where it is wrong itself
        if telemetry.publish_expression and perception is not None and not perception.expression:
            raise ValueError(
                "publish_expression is true but perception.expression is not, so there is nothing to"
                " publish: switch both on, or leave both out"
            )
        if telemetry.publish_experimental and perception is not None and not perception.temporal:
            raise ValueError(
                "publish_experimental is true but perception.temporal is not, so there is nothing to"
                " publish: switch both on, or leave out publish_experimental"
            )
        stills = info.data.get("event_stills")
        if telemetry.publish_stills and stills is not None and not stills.enabled:
            raise ValueError(
                "publish_stills is true but event_stills.enabled is not, so there is nothing to publish: switch both"
                " on, or leave out publish_stills"
            )
        return telemetry
