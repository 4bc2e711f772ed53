"""What the service manager hears, over a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_app.service.systemd import ServiceManager


class Manager:
    """systemd's end of the socket."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(2)

    def hear(self) -> str:
        return self._socket.recv(4096).decode()

    @property
    def silent(self) -> bool:
        self._socket.setblocking(False)
        try:
            self._socket.recv(4096)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Manager, str]]:
    name = str(tmp_path / "notify") if request.param == "file" else f"@vigil-test-{os.getpid()}"
    made = Manager(name.replace("@", "\0", 1) if request.param == "abstract" else name)
    yield made, name
    made.close()


def test_ready_with_words_and_stopping(manager: tuple[Manager, str]) -> None:
    heard, name = manager
    service = ServiceManager({"NOTIFY_SOCKET": name})
    service.ready("watching v4l2:0")
    service.stopping()
    assert heard.hear() == "READY=1\nSTATUS=watching v4l2:0"
    assert heard.hear() == "STOPPING=1"


def test_each_turn_feeds_the_watchdog_but_tells_it_only_a_few_times_a_period(
    manager: tuple[Manager, str],
) -> None:
    heard, name = manager
    now_s = 100.0
    service = ServiceManager(
        {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "8000000", "WATCHDOG_PID": str(os.getpid())},
        clock=lambda: now_s,
    )
    assert service.watchdog_s == 8.0
    told = 0
    for turn in range(400):  # 8 s at 50 turns/s
        now_s = 100.0 + turn * 0.02
        service.alive()
    while not heard.silent:
        told += 1
    assert told == 4


def test_process_that_begins_anew_has_the_whole_period_for_its_start(
    manager: tuple[Manager, str],
) -> None:
    heard, name = manager
    service = ServiceManager({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "8000000"})
    service.alive()
    service.begins_anew("perception_stalled")  # although it has just been told
    assert heard.hear() == "WATCHDOG=1"
    assert heard.hear() == "WATCHDOG=1\nSTATUS=begins anew (perception_stalled)"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "8000000", "WATCHDOG_PID": "1"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "0"},
    ],
)
def test_without_a_watchdog_nothing_is_told(
    environment: dict[str, str], manager: tuple[Manager, str]
) -> None:
    heard, name = manager
    ServiceManager({"NOTIFY_SOCKET": name, **environment}).alive()
    assert heard.silent


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/notify"])
def test_manager_that_is_not_there_costs_nothing(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    service = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000"})
    service.ready()
    service.alive()
    service.stopping()
    assert len(caplog.records) == (1 if address.startswith("/") else 0)
