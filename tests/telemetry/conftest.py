"""Telemetry settings for tests: outboxes in temporary folders, waits that are short."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge_app.back_off import BackOffSettings
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from tests.brokers import HOST, broker, make_broker, subscribe, wait_until

__all__ = ["broker", "make_broker", "subscribe"]


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., TelemetrySettings]:
    """Settings with waits short enough for a test."""

    def make(port: int, **changes: Any) -> TelemetrySettings:
        values: dict[str, Any] = {
            "enabled": True,
            "host": HOST,
            "port": port,
            "state_interval_s": 0.2,
            "connect_timeout_s": 2.0,
            "back_off": BackOffSettings(min_s=0.05, max_s=0.3),
            "outbox": OutboxSettings(path=tmp_path / "state" / "outbox.sqlite"),
            **changes,
        }
        return TelemetrySettings(**values)

    return make


@pytest.fixture
def wait() -> Callable[..., None]:
    return wait_until
