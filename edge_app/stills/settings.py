"""Settings of event stills: whether any are taken, after which notice to drivers, of what, for whom, for how long."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel

StillLevel = Literal["advice", "warning", "alarm", "unresponsive"]


def default_stills_folder() -> Path:
    """Where state that must survive a restart belongs on this machine."""
    home = os.environ.get("XDG_STATE_HOME")
    base = Path(home) if home else Path.home() / ".local" / "state"
    return base / "vigil" / "event-stills"


class DriverNoticeSettings(SettingsModel):
    """That the drivers were told. Vigil cannot check it; it must be stated."""

    given_on: date = Field(
        json_schema_extra={"allowed": "a date such as 2026-11-30"},
        description="When the drivers were told that pictures are taken; the latest of several.",
    )
    by: str = Field(
        min_length=3,
        max_length=200,
        description="Who told them and how, such as an agreement with the works council. Not a driver's name.",
    )


class EventStillsSettings(SettingsModel):
    """Pictures of the driver at an alert. Off: no picture is held, written or sent, and those kept are deleted."""

    enabled: bool = Field(
        False,
        description="Take event stills. They are personal data: only with a lawful purpose and after the drivers were"
        " told.",
    )
    driver_notice: DriverNoticeSettings | None = Field(
        None, description="That the drivers were told. Needed where stills are enabled."
    )
    recipient_file: Path | None = Field(
        None,
        description="The office's public key, as `vigil stills keys` makes it: only its private half opens a still."
        " Needed where stills are enabled.",
    )
    levels: tuple[StillLevel, ...] = Field(
        ("warning", "alarm", "unresponsive"),
        min_length=1,
        description="Alerts of these levels get a still. Never observations, nor what the unit says of itself.",
    )
    per_event: int = Field(
        3,
        ge=1,
        le=3,
        description="Pictures of one alert: 1 at it; 2 also before; 3 also after.",
    )
    width_px: int = Field(
        320, ge=160, le=640, description="Width of the pictures; wider frames are shrunk, pixels."
    )
    keep_days: float = Field(
        7.0,
        gt=0,
        le=30,
        description="A still is deleted after so long, whether it was sent or not, days.",
    )
    most_bytes: int = Field(
        20_000_000,
        ge=200_000,
        le=1_000_000_000,
        description="Most bytes of stills on the disk; when there are more, the oldest go.",
    )
    folder: Path = Field(
        default_factory=default_stills_folder,
        description="Folder of the sealed stills, for them alone and readable by this user alone; it is made when"
        " missing.",
    )

    @model_validator(mode="after")
    def _only_after_notice_and_for_somebody(self) -> EventStillsSettings:
        if self.enabled and self.driver_notice is None:
            raise ValueError(
                "enabled is true but driver_notice is missing: state given_on and by of the notice to the drivers, or"
                " leave event stills off"
            )
        if self.enabled and self.recipient_file is None:
            raise ValueError(
                "enabled is true but recipient_file is missing: name the public key that `vigil stills keys` makes in"
                " the office, or leave event stills off"
            )
        return self
