"""What `vigil doctor` says of driver profiles where they are kept: folder, how many, consent. Nothing is changed."""

from __future__ import annotations

from datetime import date

from edge_app.commands.finding import Finding, Verdict
from edge_app.driver_profiles.settings import DriverProfileSettings
from edge_app.driver_profiles.shelf import counted
from edge_app.kept_folder import can_keep

_NAME = "profiles"


def driver_profiles(settings: DriverProfileSettings, today: date) -> Finding:
    folder = settings.folder.expanduser().absolute()
    if not can_keep(folder):
        to_do = "change driver_profiles.folder, or switch driver_profiles.enabled off"
        return Finding(_NAME, Verdict.FAIL, f"{folder}: none can be kept here", to_do)
    try:
        whole, damaged = counted(folder)
    except OSError as error:
        found = f"{error.filename or folder}: cannot be read ({error.strerror})"
        return Finding(_NAME, Verdict.FAIL, found, "make it readable for this user")
    found = f"{folder}: {whole} kept"
    if damaged:
        to_do = "nothing, those drivers are learned anew; delete the files to be rid of them sooner"
        return Finding(_NAME, Verdict.WARN, f"{found}, {damaged} damaged", to_do)
    if settings.consent is not None and settings.consent.given_on > today:
        found = f"{found}, on a consent of {settings.consent.given_on}, which is after today"
        to_do = "correct driver_profiles.consent.given_on or the clock: until that day nothing is too old to keep"
        return Finding(_NAME, Verdict.WARN, found, to_do)
    return Finding(_NAME, Verdict.OK, found)
