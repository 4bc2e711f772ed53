"""Settings of the links over a network: a satellite receiver behind gpsd, and a broker in the vehicle."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from edge_app.settings_model import SettingsModel
from edge_app.vehicle.link_settings import LinkSettings


class GnssProviderSettings(LinkSettings):
    """Speed by satellite, from gpsd."""

    type: Literal["gnss"] = Field(default="gnss", description="A satellite receiver behind gpsd.")
    host: str = Field(default="localhost", min_length=1, description="Where gpsd runs.")
    port: int = Field(default=2947, ge=1, le=65535, description="TCP port of gpsd.")
    # Receivers tell once a second: one report may be lost.
    stale_after_s: float = Field(
        default=3.0,
        gt=0,
        le=60,
        description="A speed that was not told again for so long is unknown, seconds.",
    )


class VssTopicSettings(SettingsModel):
    """The topic of each value, below the prefix; null for what nobody publishes."""

    speed: str | None = Field(default="Vehicle/Speed", min_length=1, description="km/h.")
    is_moving: str | None = Field(
        default="Vehicle/IsMoving",
        min_length=1,
        description="true or false; false is a speed of 0 where no speed is told.",
    )
    low_voltage_system_state: str | None = Field(
        default="Vehicle/LowVoltageSystemState",
        min_length=1,
        description="ON and START are ignition on; OFF, LOCK and ACC are off.",
    )
    current_gear: str | None = Field(
        default="Vehicle/Powertrain/Transmission/CurrentGear",
        min_length=1,
        description="Below 0 is reverse.",
    )
    steering_wheel_angle: str | None = Field(
        default="Vehicle/Chassis/SteeringWheel/Angle",
        min_length=1,
        description="Degrees, positive to the left.",
    )

    @field_validator("*")
    @classmethod
    def _one_topic(cls, topic: str | None) -> str | None:
        if topic is not None and any(character in topic for character in "+#\0"):
            raise ValueError("a topic has no wildcard (+, #)")
        return topic

    @model_validator(mode="after")
    def _told_apart(self) -> VssTopicSettings:
        topics = [topic for topic in self.model_dump().values() if topic is not None]
        if not topics:
            raise ValueError("no topic is read; name at least one")
        if len(set(topics)) < len(topics):
            raise ValueError("two values have the same topic; give each its own")
        return self


class MqttProviderSettings(LinkSettings):
    """Values under their VSS names (COVESA) from a broker in the vehicle."""

    type: Literal["mqtt"] = Field(default="mqtt", description="VSS values from an MQTT broker.")
    host: str = Field(
        default="localhost", min_length=1, description="Name or address of the vehicle's broker."
    )
    port: int = Field(default=1883, ge=1, le=65535, description="TCP port of the broker.")
    ca_file: Path | None = Field(
        default=None,
        description="PEM file of the authority that signed the broker's certificate; then TLS is spoken.",
    )
    username: str | None = Field(
        default=None, min_length=1, description="User name at the broker; null for none."
    )
    password_file: Path | None = Field(
        default=None, description="File whose first line is the password of that user."
    )
    topic_prefix: str = Field(
        default="",
        description="Front of every topic, such as `vss/`; it is put before the topics as it stands.",
    )
    topics: VssTopicSettings = Field(
        default_factory=VssTopicSettings, description="The topic of each value."
    )
    switches_stale_after_s: float = Field(
        default=10.0,
        gt=0,
        le=3600,
        description="The same for ignition and gear, which many publish when they change and then seldom, seconds.",
    )

    @field_validator("topic_prefix")
    @classmethod
    def _no_wildcard(cls, prefix: str) -> str:
        if any(character in prefix for character in "+#\0"):
            raise ValueError("a topic has no wildcard (+, #)")
        return prefix

    @model_validator(mode="after")
    def _password_of_somebody(self) -> MqttProviderSettings:
        if self.password_file is not None and self.username is None:
            raise ValueError("password_file is the password of a user; name the username as well")
        return self
