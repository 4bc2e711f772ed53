"""Settings of signed updates: from where, on whose word, how long a new bundle is on trial."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, JsonValue, model_validator

from edge_app.settings_model import SettingsModel
from edge_app.telemetry.settings import TlsSettings, default_outbox_path

CHANNEL_NAME = "^[a-z0-9][a-z0-9._-]{0,63}$"
CHANNEL_NAME_ALLOWED = "small letters, digits, `.`, `_` and `-`, a letter or digit first"
_ADDRESS = r"^https?://[^\s@?#]+$"
_ADDRESS_ALLOWED: dict[str, JsonValue] = {
    "allowed": "an address that begins with https:// or http://, without a password"
}


def default_slots_folder() -> Path:
    return default_outbox_path().parent / "updates"


class TrialSettings(SettingsModel):
    """When a new bundle has proved itself, and when it is left again."""

    good_running_s: float = Field(
        default=600.0,
        ge=1.0,
        le=86_400.0,
        description="So much good running makes a bundle on trial the good one, over as many drives as it takes,"
        " seconds.",
    )
    failed_starts: int = Field(
        default=2,
        ge=1,
        le=10,
        description="After so many starts that failed the bundle on trial is left.",
    )
    unhealthy_s: float = Field(
        default=30.0,
        ge=1.0,
        le=600.0,
        description="Running badly for so long without a break, a bundle on trial is left at once, seconds.",
    )
    most_failed_share: float = Field(
        default=0.01,
        ge=0.0,
        lt=1.0,
        description="A larger share of frames on which perception fails is running badly.",
    )
    least_rate_share: float = Field(
        default=0.8,
        gt=0.0,
        le=1.0,
        description="Fewer frames per second than this share of the good bundle's is running badly.",
    )


class UpdateSettings(SettingsModel):
    """Signed updates of the bundle and of settings. Off by default."""

    enabled: bool = Field(default=False, description="Fetch and try what the fleet has signed.")
    metadata_url: str | None = Field(
        default=None,
        pattern=_ADDRESS,
        max_length=2048,
        json_schema_extra=_ADDRESS_ALLOWED,
        description="Address of the repository's folder of signed metadata.",
    )
    targets_url: str | None = Field(
        default=None,
        pattern=_ADDRESS,
        max_length=2048,
        json_schema_extra=_ADDRESS_ALLOWED,
        description="Address of the repository's folder of bundles.",
    )
    root_file: Path | None = Field(
        default=None,
        description="The fleet's root of trust (root.json), brought to the vehicle when it is set up and never"
        " downloaded.",
    )
    channel: str = Field(
        default="stable",
        pattern=CHANNEL_NAME,
        json_schema_extra={"allowed": CHANNEL_NAME_ALLOWED},
        description="Which of the fleet's channels this vehicle follows.",
    )
    check_interval_h: float = Field(
        default=6.0, ge=0.01, le=720.0, description="How often it is asked for news, hours."
    )
    slots_folder: Path = Field(
        default_factory=default_slots_folder,
        description="Folder of both slots, of downloads under way and of the last trusted time; on a disk that keeps"
        " them.",
    )
    tls: TlsSettings | None = Field(
        default=None,
        description="The server's authority and this vehicle's certificate, where the server asks for one; without it"
        " the system's authorities.",
    )
    timeout_s: float = Field(
        default=30.0, gt=0.0, le=600.0, description="Longest silence of the server, seconds."
    )
    slowest_bytes_per_s: int = Field(
        default=500,
        ge=0,
        description="Slower than this over a minute, a download waits for the next time; what has come is kept.",
    )
    keep_free_mb: int = Field(
        default=200,
        ge=0,
        description="So much of the disk stays free for events, whatever is offered, MB.",
    )
    trial: TrialSettings = Field(
        default_factory=TrialSettings,
        description="When a new bundle has proved itself, and when it is left again.",
    )

    @model_validator(mode="after")
    def _enabled_means_known_from_where(self) -> UpdateSettings:
        if self.enabled:
            for name in ("metadata_url", "targets_url", "root_file"):
                if getattr(self, name) is None:
                    raise ValueError(f"enabled is true, so {name} must be given")
        return self
