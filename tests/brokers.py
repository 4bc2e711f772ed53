"""A real Mosquitto that can be stopped, started and frozen, and a real subscriber, as fixtures for any test."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge_app.telemetry.local_broker import free_port

HOST = "127.0.0.1"


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"waited {timeout_s:g} s in vain for: {what}"
        time.sleep(0.02)


class Mosquitto:
    """A real broker of the test's own, on a port that stays the same over restarts; subscriptions outlive `stop`."""

    def __init__(
        self, program: str, folder: Path, listener: str = "", rules: str = "allow_anonymous true"
    ) -> None:
        self.port = free_port()
        self._program = program
        self._configuration = folder / "mosquitto.conf"
        user = "user root" if os.geteuid() == 0 else ""
        keep = f"persistence true\npersistence_location {folder}/"
        self._configuration.write_text(
            f"{user}\n{keep}\nlistener {self.port} {HOST}\n{listener}\n{rules}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self._program, "-c", str(self._configuration)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._listens, "Mosquitto to listen")

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
            return True
        return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def freeze(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


class Subscriber:
    """Everything the broker hands out under `vigil/#`, in order of arrival. A named one misses nothing while away."""

    def __init__(self, port: int, name: str = "") -> None:
        self.messages: list[tuple[str, dict[str, Any], bool]] = []  # topic, payload, retained
        self._subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, name, clean_session=not name, protocol=paho.MQTTv311
        )
        self._client.on_connect = lambda client, *_: client.subscribe("vigil/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda client, userdata, message: self.messages.append(
            (message.topic, json.loads(message.payload), message.retain)
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(HOST, port)
        self._client.loop_start()
        assert self._subscribed.wait(5)

    def of(self, topic_end: str) -> list[dict[str, Any]]:
        return [payload for topic, payload, _ in list(self.messages) if topic.endswith(topic_end)]

    def wait_for(
        self, topic_end: str, count: int = 1, timeout_s: float = 15.0
    ) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.of(topic_end)) >= count, f"{count} on …{topic_end}", timeout_s)
        return self.of(topic_end)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def make_broker(mosquitto_path: str, tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Makes brokers, not yet started, that end with the test."""
    made: list[Mosquitto] = []

    def make(**options: str) -> Mosquitto:
        folder = tmp_path / f"broker-{len(made)}"
        folder.mkdir()
        made.append(Mosquitto(mosquitto_path, folder, **options))
        return made[-1]

    yield make
    for broker in made:
        broker.stop()


@pytest.fixture
def broker(make_broker: Callable[..., Mosquitto]) -> Mosquitto:
    """A running Mosquitto."""
    broker = make_broker()
    broker.start()
    return broker


@pytest.fixture
def subscribe() -> Iterator[Callable[..., Subscriber]]:
    made: list[Subscriber] = []

    def make(port: int, name: str = "") -> Subscriber:
        made.append(Subscriber(port, name))
        return made[-1]

    yield make
    for subscriber in made:
        subscriber.close()
