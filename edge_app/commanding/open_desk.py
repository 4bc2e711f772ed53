"""The command desk put together from the settings and parts of the running program."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from edge_app.alerts.event import ActiveAlert
from edge_app.commanding.desk import CommandDesk
from edge_app.commanding.loop_orders import Acknowledge, Calibrate, Loop
from edge_app.commanding.orders import Order, Updater
from edge_app.commanding.reading_orders import Ping, Status
from edge_app.commanding.remembered import RememberedRequests
from edge_app.commanding.request_judge import RequestJudge
from edge_app.commanding.setting_orders import ResetSettings, SetSettings, TellSettings
from edge_app.commanding.update_order import UpdateBundle
from edge_app.commanding.upload_order import UploadPlace, UploadTrace
from edge_app.configuration.by_command import SettingsSources
from edge_app.settings import VigilSettings
from edge_app.telemetry.clock import now
from edge_app.telemetry.credentials import read_credentials
from edge_app.telemetry.health import LoopHealth
from edge_app.telemetry.kept_in_vehicle import alerts_that_leave
from edge_app.telemetry.telemetry import Telemetry

if TYPE_CHECKING:
    from edge_app.monitor import MonitorStep

logger = logging.getLogger(__name__)

FILE_NAME = "commands.sqlite"


class Counters(Protocol):
    def health(self) -> LoopHealth: ...


class RunningLoop(Loop, Protocol):
    """`LiveLoop`."""

    @property
    def last(self) -> MonitorStep | None: ...

    @property
    def counters(self) -> Counters: ...


class OpenDesk:
    """The desk and what it alone keeps open."""

    def __init__(self, desk: CommandDesk, closers: list[Callable[[], None]]) -> None:
        self.desk = desk
        self._closers = closers

    def close(self) -> None:
        self.desk.close()
        for close in self._closers:
            close()


def open_desk(
    settings: VigilSettings,
    telemetry: Telemetry,
    loop: RunningLoop,
    versions: Mapping[str, str],
    *,
    sources: SettingsSources | None = None,
    updater: Updater | None = None,
) -> OpenDesk | None:
    """Started already. None where no commands are taken, or the disk refuses: that must not end the watch."""
    inbox = telemetry.commands
    if inbox is None:
        return None
    commands = settings.telemetry.commands
    try:
        remembered = RememberedRequests(settings.telemetry.outbox.path.parent / FILE_NAME)
    except (OSError, sqlite3.Error) as error:
        logger.error("No commands are taken, since none could be remembered: %s", error)
        return None
    vehicle = settings.unit.vehicle_id
    status = _StatusReader(settings, telemetry, loop)
    upload = UploadTrace(_place(settings), _finished_files(settings), remembered)
    orders: dict[str, Order] = {
        "ping": Ping(versions),
        "status": Status(status.read),
        "settings": TellSettings(settings, sources),
        "acknowledge": Acknowledge(loop, status.active),
        "calibrate": Calibrate(loop, profiles_kept=settings.driver_profiles.enabled),
        "update_bundle": UpdateBundle(updater),
        "upload_trace": upload,
    }
    if sources is not None:

        def apply(changed: VigilSettings) -> None:
            rhythm = changed.telemetry
            telemetry.keep_rhythm(rhythm.state_interval_s, rhythm.health_interval_s)

        orders["set"] = SetSettings(sources, apply)
        orders["reset"] = ResetSettings(sources, apply)
    judge = RequestJudge(commands, f"{settings.telemetry.topic_prefix}/{vehicle}", remembered)
    desk = CommandDesk(inbox, judge, remembered, orders, send=telemetry.answer_command, now=now)
    telemetry.count_commands(desk.counts.message)
    desk.start()
    return OpenDesk(desk, [upload.close, remembered.close])


class _StatusReader:
    """What the running parts tell of themselves."""

    def __init__(self, settings: VigilSettings, telemetry: Telemetry, loop: RunningLoop) -> None:
        self._settings = settings
        self._telemetry = telemetry
        self._loop = loop

    def active(self) -> tuple[ActiveAlert, ...]:
        """Those of which the fleet may know."""
        last = self._loop.last
        return (
            () if last is None else alerts_that_leave(last.policy.active, self._settings.telemetry)
        )

    def read(self) -> dict[str, JsonValue]:
        last = self._loop.last
        health = self._loop.counters.health()
        link = self._telemetry.snapshot()
        return {
            "reasons": list(link.reasons),
            "connections": link.connections,
            "queue_depth": link.queue_depth,
            "protocol": link.protocol,
            "frame_rate_hz": round(health.frame_rate_hz, 1),
            "frames": health.frames,
            "frames_dropped": health.frames_dropped,
            "latency_p95_ms": round(health.latency_p95_ms, 1),
            "model_bundle": health.model_bundle,
            "parked": None if last is None else last.policy.parked,
            "alerts": [
                {"type": alert.type.value, "level": alert.level.word, "reason": alert.reason}
                for alert in self.active()
            ],
        }


def _place(settings: VigilSettings) -> UploadPlace | None:
    commands = settings.telemetry.commands
    if commands.upload_url is None:
        return None
    vehicle = settings.unit.vehicle_id
    return UploadPlace(
        commands.upload_url,
        vehicle,
        read_credentials(settings.telemetry, vehicle).tls,
        round(1e6 * commands.upload_mb),
    )


def _finished_files(settings: VigilSettings) -> Callable[[], list[Path]] | None:
    """The newest is being written."""
    folder = settings.trace.folder
    if folder is None:
        return None

    def finished() -> list[Path]:
        # A vehicle whose traces nobody asks for does not load their room for this.
        from edge_app.trace.folder import TraceFolder

        return TraceFolder(folder, 0).files()[:-1]

    return finished
