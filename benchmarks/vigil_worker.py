"""Vigil's live loop on decoded frames, measured from inside, stage by stage.

`python -m benchmarks.vigil_worker perception.model=default`, or other settings as of `--set`: a line of JSON once it
is ready, then one for each line read. Camera and decoder are left out; cabin, telemetry (against a port nobody listens
on) and outbox are the real ones.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peak_memory import peak_memory_mb
from benchmarks.stopwatch import Stopwatch, Timed
from benchmarks.timed_models import time_models
from edge_app.alerts.cabin_settings import CabinSettings
from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.camera.capture import CaptureTurn
from edge_app.camera.frame import Frame
from edge_app.configuration.load import load_settings
from edge_app.face.landmark_layout import stacked
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.live import LiveLoop
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.none import NoneProvider

_NOBODY_LISTENS = 1  # a port


class BlockFeed:
    """The frames of a block from its file. The time between two calls of `next` is the loop's."""

    def __init__(self) -> None:
        self._block: dict[str, Any] = {}
        self._given_s: tuple[float, float] | None = None  # wall and processor time
        self.ms: list[float] = []
        self.cpu_ms: list[float] = []  # of all threads

    def load(self, block: dict[str, Any]) -> None:
        self._block = block
        self._pixels = Path(block["path"]).open("rb")  # noqa: SIM115 - closed with the feed
        self._index = 0
        self._given_s = None
        self.ms, self.cpu_ms = [], []

    def start(self) -> None:
        return

    def next(self, timeout_s: float) -> CaptureTurn:
        now_s, now_cpu_s = time.perf_counter(), time.process_time()
        if self._given_s is not None:
            self.ms.append(1e3 * (now_s - self._given_s[0]))
            self.cpu_ms.append(1e3 * (now_cpu_s - self._given_s[1]))
        frame: Frame | None = None
        if self._index < len(self._block["t_s"]):
            image = np.empty(self._block["shape"], dtype=np.uint8)
            self._pixels.readinto(image.data)
            frame = Frame(image, self._block["t_s"][self._index], self._index)
            self._index += 1
        turn = CaptureTurn(
            frame=frame,
            captured_s=time.monotonic() if frame else None,
            fault=None,
            detail=None,
            dropped=0,
            skipped=0,
            reopened=0,
            ended=frame is None,
        )
        self._given_s = time.perf_counter(), time.process_time()
        return turn

    def close(self) -> None:
        self._pixels.close()


class Witness:
    """Keeps what each frame showed, to be compared with the rival's reading of the same frame."""

    def __init__(self) -> None:
        self.points: list[list[list[float]] | None] = []
        self.readings: list[list[float] | None] = []
        self.last: MonitorStep | None = None

    def take(self, step: MonitorStep | None) -> None:
        seen = step.observation if step is not None and step is not self.last else None
        self.last = step
        if seen is None:
            self.points.append(None)
            self.readings.append(None)
            return
        self.points.append(stacked(seen.landmarks).round(3).tolist())
        self.readings.append(
            [seen.eye_openness_left.value, seen.eye_openness_right.value, seen.mouth_openness.value]
        )


class WitnessingFeed(BlockFeed):
    """Asks the loop for its last step between two frames, outside of the measured time."""

    def __init__(self) -> None:
        super().__init__()
        self.witness = Witness()
        self.loop: LiveLoop | None = None

    def load(self, block: dict[str, Any]) -> None:
        super().load(block)
        self.witness = Witness()
        self.witness.last = self.loop.last if self.loop is not None else None

    def next(self, timeout_s: float) -> CaptureTurn:
        turn = super().next(timeout_s)
        if self.ms and self.loop is not None:
            self.witness.take(self.loop.last)
        self._given_s = time.perf_counter(), time.process_time()
        return turn


def timed_monitor(
    perception: Perception, settings: VigilSettings, watch: Stopwatch
) -> DriverMonitor:
    """The monitor with a stopwatch around each of its parts."""
    seen: Any = Timed(perception, watch, {"detect": "detect", "observe": "observe"})
    monitor = DriverMonitor(seen, settings)
    judge: Any = monitor._judge
    for owner, part, verb, stage in (
        (monitor, "_picture_check", "step", "picture check"),
        (monitor, "_tracker", "step", "tracker"),
        (monitor, "_reader", "read", "quality and signals"),
        (judge, "estimator", "step", "state"),
        (judge, "policy", "step", "policy"),
    ):
        setattr(owner, part, Timed(getattr(owner, part), watch, {verb: stage}))
    return monitor


def main() -> None:
    settings = load_settings(None, sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        perception = open_perception(settings.perception)
        telemetry = Telemetry(
            TelemetrySettings(
                enabled=True,
                host="127.0.0.1",
                port=_NOBODY_LISTENS,
                outbox=OutboxSettings(path=Path(folder) / "outbox.sqlite"),
            ),
            "bench",
            {},
        )
        telemetry.start()
        watch = Stopwatch()
        models = time_models(perception, watch)
        monitor = timed_monitor(perception, settings, watch)
        posting = {
            "post_event": "publish",
            "post_state": "publish",
            "post_status": "publish",
        }
        feed = WitnessingFeed()
        loop = LiveLoop(
            feed=feed,
            monitor=monitor,
            vehicle=NoneProvider(),
            cabin=CabinVoice(CabinSettings()),
            telemetry=Timed(telemetry, watch, posting),  # type: ignore[arg-type]
            model_bundle=perception.name,
        )
        feed.loop = loop
        tell({"peak_mb": peak_memory_mb(os.getpid()), "models": models})
        for line in sys.stdin:
            feed.load(json.loads(line))
            watch.reset()
            loop.run()
            feed.close()
            tell(
                {
                    "ms": feed.ms,
                    "cpu_ms": feed.cpu_ms,
                    "stages": watch.as_json(),
                    "points": feed.witness.points,
                    "readings": feed.witness.readings,
                    "peak_mb": peak_memory_mb(os.getpid()),
                }
            )
        telemetry.close()


def tell(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
