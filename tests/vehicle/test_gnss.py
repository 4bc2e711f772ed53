"""A server that speaks as gpsd does: speed with a fix, nothing without, and back after a loss."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time

import pytest

from edge_app.vehicle.network_settings import GnssProviderSettings
from edge_app.vehicle.providers import open_provider
from edge_app.vehicle.state import VehicleState
from tests.brokers import wait_until
from tests.vehicle.waiting import await_state

VERSION = {
    "class": "VERSION",
    "release": "3.25",
    "rev": "3.25",
    "proto_major": 3,
    "proto_minor": 15,
}
DEVICE = "/dev/ttyACM0"


class Gpsd:
    """Waits for `?WATCH`, answers with devices and the watch, then hands out reports as they are told."""

    def __init__(self) -> None:
        self.watches: list[dict[str, object]] = []
        self._server: socket.socket | None = None
        self._clients: list[socket.socket] = []
        self.port = 0
        self.greeting = json.dumps(VERSION).encode() + b"\r\n"

    def start(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            client.sendall(self.greeting)
            question = client.makefile("rb").readline()
            assert question.startswith(b"?WATCH=")
            watch = json.loads(question.removeprefix(b"?WATCH="))
            self.watches.append(watch)
            devices = {"class": "DEVICES", "devices": [{"class": "DEVICE", "path": DEVICE}]}
            for answer in (devices, {"class": "WATCH", **watch}):
                client.sendall(json.dumps(answer).encode() + b"\r\n")
            self._clients.append(client)

    def say(self, data: bytes) -> None:
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.sendall(data)

    def report(self, **tpv: object) -> None:
        self.say(json.dumps({"class": "TPV", "device": DEVICE, **tpv}).encode() + b"\r\n")

    def stop(self) -> None:
        if self._server is not None:
            with contextlib.suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
            self._server = None
        for client in self._clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()
        self._clients.clear()


@pytest.fixture
def gpsd():
    gpsd = Gpsd()
    gpsd.start()
    yield gpsd
    gpsd.stop()


@pytest.fixture
def connect(gpsd):
    opened = []

    def connect(**changes):
        opened.append(
            open_provider(GnssProviderSettings(host="127.0.0.1", port=gpsd.port, **changes))
        )
        return opened[-1]

    yield connect
    for provider in opened:
        provider.close()


def test_speed_is_known_with_a_fix(gpsd, connect):
    provider = connect()
    wait_until(lambda: len(gpsd.watches) == 1, "the watch")
    assert gpsd.watches[0] == {"enable": True, "json": True}
    for mode, speed_mps, kmh in ((3, 20.0, 72.0), (2, 21.0, 75.6)):
        await_state(
            provider,
            lambda s, kmh=kmh: s.speed_kmh == pytest.approx(kmh),
            "speed",
            lambda mode=mode, speed_mps=speed_mps: gpsd.report(mode=mode, speed=speed_mps),
        )
    assert provider.read(0.0) == VehicleState(provider.read(0.0).speed_kmh)
    wait_until(lambda: provider.trouble() is None, "no trouble")


@pytest.mark.parametrize(
    "without", [{"mode": 1}, {"mode": 0, "speed": 20.0}, {"mode": 3}, {"mode": 3, "speed": "20"}]
)
def test_without_a_fix_or_a_speed_nothing_is_known_at_once(gpsd, connect, without):
    provider = connect()
    await_state(
        provider, lambda s: s.speed_kmh == 36.0, "speed", lambda: gpsd.report(mode=3, speed=10.0)
    )
    gpsd.report(**without)
    began_s = time.monotonic()
    await_state(provider, lambda s: s.speed_kmh is None, "no speed")
    assert time.monotonic() - began_s < 1.0


def test_second_receiver_without_a_fix_does_not_matter(gpsd, connect):
    provider = connect()
    await_state(
        provider, lambda s: s.speed_kmh == 36.0, "speed", lambda: gpsd.report(mode=3, speed=10.0)
    )
    for _ in range(10):
        gpsd.report(mode=1, device="/dev/ttyS0")
        time.sleep(0.03)
        assert provider.read(0.0).speed_kmh == 36.0


def test_lines_torn_over_packets_and_reports_of_other_kinds_are_read(gpsd, connect):
    provider = connect()
    wait_until(lambda: len(gpsd._clients) == 1, "the watch")
    sky = json.dumps({"class": "SKY", "satellites": [{"PRN": n} for n in range(40)]}).encode()
    line = json.dumps({"class": "TPV", "device": DEVICE, "mode": 3, "speed": 5.0}).encode()
    for piece in (sky[:100], sky[100:] + b"\r\n\r\n" + line[:20], line[20:], b"\r\n"):
        gpsd.say(piece)
        time.sleep(0.02)
    await_state(provider, lambda s: s.speed_kmh == 18.0, "speed")


def test_silent_receiver_grows_old(gpsd, connect):
    provider = connect(stale_after_s=0.3)
    await_state(
        provider, lambda s: s.speed_kmh == 36.0, "speed", lambda: gpsd.report(mode=3, speed=10.0)
    )
    await_state(provider, lambda s: s == VehicleState(), "no speed")


def test_gpsd_that_ends_takes_its_speed_with_it_and_comes_back(gpsd, connect):
    provider = connect(stale_after_s=60.0)
    await_state(
        provider, lambda s: s.speed_kmh == 36.0, "speed", lambda: gpsd.report(mode=3, speed=10.0)
    )
    gpsd.stop()
    await_state(provider, lambda s: s == VehicleState(), "no speed")
    wait_until(
        lambda: "cannot be reached (connection refused)" in (provider.trouble() or ""), "why"
    )
    gpsd.start()
    await_state(
        provider, lambda s: s.speed_kmh == 54.0, "speed", lambda: gpsd.report(mode=3, speed=15.0)
    )
    wait_until(lambda: provider.trouble() is None, "no trouble")


@pytest.mark.parametrize("greeting", [b"220 mail.example ESMTP\r\n", b"[]\r\n", b"x" * 200_000])
def test_what_is_no_gpsd_is_told_so(gpsd, connect, greeting):
    gpsd.greeting = greeting
    provider = connect()
    wait_until(lambda: "is not gpsd" in (provider.trouble() or ""), "why")
