"""Stills for tests: the office's keys, settings in temporary folders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edge_app.stills.settings import DriverNoticeSettings, EventStillsSettings
from tests.brokers import broker, make_broker
from tests.stills.noise_pictures import NAME, noise_pictures

__all__ = ["broker", "make_broker"]

collect_ignore: list[str] = []
try:
    import cryptography.hazmat.primitives.hpke  # noqa: F401
except ModuleNotFoundError:  # the extra `stills` is not installed
    collect_ignore += [path.name for path in Path(__file__).parent.glob("test_*.py")]


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The folder of the office's keys."""
    from edge_app.stills.office_keys import make_keys

    folder = tmp_path / "office"
    make_keys(folder, None)
    return folder


@pytest.fixture
def office_key(office: Path) -> Any:
    from edge_app.stills.office_keys import read_private_key

    return read_private_key(office / "stills.key", None)


@pytest.fixture
def make_stills(tmp_path: Path, office: Path) -> Callable[..., EventStillsSettings]:
    """Settings with everything that must be stated."""

    def make(**changes: Any) -> EventStillsSettings:
        values: dict[str, Any] = {
            "enabled": True,
            "driver_notice": DriverNoticeSettings(
                given_on=date(2026, 11, 2), by="works council, paper 7"
            ),
            "recipient_file": office / "stills.pub",
            "folder": tmp_path / "state" / "stills",
            **changes,
        }
        return EventStillsSettings(**values)

    return make


@pytest.fixture
def sealed(office: Path) -> bytes:
    """A still for that office."""
    from edge_app.stills.contents import packed
    from edge_app.stills.sealing import read_recipient

    plain = packed({"vehicle": "car-1", "type": "microsleep"}, noise_pictures())
    return read_recipient(office / "stills.pub").sealed(NAME, 1_796_000_000.9, plain)
