"""Settings of the way to the fleet: broker, transport security, outbox, rhythm of the messages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from edge_app.back_off import BackOffSettings
from edge_app.settings_model import SettingsModel
from edge_app.telemetry.command_settings import CommandSettings

AWS_IN_FLIGHT = 100
AWS_SLASHES_IN_PREFIX = 3  # 7 in all, and 4 in /<vehicle>/command/<name>/result
AWS_SLASHES_IN_PREFIX_WITH_VSS = 1  # 6 in /<vehicle>/vss/Vehicle/Driver/Vigil/<signal>


def default_outbox_path() -> Path:
    """Where state that must survive a restart belongs on this machine."""
    home = os.environ.get("XDG_STATE_HOME")
    base = Path(home) if home else Path.home() / ".local" / "state"
    return base / "vigil" / "outbox.sqlite"


class TlsSettings(SettingsModel):
    """Transport security. Present means: speak TLS and nothing else."""

    ca_file: Path | None = Field(
        default=None,
        description="PEM file of the authority that signed the broker's certificate; the system's when absent",
    )
    certificate_file: Path | None = Field(
        default=None,
        description="PEM file of this vehicle's own certificate, for brokers that ask for one",
    )
    key_file: Path | None = Field(
        default=None, description="PEM file of the private key belonging to certificate_file"
    )
    warn_before_days: float = Field(
        default=30.0,
        ge=0,
        description="The unit is degraded (`certificate_expires`) so long before its certificate ends, days",
    )
    check_host_name: bool = Field(
        default=True,
        description="Refuse a broker whose certificate names another host; leave on outside a laboratory",
    )

    @model_validator(mode="after")
    def _certificate_and_key_go_together(self) -> TlsSettings:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file are given together or not at all")
        return self


class OutboxSettings(SettingsModel):
    """What is kept on disk until the broker has taken it."""

    path: Path = Field(
        default_factory=default_outbox_path,
        description="SQLite file holding undelivered events; its folder is made when missing",
    )
    capacity_rows: int = Field(
        default=100_000,
        ge=10,
        description="Most messages kept; when full the oldest gauges go first, safety events last",
    )
    capacity_bytes: int = Field(
        default=64_000_000,
        ge=10_000,
        description="Most message bytes kept, counted as they are sent",
    )
    in_flight: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="Most messages sent and not yet acknowledged by the broker",
    )
    gauge_commit_interval_s: float = Field(
        default=60.0,
        gt=0,
        description="Gauges are written to disk together, at most this often, seconds",
    )


class VssSettings(SettingsModel):
    """Live state under the names of COVESA's Vehicle Signal Specification as well."""

    enabled: bool = Field(
        default=False,
        description="Publish each signal on `vss/<path>` when it has changed; nothing that state does not publish",
    )
    refresh_interval_s: float = Field(
        default=10.0,
        gt=0,
        description="A signal that has not changed is told again so often, seconds",
    )


class HomeAssistantSettings(SettingsModel):
    """Home Assistant finds the unit by itself, and shows what state, status and health publish."""

    enabled: bool = Field(
        default=False,
        description="Publish a retained discovery message at each connection; the user must be allowed to write it",
    )
    discovery_prefix: str = Field(
        default="homeassistant",
        pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$",
        json_schema_extra={"allowed": "levels of A-Z a-z 0-9 _ - joined by `/`"},
        description="Front of the discovery topic, as set in Home Assistant",
    )


class TelemetrySettings(SettingsModel):
    """Which broker, how, and what is told to it."""

    enabled: bool = Field(
        default=False, description="Send anything at all; off keeps everything in the vehicle"
    )
    host: str = Field(
        default="localhost", min_length=1, description="Name or address of the MQTT broker"
    )
    port: int = Field(
        default=1883,
        ge=1,
        le=65535,
        description="TCP port; 1883 is usual without TLS, 8883 with it",
    )
    protocol: Literal["auto", "5", "3.1.1"] = Field(
        default="auto",
        description="MQTT version; `auto` offers 5 and falls back to 3.1.1 when the broker refuses",
    )
    tls: TlsSettings | None = Field(
        default=None, description="Transport security; absent means plain TCP"
    )
    username: str | None = Field(
        default=None,
        description="User name at the broker; the vehicle id when absent and a password is given",
    )
    password: SecretStr | None = Field(
        default=None,
        description="Password in the file itself; prefer password_file or password_env",
    )
    password_file: Path | None = Field(
        default=None,
        description="File whose first line is the password, readable only by this user",
    )
    password_env: str | None = Field(
        default=None, description="Environment variable that holds the password"
    )
    keep_alive_s: int = Field(
        default=30,
        ge=2,
        le=3600,
        description="Silence after which each side asks whether the other lives, seconds",
    )
    connect_timeout_s: float = Field(
        default=10.0,
        gt=0,
        description="Longest wait for a connection and the broker's answer, seconds",
    )
    acknowledge_timeout_s: float = Field(
        default=30.0,
        gt=0,
        description="An event unacknowledged for so long means a dead connection, seconds",
    )
    back_off: BackOffSettings = Field(
        default_factory=BackOffSettings, description="Waits between attempts to connect"
    )
    outbox: OutboxSettings = Field(
        default_factory=OutboxSettings, description="What is kept until the broker has taken it"
    )
    commands: CommandSettings = Field(
        default_factory=CommandSettings,
        description="What the fleet may have this unit do. Nothing by default",
    )
    topic_prefix: str = Field(
        default="vigil/v1", min_length=1, description="Front of every topic, before the vehicle id"
    )
    profile: Literal["vigil", "thingsboard", "aws_iot"] = Field(
        default="vigil",
        description="What kind of broker is spoken to: topics, payloads and client id as it wants them",
    )
    vss: VssSettings = Field(
        default_factory=VssSettings,
        description="Live state under the names of the Vehicle Signal Specification",
    )
    home_assistant: HomeAssistantSettings = Field(
        default_factory=HomeAssistantSettings, description="Discovery by Home Assistant"
    )
    state_interval_s: float = Field(
        default=1.0, gt=0, description="Live state is published this often, seconds"
    )
    state_expiry_s: int = Field(
        default=10, ge=1, description="MQTT 5 brokers drop live state older than this, seconds"
    )
    health_interval_s: float = Field(
        default=60.0, gt=0, description="Health is published this often, seconds"
    )
    historical_after_s: float = Field(
        default=10.0,
        gt=0,
        description="Events sent later than this are marked `historical`, seconds",
    )
    publish_expression: bool = Field(
        default=False,
        description="Publish facial expression, which perception.expression reads; banned at work in the EU except for"
        " safety or health",
    )

    publish_experimental: bool = Field(
        default=False,
        description="Publish what perception.temporal reads (drowsiness, intoxication; expression with"
        " publish_expression): experimental, and off since it is data about a person's state on which no alert rests",
    )

    publish_impairment: bool = Field(
        default=False,
        description="Publish the suspicion of impairment and the advice that follows from it; off, it stays in the"
        " vehicle: validated on nobody, it must not decide over a person",
    )

    publish_stills: bool = Field(
        default=False,
        description="Publish event stills, sealed for the office, while nothing else waits; off, they stay in the"
        " vehicle until they are deleted",
    )

    @field_validator("topic_prefix")
    @classmethod
    def _plain_levels(cls, value: str) -> str:
        if any(character in value for character in "+#\0") or any(
            not level for level in value.split("/")
        ):
            raise ValueError(
                "topic_prefix is topic levels joined by `/`, without `+`, `#` or empty levels"
            )
        return value

    @model_validator(mode="after")
    def _one_password(self) -> TelemetrySettings:
        given = [self.password, self.password_file, self.password_env]
        if sum(source is not None for source in given) > 1:
            raise ValueError("give one of password, password_file and password_env")
        return self

    @model_validator(mode="after")
    def _host_means_somebody_expects_messages(self) -> TelemetrySettings:
        if "host" in self.model_fields_set and "enabled" not in self.model_fields_set:
            raise ValueError(
                "host is set but enabled is not: say `enabled: true` or `enabled: false`"
            )
        return self

    @model_validator(mode="after")
    def _the_broker_can_carry_it(self) -> TelemetrySettings:
        if self.profile != "vigil" and self.home_assistant.enabled:
            raise ValueError("home_assistant.enabled needs `profile: vigil`")
        if self.profile == "thingsboard" and self.publish_stills:
            raise ValueError("`profile: thingsboard` has no topic for stills: switch them off")
        if self.profile == "thingsboard" and (self.vss.enabled or self.commands.enabled):
            raise ValueError(
                "`profile: thingsboard` has no topics for vss and commands: switch both off"
            )
        if self.profile == "aws_iot":
            most = AWS_SLASHES_IN_PREFIX_WITH_VSS if self.vss.enabled else AWS_SLASHES_IN_PREFIX
            if self.topic_prefix.count("/") > most:
                raise ValueError(
                    f"`profile: aws_iot` allows topics of 8 levels: shorten topic_prefix to {most + 1}"
                )
            if self.outbox.in_flight > AWS_IN_FLIGHT:
                raise ValueError(
                    f"`profile: aws_iot` takes {AWS_IN_FLIGHT} unacknowledged messages: lower outbox.in_flight"
                )
        return self
