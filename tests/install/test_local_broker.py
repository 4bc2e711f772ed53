"""The broker's files in a real Mosquitto: it takes them, serves Vigil's topics, and hides all others."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from firmware_configs.install.service_unit import template
from tests.conftest import find_mosquitto

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    (tmp_path / "acl").write_text(template("mosquitto.acl"))
    configuration = template("mosquitto.conf").replace("1883", str(number))
    configuration = configuration.replace("/etc/mosquitto/vigil.acl", str(tmp_path / "acl"))
    (tmp_path / "conf").write_text(configuration)
    (tmp_path / "conf").chmod(0o644)
    program = find_mosquitto()
    assert program is not None
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o011)  # Mosquitto gives up root before it reads them
    process = subprocess.Popen([program, "-c", str(tmp_path / "conf")], stderr=subprocess.PIPE)
    end_s = time.monotonic() + 10
    while time.monotonic() < end_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", number)) == 0:
                break
        time.sleep(0.05)
    yield number
    process.terminate()
    process.wait(10)


def test_vigils_topics_pass_and_others_do_not(port: int) -> None:
    heard: list[str] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: heard.append(message.topic)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("#", qos=1)
    time.sleep(0.3)
    for topic in ("other/topic", "vigil/v1/van-07/state"):
        client.publish(topic, b"x", qos=1).wait_for_publish(5)
    end_s = time.monotonic() + 5
    while not heard and time.monotonic() < end_s:
        time.sleep(0.02)
    time.sleep(0.2)
    client.disconnect()
    client.loop_stop()
    assert heard == ["vigil/v1/van-07/state"]
