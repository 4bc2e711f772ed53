"""What stills cost the loop, on and off in one run. `pytest -s` prints it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from edge_app.alerts.event import EventType, Level
from edge_app.camera.frame import Frame
from edge_app.settings import VigilSettings
from edge_app.stills.open_stills import EventStills, open_stills
from edge_app.stills.settings import EventStillsSettings
from edge_app.telemetry.settings import TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from tests.stills.test_pictures import event, step

FRAMES, RATE_HZ, ALERT_EVERY = 900, 30, 300


def costs_us(stills: EventStills | None, shape: tuple[int, ...]) -> Any:
    """(frames,) of the very call the loop makes."""
    image = np.random.default_rng(1).integers(0, 255, shape, dtype=np.uint8)
    costs = []
    for number in range(FRAMES):
        t_s = number / RATE_HZ
        alert = number % ALERT_EVERY == ALERT_EVERY - 60
        events = (event(EventType.MICROSLEEP, Level.WARNING, t_s),) if alert else ()
        frame, seen = Frame(image, t_s, number), step(t_s, events)
        began_s = time.perf_counter()
        for _ in seen.policy.events if stills is None else stills.step(frame, seen):
            pass
        costs.append((time.perf_counter() - began_s) * 1e6)
        time.sleep(0.0005)  # as a camera: the other thread gets its turn
    return np.array(costs)


def test_the_loop_pays_microseconds(
    make_stills: Callable[..., EventStillsSettings],
) -> None:
    settings = VigilSettings(event_stills=make_stills())
    kept = 0
    for shape in ((480, 640, 3), (480, 640), (1080, 1920, 3)):
        stills = open_stills(settings, Telemetry(TelemetrySettings(), "car-1", {}))
        assert stills is not None
        off, on = costs_us(None, shape), costs_us(stills, shape)
        stills.close()
        kept += FRAMES // ALERT_EVERY
        assert sum(file.is_file() for file in settings.event_stills.folder.iterdir()) == kept
        sys.stdout.write(
            f"{shape}: off {off.mean():.1f}, on {on.mean():.1f} us a frame on average;"
            f" median {np.median(on):.1f}, 99 % {np.percentile(on, 99):.0f}, worst {on.max():.0f}\n"
        )
        assert on.mean() < 1000
