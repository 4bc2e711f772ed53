"""A wall clock that is set forward and back, and a boot without one, during an outage: what the receiver sees."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Figure, Target
from benchmarks.no_loss.fast_clock import FastClock
from benchmarks.no_loss.posted import HOST, marked_event, quick_settings
from benchmarks.no_loss.proxy import proxy_to
from benchmarks.no_loss.receiver import Receiver
from edge_app.telemetry.local_broker import local_broker
from edge_app.telemetry.telemetry import Telemetry

STEPS_S = (3600.0, -86_400.0, 40 * 86_400.0, -7200.0)
FACTORY_S = -56 * 365 * 86_400.0  # about 1970
EACH = 10
PACE = 100.0


@dataclass(frozen=True, slots=True)
class ClockReport:
    posted: int
    arrived: int
    wrong: int  # twice, out of order, gaps, or not historical though late
    unsynchronised: int  # said to be of a clock that is not to be trusted
    furthest_off_s: (
        float  # from the truth, of the times of those whose clock was synchronised in the end
    )


def step_the_clock() -> ClockReport:
    """Events between steps, with the broker away."""
    return _run(synchronised_at_boot=True, steps_s=STEPS_S, synchronised_later=True)


def boot_without_clock() -> ClockReport:
    """1970 at boot; the true time comes while the broker is away, and times are mended on their way out."""
    return _run(synchronised_at_boot=False, steps_s=(0.0,), synchronised_later=True)


def never_a_clock() -> ClockReport:
    return _run(synchronised_at_boot=False, steps_s=(0.0,), synchronised_later=False)


def _run(
    *, synchronised_at_boot: bool, steps_s: tuple[float, ...], synchronised_later: bool
) -> ClockReport:
    fast = FastClock(PACE, synchronised_at_boot)
    fast.wall_step_s = 0.0 if synchronised_at_boot else FACTORY_S
    # Told without the steps: what a good clock showed before and after the post.
    true_s: dict[str, tuple[float, float]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="vigil-no-loss-") as place,
        local_broker("mosquitto") as broker,
        proxy_to(broker.port) as proxy,
        fast.reigning(),
    ):
        receiver = Receiver(HOST, broker.port)
        proxy.shut()
        telemetry = Telemetry(
            quick_settings(proxy.port, Path(place) / "outbox.sqlite"), "car-7", {}
        )
        telemetry.start()
        for turn, step_s in enumerate((0.0, *steps_s)):
            fast.wall_step_s += step_s
            for number in range(EACH):
                marker = f"clock-{turn}-{number}"
                before_s = fast.time() - fast.wall_step_s
                telemetry.post_event(marked_event(marker))
                true_s[marker] = (before_s, fast.time() - fast.wall_step_s)
                fast.sleep(1.0)
        receiver.wait_for(lambda: telemetry.snapshot().queue_depth >= len(true_s), 10.0)
        if synchronised_later and not synchronised_at_boot:
            fast.wall_step_s = 0.0
            fast.synchronised = True
        fast.sleep(20.0)
        proxy.open()
        receiver.wait_for(
            lambda: len(receiver.markers) == len(true_s) and telemetry.snapshot().queue_depth == 0,
            20.0,
        )
        telemetry.close()
        rows = receiver.rows("marker, historical, synchronised, time")
        events = [row for row in rows if row[0] is not None]
        off_s = [
            max(true_s[marker][0] - wall_s, wall_s - true_s[marker][1], 0.0)
            for marker, _, synchronised, wall_s in events
            if synchronised
        ]
        report = ClockReport(
            posted=len(true_s),
            arrived=len(events),
            wrong=receiver.twice
            + receiver.out_of_order
            + receiver.gaps
            + sum(not historical for _, historical, _, _ in events),
            unsynchronised=sum(not synchronised for _, _, synchronised, _ in events),
            furthest_off_s=max(off_s, default=0.0),
        )
        receiver.close()
    return report


def measure(full: bool, progress: Callable[[str, int, int], None]) -> list[Figure]:
    del full
    none = Target("at most", 0)
    figures = []
    kinds = (
        ("set forward and back", step_the_clock),
        ("boot without a clock, set later", boot_without_clock),
        ("boot without a clock", never_a_clock),
    )
    for number, (name, run) in enumerate(kinds):
        progress("clocks", number, len(kinds))
        report = run()
        part = f"clock: {name}"
        figures += [
            Figure(
                part,
                "events arrived",
                report.arrived,
                "",
                n=report.posted,
                target=Target("at least", report.posted),
            ),
            Figure(
                part, "twice, out of order, gaps, not historical", report.wrong, "", target=none
            ),
            Figure(part, "said not to be trusted", report.unsynchronised, "", n=report.posted),
        ]
        if run is boot_without_clock:
            figures.append(
                Figure(
                    part,
                    "furthest from the true time",
                    report.furthest_off_s,
                    "s",
                    target=Target("at most", 1.0),
                    note=f"at a clock {PACE:g} times as fast",
                )
            )
    return figures
