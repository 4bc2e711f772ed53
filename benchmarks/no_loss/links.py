"""Bad links between vehicle and broker, through a TCP proxy: what arrives, in which order, how often."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.figures import Figure, Target
from benchmarks.no_loss.posted import HOST, marked_event, quick_settings
from benchmarks.no_loss.power_cuts import QUICK_DISK
from benchmarks.no_loss.proxy import Proxy, Weather, proxy_to
from benchmarks.no_loss.receiver import Receiver
from edge_app.back_off import BackOffSettings
from edge_app.telemetry.local_broker import local_broker
from edge_app.telemetry.telemetry import Telemetry

EVERYTHING_S = 120.0
STORM_CLIENTS = 50
STORM_WINDOW_S = 0.1


@dataclass(frozen=True, slots=True)
class BadLink:
    """A kind of weather, and what changes while events are posted."""

    name: str
    weather: Callable[[], Weather]
    halfway: Callable[[Proxy], None] = lambda proxy: None
    after: Callable[[Proxy], None] = lambda proxy: None


def _freeze(proxy: Proxy) -> None:
    proxy.freeze()


def _hear_again(proxy: Proxy) -> None:
    time.sleep(2.5)  # longer than the vehicle waits for an acknowledgement
    proxy.weather.swallow_acknowledgements = False


def _flap(proxy: Proxy) -> None:
    for _ in range(5):
        proxy.shut()
        time.sleep(0.1)
        proxy.open()
        time.sleep(0.3)


BAD_LINKS = (
    BadLink("half-open", Weather, halfway=_freeze),
    BadLink(
        "slow and lossy",
        lambda: Weather(delay_s=0.05, stalled=0.2, stall_s=0.4),
    ),
    BadLink("4 kB/s", lambda: Weather(bytes_per_s=4000.0)),
    BadLink(
        "acknowledgements lost",
        lambda: Weather(swallow_acknowledgements=True),
        after=_hear_again,
    ),
    BadLink("cut within packets", lambda: Weather(cut_after=(150, 2500), cuts_left=12)),
    BadLink("flapping", Weather, halfway=_flap),
)


@dataclass(frozen=True, slots=True)
class Passage:
    """What came through one bad link."""

    posted: int
    arrived: int
    repeated: int  # deliveries that met the insert by id
    twice: int
    out_of_order: int
    gaps: int
    connections: int
    left: int  # still in the outbox
    took_s: float


def pass_through(link: BadLink, events: int, seed: int) -> Passage:
    random = Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="vigil-no-loss-") as place,
        local_broker("mosquitto") as broker,
        proxy_to(broker.port, seed, link.weather()) as proxy,
    ):
        receiver = Receiver(HOST, broker.port)
        settings = quick_settings(
            proxy.port,
            Path(place) / "outbox.sqlite",
            acknowledge_timeout_s=2.0,
            keep_alive_s=2,
            connect_timeout_s=5.0,
        )
        telemetry = Telemetry(settings, "car-7", {"vigil": "test"})
        telemetry.start()
        begun_s = time.monotonic()
        for number in range(events):
            telemetry.post_event(marked_event(f"link-{number}"))
            if number == events // 2:
                receiver.wait_for(lambda: telemetry.snapshot().connections > 0, 10.0)
                link.halfway(proxy)
            time.sleep(random.uniform(0.0, 0.02))
        link.after(proxy)
        receiver.wait_for(
            lambda: len(receiver.markers) == events and telemetry.snapshot().queue_depth == 0,
            EVERYTHING_S,
        )
        took_s = time.monotonic() - begun_s
        after = telemetry.snapshot()
        telemetry.close()
        passage = Passage(
            posted=events,
            arrived=len(receiver.markers),
            repeated=receiver.arrivals - len(receiver.rows("id")),
            twice=receiver.twice,
            out_of_order=receiver.out_of_order,
            gaps=receiver.gaps,
            connections=after.connections,
            left=after.queue_depth,
            took_s=took_s,
        )
        receiver.close()
    return passage


@dataclass(frozen=True, slots=True)
class Storm:
    """When a fleet knocks after its broker has gone."""

    knocks: int
    most_at_once: int  # within a tenth of a second
    rounds_s: tuple[tuple[float, float], ...]  # of the first attempts: earliest and latest
    all_back_in_s: float


def storm(clients: int, away_s: float = 5.0) -> Storm:
    """All are connected; the broker goes, hangs up on every attempt, and comes back."""
    with (
        tempfile.TemporaryDirectory(dir=QUICK_DISK) as place,
        local_broker("mosquitto") as broker,
        proxy_to(broker.port) as proxy,
    ):
        fleet = [_unit(proxy.port, Path(place), number) for number in range(clients)]
        for unit in fleet:
            unit.start()
        _wait(lambda: all(unit.snapshot().connected for unit in fleet))
        proxy.knocks_s.clear()
        proxy.lets_in = False
        gone_s = time.monotonic()
        proxy.shut()
        proxy.open()
        time.sleep(away_s)
        knocks = sorted(knock_s - gone_s for knock_s in proxy.knocks_s)
        proxy.lets_in = True
        back_s = time.monotonic()
        _wait(lambda: all(unit.snapshot().connected for unit in fleet))
        all_back_in_s = time.monotonic() - back_s
        for unit in fleet:
            unit.close(0.1)
    rounds = [knocks[at : at + clients] for at in range(0, len(knocks), clients)]
    most = max(
        (sum(a <= b < a + STORM_WINDOW_S for b in knocks) for a in knocks),
        default=0,
    )
    whole = tuple((group[0], group[-1]) for group in rounds if len(group) == clients)
    return Storm(len(knocks), most, whole, all_back_in_s)


def _unit(port: int, place: Path, number: int) -> Telemetry:
    settings = quick_settings(
        port,
        place / str(number) / "outbox.sqlite",
        back_off=BackOffSettings(),
        connect_timeout_s=10.0,
    )
    return Telemetry(settings, f"storm-{number}", {})


def _wait(condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline_s:
            raise TimeoutError(f"The fleet did not connect within {timeout_s:g} s.")
        time.sleep(0.02)


def measure(full: bool, progress: Callable[[str, int, int], None]) -> list[Figure]:
    events = 120 if full else 40
    none = Target("at most", 0)
    figures = []
    for number, link in enumerate(BAD_LINKS):
        progress(link.name, number, len(BAD_LINKS) + 1)
        passage = pass_through(link, events, 1)
        wrong = passage.twice + passage.out_of_order + passage.gaps + passage.left
        note = (
            f"{passage.connections} connections, {passage.repeated} repeated deliveries,"
            f" {passage.took_s:.1f} s"
        )
        part = f"link: {link.name}"
        figures += [
            Figure(
                part,
                "events arrived",
                passage.arrived,
                "",
                n=passage.posted,
                target=Target("at least", passage.posted),
                note=note,
            ),
            Figure(part, "twice, out of order, gaps, left", wrong, "", target=none),
        ]
    progress("storm", len(BAD_LINKS), len(BAD_LINKS) + 1)
    told = storm(STORM_CLIENTS)
    spread = ", ".join(f"{first:.2f} to {last:.2f} s" for first, last in told.rounds_s)
    return [
        *figures,
        Figure(
            "storm",
            "most attempts within 0.1 s",
            told.most_at_once,
            "",
            n=STORM_CLIENTS,
            target=Target("at most", STORM_CLIENTS // 2),
            note=f"attempts after the loss: {spread}",
        ),
        Figure("storm", "all back, once the broker is", told.all_back_in_s, "s", n=STORM_CLIENTS),
    ]
