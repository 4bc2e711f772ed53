"""Six hours without a broker, with one-minute gauges and 200 events, at a clock that runs 200 times as fast."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.figures import Figure, Target
from benchmarks.no_loss.fast_clock import FastClock
from benchmarks.no_loss.posted import HOST, marked_event, quick_settings
from benchmarks.no_loss.proxy import proxy_to
from benchmarks.no_loss.receiver import Receiver
from edge_app.telemetry.local_broker import local_broker
from edge_app.telemetry.telemetry import Telemetry

PACE, QUICK_PACE = 200.0, 600.0  # the telemetry thread's turns of 20 ms are 4 s and 12 s then
DELIVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Outage:
    """What came through once the broker was back."""

    events: int  # posted while it was away
    gauges: int  # written meanwhile
    events_arrived: int
    gauges_arrived: int
    not_historical: int  # of those written meanwhile
    out_of_order: int
    gaps: int
    twice: int
    dropped: int
    rows: int  # in the outbox at the end of the outage
    bytes: int
    capacity_rows: int
    capacity_bytes: int
    delivered_in_s: float


def go_without_broker(
    hours: float,
    events: int,
    seed: int,
    *,
    pace: float = QUICK_PACE,
    progress: Callable[[int], None] = lambda events: None,
) -> Outage:
    random = Random(seed)
    fast = FastClock(pace)
    with (
        tempfile.TemporaryDirectory(prefix="vigil-no-loss-") as place,
        local_broker("mosquitto") as broker,
        proxy_to(broker.port) as proxy,
        fast.reigning(),
    ):
        receiver = Receiver(HOST, broker.port)
        settings = quick_settings(proxy.port, Path(place) / "outbox.sqlite")
        proxy.shut()
        telemetry = Telemetry(settings, "car-7", {"vigil": "test"})
        telemetry.start()
        begun_s = fast.monotonic()
        for number, at_s in enumerate(
            sorted(random.uniform(0, hours * 3600) for _ in range(events))
        ):
            fast.sleep(max(begun_s + at_s - fast.monotonic(), 0.0))
            telemetry.post_event(marked_event(f"outage-{number}", at_s))
            progress(number)
        fast.sleep(max(begun_s + hours * 3600 - fast.monotonic(), 0.0))
        keeping = telemetry._keeping
        assert keeping is not None
        report = keeping.report()
        proxy.open()
        again_s = time.monotonic()
        receiver.wait_for(
            lambda: (
                len(receiver.rows("id")) >= report.rows and telemetry.snapshot().queue_depth == 0
            ),
            DELIVERY_S,
        )
        delivered_in_s = time.monotonic() - again_s
        rows = receiver.rows("type, sequence, historical")[: report.rows]
        report_after = keeping.report()
        telemetry.close()
        outage = Outage(
            events=events,
            gauges=report.rows - events,
            events_arrived=len(receiver.markers),
            gauges_arrived=sum(kind == "health" for kind, _, _ in rows),
            not_historical=sum(not historical for _, _, historical in rows),
            out_of_order=receiver.out_of_order,
            gaps=receiver.gaps,
            twice=receiver.twice,
            dropped=report_after.dropped_gauges
            + report_after.dropped_observations
            + report_after.dropped_safety_events,
            rows=report.rows,
            bytes=report.bytes,
            capacity_rows=settings.outbox.capacity_rows,
            capacity_bytes=settings.outbox.capacity_bytes,
            delivered_in_s=delivered_in_s,
        )
        receiver.close()
    return outage


def measure(full: bool, progress: Callable[[str, int, int], None]) -> list[Figure]:
    hours, events = (6.0, 200) if full else (1.0, 34)
    outage = go_without_broker(
        hours,
        events,
        1,
        pace=PACE if full else QUICK_PACE,
        progress=lambda n: progress("outage", n, events),
    )
    part = f"outage of {hours:g} h"
    none = Target("at most", 0)
    return [
        Figure(
            part,
            "events arrived",
            outage.events_arrived,
            "",
            n=events,
            target=Target("at least", events),
        ),
        Figure(
            part,
            "gauges arrived",
            outage.gauges_arrived,
            "",
            n=outage.gauges,
            target=Target("at least", outage.gauges),
        ),
        Figure(part, "out of order", outage.out_of_order, "", target=none),
        Figure(part, "gaps in the numbers", outage.gaps, "", target=none),
        Figure(part, "twice after the insert by id", outage.twice, "", target=none),
        Figure(
            part, "not marked historical", outage.not_historical, "", n=outage.rows, target=none
        ),
        Figure(part, "given up for want of room", outage.dropped, "", target=none),
        Figure(
            part, "rows waiting", outage.rows, "", target=Target("at most", outage.capacity_rows)
        ),
        Figure(
            part,
            "bytes waiting",
            outage.bytes / 1e6,
            "MB",
            target=Target("at most", outage.capacity_bytes / 1e6),
        ),
        Figure(part, "delivered, once the broker is back", outage.delivered_in_s, "s"),
    ]
