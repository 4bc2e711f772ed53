"""Rides on disk, a line for each job, so that a stopped run goes on where it was.

A ride holds for its script, the settings, and the code that drew and read it. How it is judged is no part of that:
verdicts are made anew each time.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from driver_simulator.suite.job import Job
from driver_simulator.suite.ride import Ride
from edge_app.alerts.event import Event, EventType, Level
from edge_app.settings import VigilSettings

_CODE = (
    *(
        f"driver_simulator/{place}"
        for place in ("driver", "picture", "portraits", "scenario", "simulated_camera.py")
    ),
    "driver_simulator/suite/ride.py",
    "driver_simulator/timed_moments.py",
    "driver_simulator/viewpoint.py",
    *(
        f"edge_app/{room}"
        for room in ("alerts", "bundle", "bundles", "camera", "driver_state", "face", "inference")
    ),
    "edge_app/judgement.py",
    "edge_app/monitor.py",
)
_KINDS = (".py", ".yaml", ".npz", ".jpg", ".tflite", ".onnx", ".xml", ".bin")


class KeptRides:
    """What has been driven so far. Used from one process."""

    def __init__(self, file: Path, settings: VigilSettings) -> None:
        self._file = file
        self._made_by = _made_by(settings)
        self._rides: dict[str, Ride] = {}
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                self._read(line)

    def get(self, job: Job) -> Ride | None:
        return self._rides.get(self._key(job))

    def add(self, job: Job, ride: Ride) -> None:
        key = self._key(job)
        self._rides[key] = ride
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": key, "job": job.key, **_plain(ride)}) + "\n")

    def _key(self, job: Job) -> str:
        digest = hashlib.sha256(self._made_by)
        digest.update(f"{job.layer.value} {job.noise!r} ".encode())
        digest.update(job.scenario.model_dump_json().encode())
        return digest.hexdigest()

    def _read(self, line: str) -> None:
        try:
            kept = json.loads(line)
        except json.JSONDecodeError:  # a line that was being written when the machine stopped
            return
        self._rides[kept["key"]] = _ride(kept)


def _plain(ride: Ride) -> dict[str, Any]:
    events = [
        {
            "type": event.type.value,
            "t_s": event.t_s,
            "onset_s": event.onset_s,
            "level": None if event.level is None else int(event.level),
            "values": dict(event.values),
        }
        for event in ride.events
    ]
    return {"frames": ride.frames, "events": events, "drowsiness": ride.drowsiness}


def _ride(kept: dict[str, Any]) -> Ride:
    return Ride(
        frames=kept["frames"],
        events=tuple(
            Event(
                EventType(one["type"]),
                one["t_s"],
                one["onset_s"],
                None if one["level"] is None else Level(one["level"]),
                one["values"],
            )
            for one in kept["events"]
        ),
        drowsiness=tuple((t_s, level) for t_s, level in kept["drowsiness"]),
    )


def _made_by(settings: VigilSettings) -> bytes:
    """A digest of the code that draws and reads, of its data, and of the settings."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256(settings.model_dump_json().encode())
    for name in _CODE:
        place = root / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in _KINDS and path.is_file():
                digest.update(str(path.relative_to(root)).encode())
                digest.update(path.read_bytes())
    return digest.digest()
