"""Real processes that lose their camera, get stuck and lose their power: what stays up, and how fast."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import broker, make_broker, subscribe
from tests.program.painted_driver import paint_clip

__all__ = ["broker", "make_broker", "subscribe"]
_ROOT = Path(__file__).parents[2]
_START_S = 60.0  # of the interpreter and the models, on a busy machine


class Unit:
    """A process of ours at a terminal of its own, with systemd's end of the notification socket."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        self._screen, terminal = os.openpty()
        address = str(folder / "notify")
        self._manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._manager.bind(address)
        self._errors = folder / "errors.txt"
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=_ROOT,
                env={
                    **os.environ,
                    "NOTIFY_SOCKET": address,
                    "WATCHDOG_USEC": "1000000",
                    "XDG_STATE_HOME": str(folder),
                },
                stdin=terminal,
                stderr=errors,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            )
        os.close(terminal)

    def hear(self, wanted: str, within_s: float) -> None:
        """Wait until the service manager is told it."""
        until_s = time.monotonic() + within_s
        while True:
            self._manager.settimeout(max(0.01, until_s - time.monotonic()))
            if wanted in self._manager.recv(4096).decode():
                return

    @property
    def told(self) -> str:
        return self._errors.read_text(encoding="utf-8")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._manager.close()
        os.close(self._screen)

    @property
    def dead_children(self) -> list[str]:
        found = []
        for place in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = place.read_text().rpartition(")")[2].split()
            except OSError:  # it has gone meanwhile
                continue
            if words[:2] == ["Z", str(self.process.pid)]:
                found.append(place.parent.name)
        return found


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Unit]]:
    units: list[Unit] = []

    def begin(*arguments: str) -> Unit:
        units.append(Unit(tmp_path, list(arguments)))
        return units[-1]

    yield begin
    for unit in units:
        unit.close()


def vigil(*options: str) -> tuple[str, ...]:
    return ("-m", "edge_app.commands.main", "run", "--quiet", *options)


def test_unplugged_camera_is_no_restart_loop(start: Callable[..., Unit]) -> None:
    """The watchdog is fed by turns without a frame too."""
    unit = start(*vigil("--source", "v4l2:97"))
    unit.hear("READY=1", _START_S)
    for _ in range(12):  # 3 s and more
        unit.hear("WATCHDOG=1", 2.0)
    assert unit.process.poll() is None
    unit.process.send_signal(signal.SIGTERM)
    unit.hear("STOPPING=1", 5.0)
    assert unit.process.wait(10) == 0


@pytest.mark.slow
@pytest.mark.mosquitto
def test_stuck_perception_begins_anew_with_growing_patience_and_tells_the_fleet(
    start: Callable[..., Unit], broker: Any, subscribe: Callable[..., Any], tmp_path: Path
) -> None:
    fleet = subscribe(broker.port)
    clip = tmp_path / "drive.mp4"
    paint_clip(clip, [(60.0, True, 0.85)], 10)
    unit = start("-m", "tests.service.stuck_unit", str(clip), str(broker.port), str(tmp_path), "3")
    starts = tmp_path / "starts.txt"
    unit.hear("begins anew (perception_stalled)", _START_S)
    told = [
        message
        for message in fleet.wait_for("/status", 4, timeout_s=120)
        if message["status"] != "offline"
    ]
    lines = [line.split() for line in starts.read_text().splitlines()]
    assert {int(number) for number, _, _ in lines} == {unit.process.pid}
    assert {mode for _, _, mode in lines} == {"lines"}
    _until(lambda: any("restarted_perception_stalled" in m["reasons"] for m in fleet.of("/status")))
    _until(lambda: len(starts.read_text().splitlines()) == 4)
    assert unit.process.poll() is None  # and the fourth start works
    assert told[0]["birth_number"] < fleet.of("/status")[-1]["birth_number"]
    _until(lambda: len([m for m in fleet.of("/state") if m]) > 5)
    assert "begins anew (perception_stalled, time 3 in a row)" in unit.told
    assert "program silent" in unit.told  # the cabin said so by itself
    assert unit.dead_children == []


@pytest.mark.mosquitto
def test_power_that_fails_is_answered_within_a_second_even_with_a_dead_broker(
    start: Callable[..., Unit], broker: Any, tmp_path: Path
) -> None:
    clip = tmp_path / "drive.mp4"
    paint_clip(clip, [(1.0, True, 0.85), (60.0, True, 0.1)], 10)
    unit = start("-m", "tests.service.stuck_unit", str(clip), str(broker.port), str(tmp_path), "0")
    unit.hear("READY=1", _START_S)
    _until(lambda: "ALARM sleep" in unit.told)
    broker.freeze()
    time.sleep(0.2)
    began_s = time.monotonic()
    unit.process.send_signal(signal.SIGPWR)
    assert unit.process.wait(10) == 0
    assert time.monotonic() - began_s < 1.0
    broker.thaw()


def _until(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    until_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until_s
        time.sleep(0.05)
