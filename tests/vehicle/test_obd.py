"""A vehicle's control units answer questions for speed and engine speed; one that sleeps is left alone."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

pytest.importorskip("can", reason="the extra `can` is not installed")

import can

from edge_app.errors import UserError
from edge_app.vehicle.bus_settings import ObdProviderSettings
from edge_app.vehicle.providers import open_provider
from edge_app.vehicle.state import VehicleState
from tests.brokers import wait_until
from tests.vehicle.buses import Bus
from tests.vehicle.waiting import await_state

NEGATIVE = [3, 0x7F, 0x01, 0x12]


class ControlUnit:
    """Answers mode 01 on a virtual bus, as ISO 15765-4 has it."""

    def __init__(
        self, bus: Bus, identifiers: str, kmh: int | None, before: list[list[int]]
    ) -> None:
        self.kmh = kmh
        self.engine_quarter_turns: int | None = 3200
        self.before = before  # sent ahead of each answer
        self.questions: list[tuple[float, list[int]]] = []
        self._ask, self._answer = (
            (0x7DF, 0x7E8) if identifiers == "11-bit" else (0x18DB33F1, 0x18DAF110)
        )
        self._is_extended = identifiers == "29-bit"
        self._bus = bus.bus
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(2)

    def _run(self) -> None:
        while not self._stop.is_set():
            question = self._bus.recv(0.05)
            if question is None or (question.arbitration_id, question.is_extended_id) != (
                self._ask,
                self._is_extended,
            ):
                continue
            data = list(question.data)
            self.questions.append((time.monotonic(), data))
            for other in self.before:
                self._send(other)
            if data[:3] == [2, 1, 0x0D] and self.kmh is not None:
                self._send([3, 0x41, 0x0D, self.kmh])
            elif data[:3] == [2, 1, 0x0C] and self.engine_quarter_turns is not None:
                self._send([4, 0x41, 0x0C, *divmod(self.engine_quarter_turns, 256)])

    def _send(self, data: list[int]) -> None:
        self._bus.send(
            can.Message(
                arbitration_id=self._answer,
                is_extended_id=self._is_extended,
                data=data + [0xAA] * (8 - len(data)),
            )
        )


@pytest.fixture
def bus():
    bus = Bus()
    yield bus
    bus.close()


@pytest.fixture
def ask(bus):
    opened = []

    def ask(identifiers="11-bit", kmh=63, before=(), **changes):
        unit = ControlUnit(bus, identifiers, kmh, list(before))
        settings = ObdProviderSettings(
            interface="virtual",
            channel=bus.channel,
            identifiers=identifiers,
            ask_every_s=0.05,
            **changes,
        )
        opened.extend([open_provider(settings), unit])
        return opened[-2], unit

    yield ask
    for each in opened:
        each.close()


@pytest.mark.parametrize("identifiers", ["11-bit", "29-bit"])
def test_speed_and_a_running_engine_are_known(ask, identifiers):
    provider, unit = ask(identifiers)
    await_state(provider, lambda s: s == VehicleState(63.0, True), "speed and engine")
    unit.kmh = 64
    await_state(provider, lambda s: s.speed_kmh == 64.0, "the next speed")
    wait_until(lambda: provider.trouble() is None, "no trouble")
    assert all(len(data) == 8 and data[0] == 2 for _, data in unit.questions)


def test_standing_engine_says_nothing_of_the_ignition(ask):
    """Start-stop, and every electric drive: off would silence the alerts."""
    provider, unit = ask()
    await_state(provider, lambda s: s.ignition_on is True, "engine")
    unit.engine_quarter_turns, unit.kmh = 0, 0
    await_state(provider, lambda s: s == VehicleState(0.0, None), "engine stopped")


def test_negative_answers_other_services_and_first_frames_tell_nothing(ask):
    before = [
        NEGATIVE,
        [3, 0x7F, 0x01, 0x78],
        [0x10, 0x14, 0x41, 0x0D, 0xFF],  # first of several frames
        [3, 0x62, 0x0D, 0xFF],  # another service
        [2, 0x41, 0x0D, 0xFF],  # too short to hold a value
        [],
    ]
    provider, unit = ask(kmh=None, before=before)
    await_state(provider, lambda s: s.ignition_on is True, "engine")
    asked = len(unit.questions)
    wait_until(lambda: len(unit.questions) > asked + 3, "more questions")
    assert provider.read(0.0).speed_kmh is None


def test_vehicle_without_an_engine_still_tells_its_speed(ask):
    provider, unit = ask(stale_after_s=0.5)
    unit.engine_quarter_turns = None
    await_state(provider, lambda s: s.speed_kmh == 63.0, "speed")
    time.sleep(0.6)
    assert provider.read(0.0) == VehicleState(63.0)


def test_sleeping_vehicle_is_asked_ever_more_rarely_and_found_again(ask):
    provider, unit = ask()
    await_state(provider, lambda s: s.speed_kmh == 63.0, "speed")
    unit.kmh = unit.engine_quarter_turns = None
    wait_until(lambda: "no control unit answers" in (provider.trouble() or ""), "trouble")
    assert provider.read(0.0) == VehicleState()
    fell_asleep = len(unit.questions)
    wait_until(lambda: len(unit.questions) > fell_asleep, "another attempt")
    times = [t_s for t_s, _ in unit.questions[fell_asleep - 5 :]]
    # Five questions go unanswered, then nothing is asked for the first wait, which is at least a quarter of a second.
    assert max(b - a for a, b in itertools.pairwise(times)) > 0.25
    wait_until(lambda: len(unit.questions) >= fell_asleep + 5, "a whole attempt")
    assert "no control unit answers" in provider.trouble(), "an attempt is not yet an answer"
    unit.kmh = 20
    await_state(provider, lambda s: s.speed_kmh == 20.0, "speed again")
    wait_until(lambda: provider.trouble() is None, "no trouble")


def test_missing_package_names_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "can", None)
    with pytest.raises(UserError, match=r"pip install 'vigil-driver-monitoring\[can\]'"):
        open_provider(ObdProviderSettings())
