"""A vehicle that is killed over and over: each life is a fork that runs the real telemetry until SIGKILL.

`python -m benchmarks.no_loss.killed_lives PORT OUTBOX VEHICLE SEED LIVES` writes a line of JSON for each life. Even
lives die at a numbered line of telemetry's code, in whichever thread reaches it; odd ones at a moment drawn by seed.
The last life is let finish.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import edge_app.telemetry
from benchmarks.no_loss.posted import MARKER, marked_event, quick_settings
from edge_app.telemetry.keeping import Keeping
from edge_app.telemetry.outbox import Entry
from edge_app.telemetry.telemetry import Telemetry

EVENTS = 6
LONGEST_S = 0.3
LONGEST_START_S = 5.0
LAST_LINE = 3000  # a life that is left alone runs through about so many
LAST_MOMENT_S = 0.12
_CODE = str(Path(edge_app.telemetry.__file__).parent)
_MARK = re.compile(rb'"%s":"([^"]+)"' % MARKER.encode())


class _Death:
    """Kills this process at the n-th line of telemetry's code."""

    def __init__(self, line: int, sink: int) -> None:
        self._left = line
        self._sink = sink

    def watch(self) -> None:
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:
        return self._step if frame.f_code.co_filename.startswith(_CODE) else None

    def _step(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            self._left -= 1
            if self._left <= 0:
                place = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
                _say(self._sink, "died", place)
                os.kill(os.getpid(), signal.SIGKILL)
        return self._step


def _say(sink: int, word: str, what: str) -> None:
    os.write(sink, f"{word} {time.monotonic_ns()} {what}\n".encode())


def _tell_what_is_kept(sink: int) -> None:
    """`keep` has returned: from here on nothing may be lost."""
    really_keep = Keeping.keep

    def keep(self: Keeping, entries: Sequence[Entry]) -> None:
        really_keep(self, entries)
        for entry in entries:
            found = _MARK.search(entry.payload)
            if found is not None:
                _say(sink, "kept", found.group(1).decode())

    Keeping.keep = keep  # type: ignore[method-assign]


def _live(port: int, path: Path, vehicle: str, name: str, seed: str, line: int, sink: int) -> None:
    """In the child."""
    random = Random(seed)
    _tell_what_is_kept(sink)
    if line:
        _Death(line, sink).watch()
    telemetry = Telemetry(quick_settings(port, path), vehicle, {"vigil": "test"})
    telemetry.start()
    for number in range(EVENTS):
        marker = f"{name}-{number}"
        telemetry.post_event(marked_event(marker))
        _say(sink, "posted", marker)
        time.sleep(random.choice((0.0, 0.0, random.uniform(0.0, 0.012))))
    if random.random() < 0.5:
        telemetry.close(0.1)
        telemetry.post_event(marked_event(f"{name}-late"))
        _say(sink, "posted", f"{name}-late")
    time.sleep(LONGEST_S)


def _read_to_end(source: int, until_s: float) -> bytes:
    told = b""
    while (left_s := until_s - time.monotonic()) > 0 and select.select([source], [], [], left_s)[0]:
        piece = os.read(source, 65_536)
        if not piece:
            break
        told += piece
    return told


def one_life(port: int, path: Path, vehicle: str, number: int, seed: int) -> dict[str, Any]:
    random = Random(f"{seed} {number}")
    by_line = number % 2 == 0
    line = random.randint(1, LAST_LINE) if by_line else 0
    lasts_s = LONGEST_S if by_line else random.uniform(0.0, LAST_MOMENT_S)
    from_first_post = number % 4 == 3  # else a slow machine would kill most while they start
    source, sink = os.pipe()
    begun_s = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            os.close(source)
            _live(port, path, vehicle, f"{vehicle}-{number}", f"{seed} {number}", line, sink)
        finally:
            os._exit(1)
    os.close(sink)
    if from_first_post:
        select.select([source], [], [], LONGEST_START_S)
        begun_s = time.monotonic()
    told = _read_to_end(source, begun_s + lasts_s)
    killed_ns = time.monotonic_ns()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    told += _read_to_end(source, time.monotonic() + 1.0)
    os.close(source)
    return {"life": number, **_sorted(told, killed_ns)}


def _sorted(told: bytes, killed_ns: int) -> dict[str, Any]:
    posted: dict[str, int] = {}
    kept: dict[str, int] = {}
    place = "moment"
    for text in told.decode().splitlines():
        word, at_ns, what = text.split(" ", 2)
        if word == "died":
            killed_ns, place = int(at_ns), what
        else:
            (posted if word == "posted" else kept)[what] = int(at_ns)
    return {"posted": posted, "kept": list(kept), "killed_ns": killed_ns, "place": place}


def main(arguments: Sequence[str]) -> None:
    port, path, vehicle = int(arguments[0]), Path(arguments[1]), arguments[2]
    seed, lives = int(arguments[3]), int(arguments[4])
    for number in range(lives):
        print(json.dumps(one_life(port, path, vehicle, number, seed)), flush=True)
    telemetry = Telemetry(quick_settings(port, path), vehicle, {"vigil": "test"})
    telemetry.start()
    deadline_s = time.monotonic() + 60.0
    while time.monotonic() < deadline_s:
        time.sleep(0.05)
        now = telemetry.snapshot()
        if now.connected and now.queue_depth == 0:
            break
    left = telemetry.snapshot().queue_depth
    telemetry.close()
    print(json.dumps({"left": left}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
