"""A real Mosquitto with the configuration that `vigil provision` wrote, included as Debian includes it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.brokers import wait_until

HOST = "127.0.0.1"


class FleetBroker:
    """Serves the `broker` folder of a fleet."""

    def __init__(self, program: str, fleet: Path, port: int, place: Path) -> None:
        self.port = port
        self.log = place / "mosquitto.log"
        self._program = program
        self._main = place / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        self._main.write_text(
            f"{user}persistence true\npersistence_location {place}/\nlog_dest file {self.log}\nlog_type all\n"
            f"include_dir {fleet / 'broker'}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen([self._program, "-c", str(self._main)])
        wait_until(self._listens, "Mosquitto to listen")

    def reload(self) -> None:
        """What `systemctl reload mosquitto` does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "Reloading config" in self.log.read_text(), "the reload")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1):
            return True
        return False


def tls_of(folder: Path, name: str = "vehicle") -> ssl.SSLContext:
    """The TLS of whoever owns this folder of certificate and key."""
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


class Peer:
    """A client that does as it likes: no code of the vehicle holds it back."""

    def __init__(
        self,
        port: int,
        tls: ssl.SSLContext | None,
        client_id: str = "",
        *,
        username: str | None = None,
        will: tuple[str, bytes] | None = None,
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
    ) -> None:
        self.messages: list[tuple[str, bytes, bool]] = []
        self.answer: Any = None
        self.acknowledged: dict[int, Any] = {}
        self._subscribed: set[int] = set()
        self._over = threading.Event()
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=version, reconnect_on_failure=False
        )
        if tls is not None:
            self.client.tls_set_context(tls)
        if username is not None:
            self.client.username_pw_set(username, "guessed")
        if will is not None:
            self.client.will_set(*will, qos=1, retain=True)
        self.client.on_connect = lambda c, u, f, reason, p: setattr(self, "answer", reason)
        self.client.on_disconnect = lambda *_: self._over.set()
        self.client.on_message = lambda c, u, m: self.messages.append(
            (m.topic, m.payload, m.retain)
        )
        self.client.on_publish = lambda c, u, number, reason, p: self.acknowledged.update(
            {number: reason}
        )
        self.client.on_subscribe = lambda c, u, number, r, p: self._subscribed.add(number)
        with contextlib.suppress(OSError):
            self.client.connect(HOST, port, 10)
            self.client.loop_start()
            wait_until(lambda: self.answer is not None or self._over.is_set(), "an answer", 5)

    @property
    def accepted(self) -> bool:
        return self.answer is not None and not self.answer.is_failure

    @property
    def connected(self) -> bool:
        return self.accepted and not self._over.is_set()

    def subscribe(self, *topics: str) -> None:
        for topic in topics:
            _, number = self.client.subscribe(topic, 1)
            assert number is not None
            wait_until(
                lambda number=number: number in self._subscribed or self._over.is_set(),
                "the subscription",
                5,
            )

    def publish(self, topic: str, payload: bytes = b"{}", *, retain: bool = False) -> Any:
        """The broker's reason code."""
        number = self.client.publish(topic, payload, 1, retain).mid
        wait_until(lambda: number in self.acknowledged, "the acknowledgement", 5)
        return self.acknowledged[number]

    def topics(self) -> list[str]:
        return [topic for topic, _, _ in list(self.messages)]

    def payloads(self) -> list[bytes]:
        return [payload for _, payload, _ in list(self.messages)]

    def break_off(self) -> None:
        """End without a farewell, so that the broker publishes the will."""
        sock = self.client.socket()
        assert sock is not None
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
