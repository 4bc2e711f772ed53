"""A reader on a pseudo terminal that answers as the chip's data sheet says."""

from __future__ import annotations

import contextlib
import os
import pty
import threading
import time
import tty
from pathlib import Path

import pytest

pytest.importorskip("serial", reason="the extra `can` is not installed")

from edge_app.errors import UserError
from edge_app.vehicle.bus_settings import Elm327ProviderSettings
from edge_app.vehicle.providers import open_provider
from edge_app.vehicle.state import VehicleState
from tests.brokers import wait_until
from tests.vehicle.waiting import await_state


class Reader:
    """Echo and spaces are on until they are switched off; the first question searches for the protocol."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers = {"010D": "41 0D 3F", "010C": "41 0C 0C 80"}
        self.name = "ELM327 v1.5"
        self.commands: list[tuple[float, str]] = []
        self._master = self._slave = -1

    def plug_in(self) -> None:
        # This end of the port stays open too: a reader lives on while nobody has opened it.
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path.symlink_to(os.ttyname(self._slave))
        threading.Thread(target=self._run, args=(self._master,), daemon=True).start()

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        if self._master >= 0:
            os.close(self._slave)
            os.close(self._master)
            self._master = -1

    def _run(self, master: int) -> None:
        echo, spaces, searched, heard = True, True, False, b""
        with contextlib.suppress(OSError):
            while True:
                heard += os.read(master, 100)
                while b"\r" in heard:
                    line, _, heard = heard.partition(b"\r")
                    command = line.decode()
                    self.commands.append((time.monotonic(), command))
                    if command == "ATZ":
                        echo, spaces, searched = True, True, False
                    said = f"{command}\r" if echo else ""
                    echo, spaces = echo and command != "ATE0", spaces and command != "ATS0"
                    if command == "ATZ":
                        answer = f"\r\r{self.name}"
                    elif command.startswith("AT"):
                        answer = "OK"
                    else:
                        answer = self.answers.get(command, "NO DATA")
                        if not spaces and answer[0].isdigit():
                            answer = answer.replace(" ", "")
                        if not searched:
                            answer, searched = f"SEARCHING...\r{answer}", True
                    os.write(master, f"{said}{answer}\r\r>".encode())


@pytest.fixture
def reader(tmp_path):
    reader = Reader(tmp_path / "reader")
    reader.plug_in()
    yield reader
    reader.unplug()


@pytest.fixture
def ask(reader):
    opened = []

    def ask(**changes):
        settings = Elm327ProviderSettings(port=str(reader.path), ask_every_s=0.05, **changes)
        opened.append(open_provider(settings))
        return opened[-1]

    yield ask
    for provider in opened:
        provider.close()


def test_speed_and_a_running_engine_are_known(reader, ask):
    provider = ask()
    await_state(provider, lambda s: s == VehicleState(63.0, True), "speed and engine")
    reader.answers["010D"] = "41 0D 40\r41 0D 40"  # two control units
    await_state(provider, lambda s: s.speed_kmh == 64.0, "the next speed")
    assert provider.trouble() is None


def test_standing_engine_says_nothing_of_the_ignition(reader, ask):
    reader.answers |= {"010D": "41 0D 00", "010C": "41 0C 00 00"}
    provider = ask()
    await_state(provider, lambda s: s.speed_kmh == 0.0, "speed")
    asked = len(reader.commands)
    wait_until(lambda: len(reader.commands) > asked + 6, "the engine")
    assert provider.read(0.0) == VehicleState(0.0, None)


@pytest.mark.parametrize(
    "nonsense",
    ["?", "7F 01 12", "41 0D", "41 0D ZZ", "BUS INIT: ...ERROR", "41 0D 3F 41", "62 0D 3F"],
)
def test_answer_that_is_none_tells_no_wrong_speed(reader, ask, nonsense):
    reader.answers["010D"] = nonsense
    provider = ask()
    await_state(provider, lambda s: s.ignition_on is True, "engine")
    assert provider.read(0.0).speed_kmh in (None, 63.0)


def test_sleeping_vehicle_is_left_alone_and_found_again(reader, ask):
    provider = ask()
    await_state(provider, lambda s: s.speed_kmh == 63.0, "speed")
    awake, reader.answers = reader.answers, {}
    wait_until(
        lambda: (
            "the vehicle does not answer (the reader says no data)" in (provider.trouble() or "")
        ),
        "why",
    )
    assert provider.read(0.0) == VehicleState()
    asked = len(reader.commands)
    time.sleep(0.2)
    assert len(reader.commands) == asked
    reader.answers = awake
    await_state(provider, lambda s: s.speed_kmh == 63.0, "speed again")
    wait_until(lambda: provider.trouble() is None, "no trouble")


def test_reader_that_is_unplugged_takes_its_values_with_it_and_comes_back(reader, ask):
    provider = ask(stale_after_s=60.0)
    await_state(provider, lambda s: s.speed_kmh == 63.0, "speed")
    reader.unplug()
    await_state(provider, lambda s: s == VehicleState(), "everything unknown")
    wait_until(lambda: "cannot be opened" in (provider.trouble() or ""), "why")
    reader.plug_in()
    await_state(provider, lambda s: s.speed_kmh == 63.0, "speed again")


def test_what_is_no_elm327_is_told_so(reader, ask):
    reader.name = "GPS receiver"
    provider = ask()
    wait_until(lambda: "is it an ELM327" in (provider.trouble() or ""), "why")


def test_missing_package_names_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "serial", None)
    with pytest.raises(UserError, match=r"pip install 'vigil-driver-monitoring\[can\]'"):
        open_provider(Elm327ProviderSettings())


def test_port_that_is_not_there_is_named_as_it_is_written_and_once(tmp_path):
    port = tmp_path / "ttyUSB0"
    provider = open_provider(Elm327ProviderSettings(port=str(port)))
    try:
        wait_until(lambda: provider.trouble() is not None, "why")
        told = provider.trouble()
        assert told.count("ttyUSB0") == 1 and "no such file or directory" in told
        assert "errno" not in told.lower()
    finally:
        provider.close()
