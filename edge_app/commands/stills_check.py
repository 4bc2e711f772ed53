"""What `vigil doctor` says of event stills where they are taken: for whom, where, since when. Nothing is changed."""

from __future__ import annotations

from edge_app.commands.finding import Finding, Verdict
from edge_app.kept_folder import can_keep
from edge_app.stills.dating import is_to_come
from edge_app.stills.open_stills import recipient_of
from edge_app.stills.settings import EventStillsSettings
from edge_app.stills.shelf import require_own_folder
from edge_app.telemetry.clock import Instant

_NAME = "stills"


def event_stills(settings: EventStillsSettings, now: Instant) -> Finding:
    """Raises `UserError` for what `vigil run` would refuse."""
    key_id = recipient_of(settings).key_id.hex()
    folder = settings.folder.expanduser().absolute()
    if not can_keep(folder):
        to_do = "change event_stills.folder, or switch event_stills.enabled off"
        return Finding(_NAME, Verdict.FAIL, f"{folder}: event stills cannot be kept here", to_do)
    require_own_folder(folder)
    found = f"sealed for the key {key_id}, kept in {folder}"
    assert settings.driver_notice is not None
    given_on = settings.driver_notice.given_on
    if is_to_come(given_on, now):
        found = f"{found}, on a notice to the drivers of {given_on}, which is after today"
        to_do = "correct event_stills.driver_notice.given_on or the clock; take none before the drivers are told"
        return Finding(_NAME, Verdict.WARN, found, to_do)
    return Finding(_NAME, Verdict.OK, found)
