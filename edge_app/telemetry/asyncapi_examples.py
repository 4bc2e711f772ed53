"""One example of each message, composed by the code that composes the real ones, of a driver who was made up."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from edge_app.alerts.event import ActiveAlert, Event, EventType, Level
from edge_app.driver_state.signals import Signal
from edge_app.driver_state.state import (
    BlinkStatistics,
    Closure,
    ClosureKind,
    DriverState,
    Drowsiness,
    Glance,
    LidEpisode,
    LidState,
    Perclos,
    Presence,
    YawnState,
)
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.command_messages import REQUESTS, CommandResult
from edge_app.telemetry.event_message import envelope
from edge_app.telemetry.health import HealthReporter, LoopHealth
from edge_app.telemetry.messages import HealthMessage, Message, OutboxMessage, StatusMessage
from edge_app.telemetry.settings import TelemetrySettings, VssSettings
from edge_app.telemetry.state_message import Seen, compose_state
from edge_app.telemetry.status_board import StatusBoard
from edge_app.telemetry.vss import VssMessage, VssSpeaker
from edge_app.vehicle.state import VehicleState

VEHICLE = "car-7"
BASE = f"vigil/v1/{VEHICLE}"
VERSIONS = {"vigil": "0.1.0"}
BOOT_ID = "01M7WE44BJ4K5JAXQVX41BCBCM"
EVENT_ID = "01M7WE44BP897CBX5D32PX5KJG"
COMMAND_ID = "01M7WE5QZ0N2V8T4K6R9C3XHYD"
NOW = Instant(
    monotonic_s=912.0,
    wall_s=datetime(2026, 12, 1, 8, 0, tzinfo=timezone.utc).timestamp(),
    synchronised=True,
)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "settings": {"group": "alerts"},
    "set": {"values": {"telemetry.state_interval_s": 2.0}},
    "reset": {"keys": "all"},
    "update_bundle": {"version": "1.2.0"},
    "upload_trace": {"newest": 3},
}


def message_examples() -> dict[str, Message]:
    """What leaves the vehicle, by name of the message."""
    return {
        "status": _status(),
        "state": compose_state(_seen(), NOW, BOOT_ID, TelemetrySettings()),
        "event": _event(),
        "health": _health(),
        "vss": _vss(),
        "command_result": CommandResult(
            id=COMMAND_ID,
            name="ping",
            status="done",
            reason=None,
            detail="This unit hears you.",
            values={"versions": {"vigil": VERSIONS["vigil"]}},
            time=NOW.wall,
            clock_synchronised=True,
        ),
    }


def request_examples() -> dict[str, dict[str, Any]]:
    """What reaches the vehicle, by name of the command, as JSON."""
    expires_at = datetime(2026, 12, 1, 8, 1, tzinfo=timezone.utc)
    return {
        name: {
            "id": COMMAND_ID,
            "expires_at": expires_at.isoformat().replace("+00:00", "Z"),
            "arguments": ARGUMENTS.get(name, {}),
        }
        for name in REQUESTS
    }


def _status() -> StatusMessage:
    board = StatusBoard(f"{BASE}/status", VEHICLE, BOOT_ID, birth_number=3, versions=VERSIONS)
    said = StatusMessage.model_validate_json(board.birth(1, "5").payload)
    return said.model_copy(update={"time": NOW.wall, "clock_synchronised": True})


def _event() -> Message:
    values = {"closed_s": 1.0}
    return envelope(
        Event(EventType.MICROSLEEP, 903.2, 902.2, Level.WARNING, values),
        ulid=EVENT_ID,
        source=BASE,
        vehicle=VEHICLE,
        posted=NOW,
        boot_id=BOOT_ID,
        birth_number=3,
        sequence=17,
    )


def _health() -> HealthMessage:
    """The machine's own figures are put in their place, so that the example is the same everywhere."""
    outbox = OutboxMessage(
        rows=0,
        bytes=0,
        on_disk=True,
        commit_p50_ms=4.1,
        commit_p99_ms=11.8,
        dropped_gauges=0,
        dropped_observations=0,
        dropped_safety_events=0,
        dropped_unreadable=0,
    )
    loop = LoopHealth(29.9, 26_910, 12, 14.2, 18.8, 25.1, "vigil-default-1")
    reporter = HealthReporter(Path("/"), VERSIONS, BOOT_ID, birth_number=3)
    return reporter.compose(NOW, loop, outbox).model_copy(
        update={
            "sequence": 18,
            "uptime_s": 905.0,
            "temperature_celsius": 61.3,
            "memory_rss_mb": 96.4,
            "cpu_percent": 38.0,
            "disk_free_mb": 12_480.0,
        }
    )


def _vss() -> VssMessage:
    speaker = VssSpeaker(TelemetrySettings(vss=VssSettings(enabled=True)), BASE)
    state = compose_state(_seen(), NOW, BOOT_ID, TelemetrySettings())
    return VssMessage.model_validate_json(speaker.step(0.0, state)[0].payload)


def _seen() -> Seen:
    """Sleepy, with the eyes just reopened."""
    eye = Signal.of(0.22)
    state = DriverState(
        t_s=904.0,
        presence=Presence(True, 0.0, 0.0, 0.0, None),
        closure=Closure(eye, eye, eye),
        lid_episode=LidEpisode(LidState.OPEN, ClosureKind.NONE, None, 0.0),
        blinks=BlinkStatistics(214, Signal.of(17.0), Signal.of(0.31), Signal.of(0.19), None),
        perclos=Perclos(0.12, 0.08, 0.97),
        mouth_openness=Signal.of(0.04),
        yawn=YawnState(False, 2, None),
        head_yaw_rad=Signal.of(0.05),
        head_pitch_rad=Signal.of(-0.11),
        head_roll_rad=Signal.of(0.02),
        glance=Glance(False, None, None, None, 0.0, 1.4, 0.03, -0.1),
        drowsiness=Drowsiness(7.4, 0.9, ("perclos", "yawns"), None, 0.41),
        expression=None,
        valid_frame_rate_hz=29.9,
    )
    alert = ActiveAlert(EventType.DROWSINESS, Level.ADVICE, 880.0, "perclos")
    return Seen(state, (alert,), VehicleState(speed_kmh=88.0, ignition_on=True), "ok")
