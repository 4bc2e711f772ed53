"""A command desk of its own with real parts: settings files, SQLite, a loop that notes what it was asked."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from edge_app.alerts.event import ActiveAlert, EventType, Level
from edge_app.commanding.desk import CommandDesk
from edge_app.commanding.loop_orders import Acknowledge, Calibrate
from edge_app.commanding.orders import Order
from edge_app.commanding.reading_orders import Ping, Status
from edge_app.commanding.remembered import RememberedRequests
from edge_app.commanding.request_judge import RequestJudge
from edge_app.commanding.setting_orders import ResetSettings, SetSettings, TellSettings
from edge_app.commanding.update_order import UpdateBundle
from edge_app.commanding.upload_order import UploadPlace, UploadTrace
from edge_app.configuration.by_command import SettingsSources, by_command_path
from edge_app.learning_anew import LearningAnew
from edge_app.settings import VigilSettings
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.command_inbox import Arrived, CommandInbox
from edge_app.telemetry.command_messages import REQUESTS
from edge_app.telemetry.outgoing import Outgoing
from edge_app.telemetry.ulid import UlidMaker

BASE = "vigil/v1/car-7"
START = Instant(monotonic_s=1000.0, wall_s=1_796_000_000.0, synchronised=True)
WARNING = ActiveAlert(EventType.DROWSINESS, Level.WARNING, 3.0, "kss")
ULIDS = UlidMaker()


def new_id() -> str:
    return ULIDS.make(START.wall_s)


def expiry(wall_s: float) -> str:
    return datetime.fromtimestamp(wall_s, timezone.utc).isoformat().replace("+00:00", "Z")


def payload(
    arguments: dict[str, Any] | None = None,
    *,
    request_id: str | None = None,
    valid_s: float = 60.0,
    now: Instant = START,
) -> bytes:
    request = {
        "id": request_id or new_id(),
        "expires_at": expiry(now.wall_s + valid_s),
        "arguments": arguments or {},
    }
    return json.dumps(request).encode()


def arrived(name: str, content: bytes, **changes: Any) -> Arrived:
    plain = Arrived(f"{BASE}/command/{name}", content, len(content))
    return replace(plain, **changes)


@dataclass
class NotedLoop:
    """Notes what it was asked; parked or not as told."""

    answer: LearningAnew = LearningAnew.BEGUN
    calls: list[str] = field(default_factory=list)

    def acknowledge(self) -> None:
        self.calls.append("acknowledge")

    def learn_anew(self, timeout_s: float) -> LearningAnew:
        if self.answer is LearningAnew.BEGUN:
            self.calls.append("learn_anew")
        return self.answer


class Unit:
    """Everything of a unit that a command can change, and the door that commands come through."""

    def __init__(
        self,
        folder: Path,
        *,
        extra: str = "",
        allowed: tuple[str, ...] = tuple(REQUESTS),
        options: tuple[str, ...] = (),
        commands: str = "",
        place: UploadPlace | None = None,
        traces: list[Path] | None = None,
    ) -> None:
        self.folder = folder
        self.file = folder / "vigil.yaml"
        self.file.write_text(
            f"unit: {{vehicle_id: car-7}}\ntelemetry:\n  enabled: true\n"
            f"  outbox: {{path: {folder}/outbox.sqlite}}\n"
            f"  commands: {{enabled: true, allowed: [{', '.join(allowed)}]{commands}}}\n{extra}"
        )
        self.sources = SettingsSources(self.file, options)
        self.settings = self.sources.layered().settings
        self.loop = NotedLoop()
        self.alerts: tuple[ActiveAlert, ...] = (WARNING,)
        self.applied: list[VigilSettings] = []
        self.sent: list[Outgoing] = []
        self.now = START
        self.remembered = RememberedRequests(folder / "commands.sqlite")
        self.upload = UploadTrace(
            place, None if traces is None else lambda: traces, self.remembered
        )
        orders: dict[str, Order] = {
            "ping": Ping({"vigil": "test"}),
            "status": Status(lambda: {"parked": None}),
            "settings": TellSettings(self.settings, self.sources),
            "set": SetSettings(self.sources, self.applied.append),
            "reset": ResetSettings(self.sources, self.applied.append),
            "acknowledge": Acknowledge(self.loop, lambda: self.alerts),
            "calibrate": Calibrate(self.loop, profiles_kept=False),
            "update_bundle": UpdateBundle(None),
            "upload_trace": self.upload,
        }
        limits = self.settings.telemetry.commands
        self.desk = CommandDesk(
            CommandInbox(limits.max_bytes),
            RequestJudge(limits, BASE, self.remembered),
            self.remembered,
            orders,
            send=self.sent.append,
            now=lambda: self.now,
        )

    def take(self, message: Arrived) -> dict[str, Any]:
        """The answer; each command comes a minute of monotonic time after the one before."""
        self.now = replace(self.now, monotonic_s=self.now.monotonic_s + 60.0)
        before = len(self.sent)
        self.desk.take(message, self.now)
        told = self.sent[before:]
        return json.loads(told[0].payload) if told else {}

    def ask(
        self, name: str, arguments: dict[str, Any] | None = None, **options: Any
    ) -> dict[str, Any]:
        return self.take(arrived(name, payload(arguments, now=self.now, **options)))

    @property
    def overlay(self) -> Path:
        return by_command_path(self.settings)

    def state(self) -> tuple[Any, ...]:
        """All that a command can change."""
        database = sqlite3.connect(self.folder / "commands.sqlite")
        rows = tuple(
            tuple(database.execute(f"SELECT * FROM {table} ORDER BY 1"))
            for table in ("request", "forgotten", "uploaded")
        )
        database.close()
        overlay = self.overlay.read_bytes() if self.overlay.exists() else None
        return rows, overlay, self.file.read_bytes(), tuple(self.loop.calls), len(self.applied)
