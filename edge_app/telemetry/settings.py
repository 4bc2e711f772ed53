"""Settings of the way to the fleet: broker, transport security, outbox, rhythm of the messages."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from edge_app.settings_model import SettingsModel


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


class BackOffSettings(SettingsModel):
    """How long to wait before the next attempt to connect: doubling, with jitter."""

    min_s: float = Field(
        default=1.0, gt=0, description="First wait after a failed connection, seconds"
    )
    max_s: float = Field(
        default=60.0, gt=0, description="Longest wait between two attempts, seconds"
    )

    @model_validator(mode="after")
    def _ordered(self) -> BackOffSettings:
        if self.max_s < self.min_s:
            raise ValueError("max_s is at least min_s")
        return self


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
    topic_prefix: str = Field(
        default="vigil/v1", min_length=1, description="Front of every topic, before the vehicle id"
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
