"""A unit in a process of its own, for tests that kill it: posts events on command.

Arguments: port, outbox path, number of events to post. Prints `stored` once all are on disk, then lives on.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from edge_app.alerts.event import Event, EventType, Level
from edge_app.back_off import BackOffSettings
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry

port, path, count = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
telemetry = Telemetry(
    TelemetrySettings(
        enabled=True,
        host="127.0.0.1",
        port=port,
        back_off=BackOffSettings(min_s=0.05, max_s=0.3),
        outbox=OutboxSettings(path=path),
    ),
    "car-7",
    {"vigil": "test"},
)
telemetry.start()
while not telemetry.snapshot().connected:
    time.sleep(0.02)
sys.stdout.write("connected\n")
sys.stdout.flush()
sys.stdin.readline()
for number in range(count):
    telemetry.post_event(
        Event(EventType.MICROSLEEP, float(number), float(number) - 1.0, Level.WARNING)
    )
while telemetry.snapshot().queue_depth != count or telemetry.snapshot().in_flight != count:
    time.sleep(0.01)
sys.stdout.write("stored\n")
sys.stdout.flush()
time.sleep(60)
