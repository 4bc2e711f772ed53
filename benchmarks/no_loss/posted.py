"""Events as they are posted here: each carries a mark by which it is known again at the receiver."""

from __future__ import annotations

from pathlib import Path

from edge_app.alerts.event import Event, EventType, Level
from edge_app.back_off import BackOffSettings
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings

MARKER = "mark"
HOST = "127.0.0.1"


def marked_event(marker: str, t_s: float = 0.0) -> Event:
    return Event(
        EventType.MICROSLEEP,
        t_s,
        t_s - 1.2,
        Level.WARNING,
        {MARKER: marker, "closed_s": 1.2, "speed_kmh": 87.0},
    )


def quick_settings(port: int, path: Path, **changes: object) -> TelemetrySettings:
    """Telemetry with waits short enough to see many ends of them."""
    values: dict[str, object] = {
        "enabled": True,
        "host": HOST,
        "port": port,
        "protocol": "5",
        "connect_timeout_s": 2.0,
        "back_off": BackOffSettings(min_s=0.05, max_s=0.3),
        "outbox": OutboxSettings(path=path),
        **changes,
    }
    return TelemetrySettings.model_validate(values)
