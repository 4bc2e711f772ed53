"""Settings of commands from the fleet: whether any are taken, which, how many, and where traces go."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from edge_app.settings_model import SettingsModel
from edge_app.telemetry.command_messages import CommandName

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class CommandSettings(SettingsModel):
    """What whoever may write to this vehicle's command topics at the broker can have it do."""

    enabled: bool = Field(
        default=False,
        description="Take commands at all; off, the unit subscribes to nothing and what was set by command does not"
        " hold",
    )
    allowed: tuple[CommandName, ...] = Field(
        default=("ping", "status", "settings"),
        description="Commands that are carried out; each other one is refused",
    )
    max_validity_s: float = Field(
        default=300.0,
        ge=1,
        le=3600,
        description="A command may not be valid for longer than this from now on, seconds; ids are remembered so long",
    )
    max_bytes: int = Field(
        default=8192,
        ge=512,
        le=65536,
        description="Larger commands are refused; MQTT 5 brokers are told not to send them at all",
    )
    per_minute: float = Field(
        default=30.0, gt=0, le=600, description="Commands looked at in the long run, per minute"
    )
    burst: int = Field(
        default=10, ge=1, le=100, description="Commands looked at one right after the other"
    )
    upload_url: str | None = Field(
        default=None,
        description="Where `upload_trace` puts files: https://host/folder, with telemetry.tls's certificates; http only"
        " to this machine itself. A command cannot name another place",
    )
    upload_mb: float = Field(
        default=200.0, gt=0, le=10_000, description="Most that one `upload_trace` sends, megabytes"
    )

    @field_validator("upload_url")
    @classmethod
    def _a_safe_place(cls, value: str | None) -> str | None:
        if value is None:
            return None
        problem = "upload_url is https://host/folder, without user, password, `?` or `#`"
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise ValueError(problem) from None
        plain = value.isascii() and value.isprintable() and " " not in value
        if not plain or not host or parts.username or parts.query or parts.fragment:
            raise ValueError(problem)
        if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
            raise ValueError(f"{problem}; http only to this machine itself")
        return value
