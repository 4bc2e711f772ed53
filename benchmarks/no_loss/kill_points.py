"""`kill -9` at any instant: vehicles that die over and over, a real Mosquitto, and a receiver that inserts by id."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Target, percentile
from benchmarks.machine import PROJECT
from benchmarks.no_loss.posted import HOST
from benchmarks.no_loss.receiver import Receiver
from edge_app.telemetry.local_broker import local_broker

SETTLE_S = 20.0
MOMENT = "moment"  # died at no numbered line, so at full speed
Posts = dict[str, tuple[int, int, str]]  # by mark: when posted, when killed, ns, and where


@dataclass(slots=True)
class KillReport:
    """What the deaths showed."""

    deaths: int = 0
    places: set[str] = field(default_factory=set)  # lines of code at which somebody died
    posted: int = 0
    kept: int = 0  # `keep` had returned before the death
    lost: list[str] = field(default_factory=list)  # kept, and never arrived
    in_window: int = 0  # posted, and the process died before the commit
    window_ages_ms: list[float] = field(
        default_factory=list
    )  # of those at full speed, from post to death
    arrivals: int = 0
    inserted: int = 0
    twice: int = 0
    out_of_order: int = 0
    gaps: int = 0
    numbers_used_twice: int = 0
    left: int = 0  # still in an outbox at the end

    @property
    def clean(self) -> bool:
        return not (
            self.lost
            or self.twice
            or self.out_of_order
            or self.gaps
            or self.numbers_used_twice
            or self.left
        )


def kill(
    seed: int,
    deaths: int,
    *,
    vehicles: int = 2,
    progress: Callable[[int], None] = lambda deaths: None,
) -> KillReport:
    """`deaths` in all, spread over vehicles that live side by side."""
    report = KillReport()
    with (
        tempfile.TemporaryDirectory(prefix="vigil-no-loss-") as place,
        local_broker("mosquitto") as broker,
    ):
        receiver = Receiver(HOST, broker.port)
        workers = [
            _start(broker.port, Path(place), f"car-{number}", seed + number, deaths // vehicles)
            for number in range(vehicles)
        ]
        posted: Posts = {}
        kept: set[str] = set()
        try:
            # Line by line from each in turn: they live equally long.
            streams = [worker.stdout for worker in workers]
            while streams:
                for stream in list(streams):
                    assert stream is not None
                    line = stream.readline()
                    if not line:
                        streams.remove(stream)
                        continue
                    _take(json.loads(line), report, posted, kept)
                    progress(report.deaths)
            for worker in workers:
                if worker.wait() != 0:
                    raise RuntimeError(f"A vehicle's process ended with {worker.returncode}.")
            receiver.wait_for(lambda: kept <= receiver.markers, SETTLE_S)
            _conclude(report, receiver, posted, kept)
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
            receiver.close()
    return report


def _start(port: int, place: Path, vehicle: str, seed: int, lives: int) -> subprocess.Popen[bytes]:
    path = place / vehicle / "outbox.sqlite"
    module = "benchmarks.no_loss.killed_lives"
    words = [str(port), str(path), vehicle, str(seed), str(lives)]
    return subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _take(told: dict[str, Any], report: KillReport, posted: Posts, kept: set[str]) -> None:
    if "left" in told:
        report.left += told["left"]
        return
    report.deaths += 1
    report.places.add(told["place"])
    death = (told["killed_ns"], told["place"])
    posted.update({mark: (at_ns, *death) for mark, at_ns in told["posted"].items()})
    kept.update(told["kept"])


def _conclude(report: KillReport, receiver: Receiver, posted: Posts, kept: set[str]) -> None:
    arrived = receiver.markers
    report.posted, report.kept = len(posted.keys() | kept), len(kept)
    report.lost = sorted(kept - arrived)
    window = posted.keys() - arrived - kept
    report.in_window = len(window)
    report.window_ages_ms = sorted(
        max(killed_ns - at_ns, 0) / 1e6
        for at_ns, killed_ns, place in (posted[mark] for mark in window)
        if place == MOMENT
    )
    report.arrivals, report.inserted = receiver.arrivals, len(receiver.rows("id"))
    report.twice, report.out_of_order = receiver.twice, receiver.out_of_order
    report.gaps, report.numbers_used_twice = receiver.gaps, receiver.numbers_used_twice


def measure(full: bool, progress: Callable[[str, int, int], None]) -> list[Figure]:
    deaths = 10_000 if full else 300
    report = kill(
        1, deaths, vehicles=4 if full else 2, progress=lambda n: progress("kill -9", n, deaths)
    )
    none = Target("at most", 0)
    part = "kill -9"
    note = f"in {len(report.places) - 1} different lines of code, and at moments drawn by seed"
    figures = [
        Figure(part, "deaths", report.deaths, "", target=Target("at least", deaths), note=note),
        Figure(part, "committed, then lost", len(report.lost), "", n=report.kept, target=none),
        Figure(
            part,
            "twice after the insert by id",
            report.twice,
            "",
            n=report.inserted,
            target=none,
            note=f"{report.arrivals - report.inserted} repeated deliveries met the insert",
        ),
        Figure(part, "out of order", report.out_of_order, "", n=report.inserted, target=none),
        Figure(part, "gaps in the numbers", report.gaps, "", n=report.inserted, target=none),
        Figure(part, "numbers used twice", report.numbers_used_twice, "", target=none),
        Figure(part, "left in an outbox", report.left, "", target=none),
        Figure(
            part,
            "died before their commit",
            report.in_window,
            "",
            n=report.posted,
            note="posted, and not yet on disk: the stated window",
        ),
    ]
    if report.window_ages_ms:
        ages = report.window_ages_ms
        figures.append(
            Figure(
                part,
                "age of those, p99",
                percentile(ages, 99),
                "ms",
                low=ages[0],
                high=ages[-1],
                n=len(ages),
                note="from post to death; includes the opening of the outbox for those posted at the start",
            )
        )
    return figures
