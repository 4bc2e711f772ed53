"""From settings to whoever hands profiles over: a keeper, the one file that the user named, or nobody."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from edge_app.driver_profiles.given_profile import GivenProfile
from edge_app.driver_profiles.keeper import ProfileKeeper
from edge_app.driver_profiles.settings import DriverProfileSettings
from edge_app.telemetry.clock import now


def open_keeper(
    settings: DriverProfileSettings, given: Path | None = None
) -> ProfileKeeper | GivenProfile | None:
    """None where profiles are not enabled and none is given: then nothing of a driver is read or written.

    Raises `UserError` where the folder or the file cannot be used.
    """
    if given is not None:
        return GivenProfile(given)
    return ProfileKeeper(settings, _today) if settings.enabled else None


def _today() -> date:
    return now().wall.date()
