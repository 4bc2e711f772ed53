"""From settings to event stills; where they are off, what was kept is deleted and nothing else happens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_app.alerts.event import Event
from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.monitor import MonitorStep
from edge_app.settings import VigilSettings
from edge_app.stills.dating import is_to_come
from edge_app.stills.settings import EventStillsSettings
from edge_app.stills.shelf import StillShelf, forget_all
from edge_app.telemetry import clock
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.kept_in_vehicle import event_leaves

if TYPE_CHECKING:  # loaded only by a vehicle that keeps stills; sealing needs cryptography
    from edge_app.stills.carrier import Link
    from edge_app.stills.keeper import StillKeeper
    from edge_app.stills.sealing import Recipient
    from edge_app.stills.taker import StillTaker

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class EventStills:
    """What the loop knows of stills: it shows them every step, and asks whether they fail."""

    _taker: StillTaker | None
    _keeper: StillKeeper | None
    _broken: bool = False

    def step(self, frame: Frame | None, step: MonitorStep) -> tuple[Event, ...]:
        """The step's events, each with the name of its still where it gets one. Never waits, never raises."""
        if self._taker is None or self._broken:
            return tuple(step.policy.events)
        try:
            return self._taker.step(frame, step)
        except Exception:  # noqa: BLE001 - logged, told; the events must go out all the same
            _log.exception("event stills have failed; going on without them")
            self._broken = True
            return tuple(step.policy.events)

    @property
    def failing(self) -> bool:
        return self._broken or self._keeper is None or self._keeper.failing

    def close(self) -> None:
        """Write what is under way. May be called twice."""
        if self._taker is not None and not self._broken:
            self._taker.finish()
        if self._keeper is not None:
            self._keeper.close()


def open_stills(
    settings: VigilSettings, link: Link, now: Callable[[], Instant] = clock.now
) -> EventStills | None:
    """None where they are off. Raises `UserError` where key or folder cannot be used."""
    stills = settings.event_stills
    if not stills.enabled:
        _forget(settings)
        return None
    from edge_app.stills.carrier import StillCarrier
    from edge_app.stills.keeper import StillKeeper
    from edge_app.stills.taker import StillTaker

    assert stills.driver_notice is not None
    recipient = recipient_of(stills)
    started, given_on = now(), stills.driver_notice.given_on
    if started.synchronised and is_to_come(given_on, started):
        raise UserError(
            f"event_stills.driver_notice.given_on is {given_on}, which is after today: no pictures before the drivers"
            " are told; correct the date, or switch event_stills.enabled off."
        )
    try:
        shelf = StillShelf(stills, started)
    except OSError as error:
        _log.error("event stills: none are taken, the disk fails (%s)", error)
        return EventStills(None, None)
    notice = stills.driver_notice
    sent = settings.telemetry.enabled and settings.telemetry.publish_stills
    _log.warning(
        "event stills are ON: at an alert, pictures of the driver are kept for %g days%s (drivers were told on %s,"
        " %s)",
        stills.keep_days,
        " and sent to the fleet" if sent else "",
        notice.given_on,
        notice.by,
    )
    carrier = StillCarrier(link, shelf) if sent else None
    keeper = StillKeeper(shelf, recipient, settings.unit.vehicle_id, now, carrier)
    taker = StillTaker(stills, lambda event: event_leaves(event, settings.telemetry), keeper.offer)
    return EventStills(taker, keeper)


def recipient_of(settings: EventStillsSettings) -> Recipient:
    """For whom stills are sealed. Raises `UserError` where that cannot be."""
    assert settings.recipient_file is not None
    try:
        from edge_app.stills.sealing import read_recipient
    except ModuleNotFoundError as error:
        raise UserError(
            "event_stills.enabled needs the Python package cryptography, 47 or later; install Vigil's extra `stills`,"
            " or switch it off."
        ) from error
    return read_recipient(settings.recipient_file)


def _forget(settings: VigilSettings) -> None:
    folder = settings.event_stills.folder
    try:
        gone = forget_all(folder)
    except OSError as error:
        _log.error("event stills are off, but those in %s cannot be deleted (%s)", folder, error)
        return
    if gone:
        _log.warning("event stills are off: %d that were kept in %s are deleted", gone, folder)
