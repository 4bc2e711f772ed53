"""Settings of driver profiles: whether any are kept, on whose consent, where, how many and for how long."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel


def default_profiles_folder() -> Path:
    """Where state that must survive a restart belongs on this machine."""
    home = os.environ.get("XDG_STATE_HOME")
    base = Path(home) if home else Path.home() / ".local" / "state"
    return base / "vigil" / "driver-profiles"


class ConsentSettings(SettingsModel):
    """The drivers' written consent, on which profiles are kept. Vigil cannot check it; it must be stated."""

    text: str = Field(
        min_length=20,
        max_length=4000,
        description="What the drivers have agreed to, in the words that they have signed.",
    )
    reference: str = Field(
        min_length=1,
        max_length=200,
        description="Where the signed papers are kept, such as a file number. Not a name.",
    )
    given_on: date = Field(
        json_schema_extra={"allowed": "a date such as 2026-11-30"},
        description="When it was given; the latest of several.",
    )


class DriverProfileSettings(SettingsModel):
    """What is learned of a driver, kept on disk for the next drive. Off: nothing of a driver outlives the drive."""

    enabled: bool = Field(
        False,
        description="Keep profiles. They are personal data and, where they tell drivers apart, biometric data: only"
        " with the drivers' written consent.",
    )
    folder: Path = Field(
        default_factory=default_profiles_folder,
        description="Folder of the profiles, readable by this user alone; it is made when missing.",
    )
    consent: ConsentSettings | None = Field(
        None, description="The drivers' written consent. Needed where profiles are enabled."
    )
    retention_days: float = Field(
        90.0,
        gt=0,
        le=730,
        description="A profile that has not been used for so long is deleted, at the start and once a day, days.",
    )
    max_profiles: int = Field(
        8,
        ge=1,
        le=100,
        description="Most profiles kept; when there are more, the one not used for longest is deleted.",
    )
    max_unlikeness: float = Field(
        1.0,
        gt=0,
        le=3,
        description="A driver whose face is no more unlike a profile's than this starts with that profile. Deviations"
        " between two looks at one person; two people can be as like.",
    )

    @model_validator(mode="after")
    def _only_with_consent(self) -> DriverProfileSettings:
        if self.enabled and self.consent is None:
            raise ValueError(
                "enabled is true but consent is missing: state text, reference and given_on of the drivers' written"
                " consent, or leave profiles off"
            )
        return self
