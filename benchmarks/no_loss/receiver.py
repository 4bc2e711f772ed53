"""The fleet's end: subscribes to all vehicles and inserts by id, as receivers are told to."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.no_loss.posted import MARKER

_TABLE = (
    "CREATE TABLE arrived (id TEXT PRIMARY KEY, vehicle TEXT, birth_number INTEGER, sequence INTEGER,"
    " historical INTEGER, synchronised INTEGER, marker TEXT, type TEXT, time REAL)"
)


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Receiver:
    """Everything of topics `event` and `health`, each once; the broker keeps its place while it is away."""

    def __init__(self, host: str, port: int, name: str = "fleet") -> None:
        self.arrivals = 0  # with repetitions
        self._lock = threading.Lock()
        self._table = sqlite3.connect(":memory:", check_same_thread=False)
        self._table.execute(_TABLE)
        self._subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, name, clean_session=False, protocol=paho.MQTTv311
        )
        self._client.on_connect = lambda client, *_: client.subscribe("vigil/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._insert
        self._client.reconnect_delay_set(1, 1)
        self._client.connect(host, port)
        self._client.loop_start()
        if not self._subscribed.wait(10):
            raise TimeoutError("The receiver could not subscribe within 10 s.")

    def _insert(self, client: object, userdata: object, message: Any) -> None:
        _, _, vehicle, kind = message.topic.split("/", 3)
        if kind not in ("event", "health"):
            return
        body = json.loads(message.payload)
        data = body.get("data", body)
        name = body.get("id") or f"{data['boot_id']} {data['sequence']}"  # health has no id
        row = (
            name,
            vehicle,
            data["birth_number"],
            data["sequence"],
            data["historical"],
            data["clock_synchronised"],
            data.get("values", {}).get(MARKER),
            body.get("type", kind),
            _seconds(body.get("time")),
        )
        with self._lock:
            self.arrivals += 1
            self._table.execute("INSERT OR IGNORE INTO arrived VALUES (?,?,?,?,?,?,?,?,?)", row)

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """In order of first arrival."""
        with self._lock:
            return self._table.execute(f"SELECT {columns} FROM arrived ORDER BY rowid").fetchall()

    @property
    def markers(self) -> set[str]:
        return {marker for (marker,) in self.rows("marker") if marker is not None}

    @property
    def twice(self) -> int:
        """Events that stand in the table under two ids."""
        markers = [marker for (marker,) in self.rows("marker") if marker is not None]
        return len(markers) - len(set(markers))

    @property
    def out_of_order(self) -> int:
        """First arrivals that lie behind a later one of the same vehicle."""
        newest: dict[str, tuple[int, int]] = {}
        behind = 0
        for vehicle, birth_number, sequence in self.rows("vehicle, birth_number, sequence"):
            place = (birth_number, sequence)
            behind += place < newest.get(vehicle, place)
            newest[vehicle] = max(place, newest.get(vehicle, place))
        return behind

    @property
    def gaps(self) -> int:
        """Numbers missing below the highest of each start: what a receiver can know of losses."""
        seen: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
        for vehicle, birth_number, sequence in self.rows("vehicle, birth_number, sequence"):
            seen[vehicle, birth_number].add(sequence)
        return sum(max(numbers) - len(numbers) for numbers in seen.values())

    @property
    def numbers_used_twice(self) -> int:
        numbers = self.rows("vehicle, birth_number, sequence")
        return len(numbers) - len(set(numbers))

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.05)
        return True

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._table.close()
