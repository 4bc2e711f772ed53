"""From a frame's capture to the moment at which an output in the cabin has told the alert it led to.

Real time, a real capture process, a clip edited to hold closed eyes again and again.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.chosen_model import ChosenModel
from benchmarks.clips import write_closed_eyes
from benchmarks.figures import Figure, percentile
from benchmarks.places import Places
from edge_app.alerts.cabin_settings import CabinOutputSettings, CabinSettings
from edge_app.alerts.event import ActiveAlert
from edge_app.alerts.outputs.cabin import CabinVoice
from edge_app.alerts.outputs.console import ConsoleOutput
from edge_app.camera.capture import Capture, CaptureTurn
from edge_app.camera.settings import CameraSettings
from edge_app.face.perceptions import open_perception
from edge_app.live import LiveLoop
from edge_app.monitor import DriverMonitor
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.none import NoneProvider

# Long enough for the first warning; the last of them passes through alarm and unresponsive as well.
_SHORT_HOLD_S, _LONG_HOLD_S = 1.4, 6.6
_OPEN_S = 2.6


class StampedConsole(ConsoleOutput):
    """The console output, into a sink, that remembers when it had told each alert."""

    def __init__(self, sink: Path) -> None:
        self._file = sink.open("w", encoding="utf-8")
        super().__init__(self._file)
        self.told_s: dict[tuple[object, ...], float] = {}

    def show(self, voice: ActiveAlert | None) -> None:
        super().show(voice)
        if voice is not None:
            self.told_s.setdefault(_key(voice), time.monotonic())

    def close(self) -> None:
        self._file.close()


class StampedCapture(Capture):
    """Remembers when the frame that the loop works on was captured."""

    captured_s: float | None = None

    def next(self, timeout_s: float) -> CaptureTurn:
        turn = super().next(timeout_s)
        if turn.frame is not None:
            self.captured_s = turn.captured_s
        return turn


class StampedVoice(CabinVoice):
    """Remembers the capture time behind each alert that it was given."""

    def __init__(self, output: StampedConsole, capture: StampedCapture) -> None:
        self._capture = capture
        self.captured_s: dict[tuple[object, ...], float] = {}

        def opener(settings: CabinOutputSettings) -> StampedConsole:
            return output

        super().__init__(CabinSettings(), opener=opener)

    def post(self, voice: ActiveAlert | None) -> None:
        super().post(voice)
        if voice is not None and self._capture.captured_s is not None:
            self.captured_s.setdefault(_key(voice), self._capture.captured_s)


def measure(places: Places, model: ChosenModel, *, short_holds: int) -> list[Figure]:
    assert places.clips
    settings = model.settings
    perception = open_perception(settings.perception)
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        clip = Path(folder) / "closed-eyes.avi"
        holds_s = [*[_SHORT_HOLD_S] * short_holds, _LONG_HOLD_S]
        # In the last of the clips both eyes shut wholly, whichever model looks.
        write_closed_eyes(places.clips[-1], clip, perception, holds_s=holds_s, open_s=_OPEN_S)
        output = StampedConsole(Path(os.devnull))
        capture = StampedCapture(CameraSettings(source=f"file:{clip}"))
        voice = StampedVoice(output, capture)
        loop = LiveLoop(
            feed=capture,
            monitor=DriverMonitor(perception, settings),
            vehicle=NoneProvider(),
            cabin=voice,
            telemetry=Telemetry(TelemetrySettings(enabled=False), "bench", {}),
            model_bundle=perception.name,
        )
        capture.start()
        try:
            _run(loop)
        finally:
            capture.close()
        time.sleep(0.1)
        posted_s = next(iter(voice.latencies_s().values()))
        voice.close()
    alerts_ms = [
        1e3 * (told_s - voice.captured_s[key])
        for key, told_s in output.told_s.items()
        if key in voice.captured_s
    ]
    health = loop.counters.health()
    return _figures(alerts_ms, posted_s, health.frames, loop.counters.dropped) + [
        Figure(
            "cabin alert",
            f"frame to cabin posted, p{percent}",
            value,
            "ms",
            n=health.frames,
            note="LoopCounters, every frame",
        )
        for percent, value in ((50, health.latency_p50_ms), (99, health.latency_p99_ms))
    ]


def _figures(
    alerts_ms: list[float], posted_s: list[float], frames: int, dropped: int
) -> list[Figure]:
    if not alerts_ms:
        return []
    n = len(alerts_ms)
    note = "capture process, loop, cabin thread, console; the largest of n" if n < 100 else ""
    return [
        Figure("cabin alert", "frame to alert told, p50", percentile(alerts_ms, 50), "ms", n=n),
        Figure(
            "cabin alert",
            "frame to alert told, p99",
            percentile(alerts_ms, 99),
            "ms",
            n=n,
            note=note,
        ),
        Figure(
            "cabin alert",
            "of it in the cabin thread, p50",
            1e3 * percentile(posted_s, 50),
            "ms",
            n=len(posted_s),
        ),
        Figure("cabin alert", "frames dropped", dropped, "", n=frames + dropped),
    ]


def _run(loop: LiveLoop) -> None:
    """On a thread of its own, as a page would leave it; joined at the clip's end."""
    thread = threading.Thread(target=loop.run, name="perception")
    thread.start()
    thread.join()


def _key(voice: ActiveAlert) -> tuple[object, ...]:
    return voice.type, voice.level, voice.since_s
