"""A broker of one's own on the loopback, for the demo: Mosquitto where it is installed, else amqtt.

amqtt speaks MQTT 3.1.1 only. Either is a child process with its own temporary configuration and a free port.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_app.errors import UserError

HOST = "127.0.0.1"
START_S = 10.0
SEARCH_ALSO = ("/usr/sbin", "/usr/local/sbin")  # where servers lie, and users' PATHs do not look


@dataclass(frozen=True, slots=True)
class LocalBroker:
    """A running broker."""

    host: str
    port: int
    description: str  # which it is, in one line
    process: subprocess.Popen[bytes]


def find_mosquitto() -> str | None:
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), *SEARCH_ALSO])
    return shutil.which("mosquitto", path=search)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def local_broker(kind: Literal["any", "mosquitto", "amqtt"] = "any") -> Iterator[LocalBroker]:
    """Runs a broker for the duration of the block. Raises UserError where none is installed."""
    mosquitto = None if kind == "amqtt" else find_mosquitto()
    if mosquitto is None and (kind == "mosquitto" or importlib.util.find_spec("amqtt") is None):
        raise UserError(
            "No MQTT broker is installed: install mosquitto from the system's packages, or the extra `demo`"
            " for amqtt."
        )
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="vigil-broker-") as folder:
        if mosquitto is not None:
            command = _mosquitto_command(mosquitto, Path(folder), port)
            description = f"Mosquitto on {HOST}:{port} (MQTT 5)"
        else:
            command = _amqtt_command(Path(folder), port)
            description = f"amqtt on {HOST}:{port} (MQTT 3.1.1 only)"
        log = Path(folder) / "broker.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                # Ctrl-C at the terminal is for the program, which still has to say goodbye here.
                start_new_session=True,
            )
        try:
            _wait_until_it_listens(process, port, description, log)
            yield LocalBroker(HOST, port, description, process)
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _mosquitto_command(program: str, folder: Path, port: int) -> list[str]:
    configuration = folder / "mosquitto.conf"
    lines = [f"listener {port} {HOST}", "allow_anonymous true", "persistence false"]
    if os.geteuid() == 0:
        lines.append(
            "user root"
        )  # else it changes to an account that may not exist or not read the folder
    configuration.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [program, "-c", str(configuration)]


def _amqtt_command(folder: Path, port: int) -> list[str]:
    configuration = folder / "amqtt.yaml"
    configuration.write_text(
        f"listeners:\n  default:\n    type: tcp\n    bind: {HOST}:{port}\n"
        "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n    allow_anonymous: true\n",
        encoding="utf-8",
    )
    start = "import sys; from amqtt.scripts.broker_script import main; sys.exit(main())"
    return [sys.executable, "-c", start, "-c", str(configuration)]


def _wait_until_it_listens(
    process: subprocess.Popen[bytes], port: int, description: str, log: Path
) -> None:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=0.5):
            return
        time.sleep(0.05)
    last_words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise UserError(f"{description} did not start: {' '.join(last_words) or 'it said nothing'}.")
