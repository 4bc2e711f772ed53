"""The whole way from the loop's hand-over to a subscriber of a real broker, through outages and deaths."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_app.alerts.event import ActiveAlert, Event, EventType, Level
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import (
    BlinkStatistics,
    Closure,
    ClosureKind,
    DriverState,
    Drowsiness,
    Glance,
    LidEpisode,
    LidState,
    Perclos,
    Presence,
    VotedClasses,
    YawnState,
)
from edge_app.telemetry.health import LoopHealth
from edge_app.telemetry.local_broker import free_port
from edge_app.telemetry.outbox import Entry, Importance, Outbox
from edge_app.telemetry.settings import OutboxSettings, TelemetrySettings
from edge_app.telemetry.telemetry import Telemetry
from edge_app.vehicle.state import VehicleState

UNIT_PROCESS = Path(__file__).with_name("unit_process.py")
PROJECT = Path(__file__).resolve().parents[2]
MISSING = Signal.missing(Unavailable.EYES_OCCLUDED)


def event(number: int, level: Level | None = Level.WARNING) -> Event:
    return Event(EventType.MICROSLEEP, float(number), number - 1.0, level, {"closed_s": 1.0})


def driver_state(t_s: float) -> DriverState:
    return DriverState(
        t_s=t_s,
        presence=Presence(True, 0.0, 2.0, 0.0, Unavailable.EYES_OCCLUDED),
        closure=Closure(MISSING, MISSING, MISSING),
        lid_episode=LidEpisode(LidState.UNKNOWN, ClosureKind.NONE, None, 0.0),
        blinks=BlinkStatistics(0, MISSING, MISSING, MISSING, None),
        perclos=Perclos(None, None, 0.1),
        mouth_openness=Signal.of(float("nan")),
        yawn=YawnState(False, 1, None),
        head_yaw_rad=Signal.of(0.123456789),
        head_pitch_rad=Signal.of(0.0),
        head_roll_rad=Signal.of(0.0),
        glance=Glance(None, None, Unavailable.EYES_OCCLUDED, None, 0.0, 0.0, None, None),
        drowsiness=Drowsiness(None, 0.0, (), Unavailable.EYES_OCCLUDED),
        expression=VotedClasses((0.9, 0.1), 0),
        valid_frame_rate_hz=0.0,
    )


@pytest.fixture
def start() -> Iterator[Callable[[TelemetrySettings], Telemetry]]:
    """Starts units named car-7, closed with the test."""
    started: list[Telemetry] = []

    def make(settings: TelemetrySettings) -> Telemetry:
        telemetry = Telemetry(settings, "car-7", {"vigil": "test"})
        telemetry.start()
        started.append(telemetry)
        return telemetry

    yield make
    for telemetry in started:
        telemetry.close(0.5)


@pytest.mark.mosquitto
def test_birth_state_events_and_health_arrive(
    broker: Any, subscribe: Any, make_settings: Any, start: Any
) -> None:
    fleet = subscribe(broker.port)
    settings = make_settings(broker.port, health_interval_s=0.3)
    telemetry = start(settings)
    telemetry.health_source = lambda: LoopHealth(29.9, 100, 3, 4.0, 6.0, 9.0, "bundle-1")
    (birth,) = fleet.wait_for("/status")
    assert (birth["status"], birth["birth_number"], birth["connection_number"]) == ("online", 1, 1)
    alert = ActiveAlert(EventType.DEGRADED, Level.NOTICE, 3.0, "eyes_occluded")
    telemetry.post_state(driver_state(5.0), [alert], VehicleState(speed_kmh=72.0), "ok")
    telemetry.post_event(event(5))
    (state,) = fleet.wait_for("/state")
    assert state["t_s"] == 5.0
    assert state["head_yaw_rad"] == {"value": 0.1235, "unavailable": None}
    assert state["mouth_openness"]["value"] is None  # not-a-number has no JSON
    assert state["drowsiness"]["unavailable"] == "eyes_occluded"
    assert state["alerts"][0]["level"] == "notice"
    assert state["speed_kmh"] == 72.0
    assert state["expression"] is None
    (arrived,) = fleet.wait_for("/event")
    assert arrived["specversion"] == "1.0"
    assert arrived["source"] == "vigil/v1/car-7"
    assert arrived["type"] == "microsleep"
    assert arrived["data"]["level"] == "warning"
    assert arrived["data"]["historical"] is False
    health = fleet.wait_for("/health")[0]
    assert health["frames_dropped"] == 3
    assert health["latency_ms"] == {"p50": 4.0, "p95": 6.0, "p99": 9.0}
    assert health["memory_rss_mb"] > 10


@pytest.mark.mosquitto
def test_expression_is_published_where_switched_on(
    broker: Any, subscribe: Any, make_settings: Any, start: Any
) -> None:
    fleet = subscribe(broker.port)
    telemetry = start(make_settings(broker.port, publish_expression=True))
    fleet.wait_for("/status")
    telemetry.post_state(driver_state(1.0), [], VehicleState(), "ok")
    assert fleet.wait_for("/state")[0]["expression"] == {
        "label_index": 0,
        "probabilities": [0.9, 0.1],
    }


@pytest.mark.mosquitto
def test_newest_state_wins_and_none_is_said_twice(
    broker: Any, subscribe: Any, make_settings: Any, start: Any
) -> None:
    fleet = subscribe(broker.port)
    telemetry = start(make_settings(broker.port, state_interval_s=0.3))
    fleet.wait_for("/status")
    begun_s = time.monotonic()
    for number in range(60):
        telemetry.post_state(driver_state(float(number)), [], VehicleState(), "ok")
        time.sleep(0.02)
    time.sleep(1.0)
    times = [state["t_s"] for state in fleet.of("/state")]
    assert times[-1] == 59.0
    assert times == sorted(set(times))
    assert 3 <= len(times) <= (time.monotonic() - begun_s) / 0.3 + 2


@pytest.mark.mosquitto
def test_degraded_reasons_change_the_retained_status(
    broker: Any, subscribe: Any, make_settings: Any, start: Any, wait: Any
) -> None:
    telemetry = start(make_settings(broker.port))
    fleet = subscribe(broker.port)
    telemetry.post_status(("camera_fault",))
    wait(lambda: fleet.wait_for("/status")[-1]["status"] == "degraded", "the status to change")
    newcomer = subscribe(broker.port)
    assert newcomer.wait_for("/status")[0]["reasons"] == ["camera_fault"]


@pytest.mark.mosquitto
def test_close_says_stopped_and_the_will_stays_unsaid(
    broker: Any, subscribe: Any, make_settings: Any, start: Any
) -> None:
    fleet = subscribe(broker.port)
    telemetry = start(make_settings(broker.port))
    fleet.wait_for("/status")
    telemetry.post_event(event(1))
    telemetry.close(5.0)
    fleet.wait_for("/status", 2)
    time.sleep(0.3)
    assert [status["reasons"] for status in fleet.of("/status")] == [[], ["stopped"]]
    assert len(fleet.of("/event")) == 1
    assert telemetry.snapshot().queue_depth == 0


@pytest.mark.mosquitto
def test_events_of_an_absent_broker_arrive_in_order_and_historical(
    broker: Any, subscribe: Any, make_settings: Any, start: Any, wait: Any
) -> None:
    fleet = subscribe(broker.port, "fleet")
    broker.stop()
    telemetry = start(make_settings(broker.port, historical_after_s=0.5))
    for number in range(50):
        telemetry.post_event(event(number))
    wait(lambda: telemetry.snapshot().queue_depth == 50, "events on disk")
    wait(lambda: telemetry.snapshot().last_error is not None, "the sentence")
    assert "Nothing accepts connections" in telemetry.snapshot().last_error
    time.sleep(0.6)
    broker.start()
    arrived = fleet.wait_for("/event", 50)
    assert [message["data"]["sequence"] for message in arrived] == list(range(1, 51))
    assert all(message["data"]["historical"] for message in arrived)
    telemetry.post_event(event(99))
    assert fleet.wait_for("/event", 51)[50]["data"]["historical"] is False


@pytest.mark.mosquitto
def test_nothing_is_lost_and_order_holds_over_a_broker_restart(
    broker: Any, make_settings: Any, start: Any, wait: Any, subscribe: Any
) -> None:
    fleet = subscribe(broker.port, "fleet")
    telemetry = start(make_settings(broker.port))
    wait(lambda: telemetry.snapshot().connected, "the first connection")
    for number in range(20):
        telemetry.post_event(event(number))
    broker.stop()
    for number in range(20, 40):
        telemetry.post_event(event(number))
    broker.start()
    for number in range(40, 60):
        telemetry.post_event(event(number))
    wait(lambda: telemetry.snapshot().queue_depth == 0, "everything acknowledged")
    wait(lambda: 60 in {message["data"]["sequence"] for message in fleet.of("/event")}, "the last")
    seen = [message["data"]["sequence"] for message in fleet.of("/event")]
    firsts = list(dict.fromkeys(seen))  # one in flight at the restart may come twice
    assert firsts == list(range(1, 61))
    assert telemetry.snapshot().connections >= 2


@pytest.mark.mosquitto
@pytest.mark.parametrize(
    "damaged",
    [b'{"cut":', b"\xff\xfe", b"[1]", b'{"data":7}', b"null", b"[" * 100_000],
    ids=["cut off", "no text", "a list", "a number", "null", "too deep"],
)
def test_damaged_message_in_the_outbox_is_counted_and_holds_up_no_other(
    damaged: bytes, broker: Any, subscribe: Any, make_settings: Any, start: Any, wait: Any
) -> None:
    # A window of two: a damaged message that kept its place in it would soon close it.
    settings = make_settings(broker.port, health_interval_s=0.3)
    bounds = settings.outbox.model_copy(update={"in_flight": 2})
    settings = settings.model_copy(update={"outbox": bounds})
    bounds.path.parent.mkdir()
    outbox = Outbox(bounds.path, 100, 1_000_000)
    birth_number = outbox.begin_boot()
    for number in range(1, 9):
        payload = b'{"data":{}}' if number > 6 else damaged
        outbox.add(
            [
                Entry(
                    birth_number,
                    number,
                    Importance.SAFETY,
                    "vigil/v1/car-7/event",
                    payload,
                    0,
                    True,
                )
            ]
        )
    outbox.close()
    fleet = subscribe(broker.port)
    telemetry = start(settings)
    telemetry.post_event(event(1))
    arrived = fleet.wait_for("/event", 3)
    assert [message["data"]["historical"] for message in arrived] == [True, True, False]
    wait(
        lambda: any(
            message["outbox"]["dropped_unreadable"] == 6 for message in fleet.of("/health")
        ),
        "the damaged ones in a health message",
    )


@pytest.mark.mosquitto
def test_will_is_said_after_kill_minus_9(broker: Any, subscribe: Any, tmp_path: Path) -> None:
    fleet = subscribe(broker.port)
    unit = unit_process(broker.port, tmp_path / "outbox.sqlite", 1)
    try:
        assert unit.stdout is not None
        assert unit.stdout.readline() == b"connected\n"
        birth = fleet.wait_for("/status")[0]
    finally:
        unit.kill()
        unit.wait()
    will = fleet.wait_for("/status", 2)[1]
    assert (will["status"], will["reasons"]) == ("offline", ["connection_lost"])
    for key in ("boot_id", "birth_number", "connection_number"):
        assert will[key] == birth[key]
    assert subscribe(broker.port).wait_for("/status")[0]["status"] == "offline"


@pytest.mark.mosquitto
def test_event_committed_but_not_acknowledged_survives_kill_minus_9_with_its_id(
    broker: Any, subscribe: Any, make_settings: Any, start: Any, tmp_path: Path
) -> None:
    path = tmp_path / "outbox.sqlite"
    unit = unit_process(broker.port, path, 3)
    try:
        assert unit.stdin is not None
        assert unit.stdout is not None
        assert unit.stdout.readline() == b"connected\n"
        broker.freeze()
        unit.stdin.write(b"go\n")
        unit.stdin.flush()
        assert unit.stdout.readline() == b"stored\n"
    finally:
        unit.kill()
        unit.wait()
    outbox = Outbox(path, 100, 1_000_000)
    stored = [entry.payload for entry in outbox.pending()]
    outbox.close()
    assert len(stored) == 3
    broker.stop()
    broker.start()
    fleet = subscribe(broker.port)
    start(make_settings(broker.port, outbox=OutboxSettings(path=path)))
    arrived = fleet.wait_for("/event", 3)
    assert all(
        message["id"].encode() in payload for message, payload in zip(arrived, stored, strict=True)
    )
    assert [message["data"]["sequence"] for message in arrived] == [1, 2, 3]
    assert all(message["data"]["historical"] for message in arrived)
    assert fleet.of("/status")[-1]["birth_number"] == 2


def unit_process(port: int, path: Path, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(UNIT_PROCESS), str(port), str(path), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )


@pytest.mark.mosquitto
def test_broker_that_stops_acknowledging_is_left_and_events_are_sent_again(
    broker: Any, subscribe: Any, make_settings: Any, start: Any, wait: Any
) -> None:
    telemetry = start(make_settings(broker.port, acknowledge_timeout_s=0.5))
    wait(lambda: telemetry.snapshot().connected, "the connection")
    fleet = subscribe(broker.port)
    broker.freeze()
    telemetry.post_event(event(1))
    wait(lambda: not telemetry.snapshot().connected, "the dead connection to be left")
    broker.thaw()
    wait(lambda: telemetry.snapshot().queue_depth == 0, "the acknowledgement")
    assert {message["data"]["sequence"] for message in fleet.wait_for("/event")} == {1}
    assert telemetry.snapshot().connections == 2


@pytest.mark.mosquitto
def test_a_bug_in_the_thread_is_told_and_events_go_on(
    broker: Any, subscribe: Any, make_settings: Any, start: Any, wait: Any
) -> None:
    fleet = subscribe(broker.port)
    telemetry = start(make_settings(broker.port, health_interval_s=0.2))

    def broken() -> LoopHealth:
        raise RuntimeError("counter gone")

    telemetry.health_source = broken
    wait(
        lambda: "telemetry_fault" in fleet.wait_for("/status")[-1]["reasons"],
        "the fault to be told",
    )
    assert "counter gone" in telemetry.snapshot().last_error
    telemetry.post_event(event(1))
    assert fleet.wait_for("/event")[0]["data"]["sequence"] == 1


@pytest.mark.mosquitto
def test_an_event_that_cannot_be_put_into_words_does_not_hold_up_the_next(
    broker: Any, subscribe: Any, make_settings: Any, start: Any, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = subscribe(broker.port)
    telemetry = start(make_settings(broker.port))
    telemetry.post_event(Event(EventType.SLEEP, "soon", 0.0))  # type: ignore[arg-type]
    telemetry.post_event(event(2))
    assert fleet.wait_for("/event")[0]["data"]["t_s"] == 2.0
    assert "'soon'" in caplog.text


def test_posting_never_waits_for_a_slow_disk(
    make_settings: Any, start: Any, monkeypatch: pytest.MonkeyPatch, wait: Any
) -> None:
    really_add = Outbox.add

    def slow_add(self: Outbox, entries: Any) -> None:
        time.sleep(0.1)
        really_add(self, entries)

    monkeypatch.setattr(Outbox, "add", slow_add)
    telemetry = start(make_settings(1))
    posted_s = []
    for number in range(20):
        begun_s = time.perf_counter()
        telemetry.post_event(event(number))
        telemetry.post_state(driver_state(1.0), [], VehicleState(), "ok")
        posted_s.append(time.perf_counter() - begun_s)
    assert sum(posted_s) < 0.1  # twenty posts take less than one of the disk's commits
    wait(lambda: telemetry.snapshot().queue_depth == 20, "all of them committed all the same")


def test_event_posted_after_close_is_stored_for_the_next_start(
    make_settings: Any, start: Any
) -> None:
    settings = make_settings(1)
    telemetry = start(settings)
    telemetry.post_event(event(1))
    telemetry.close(0.5)
    telemetry.post_event(event(2))
    outbox = Outbox(settings.outbox.path, 100, 1_000_000)
    assert [entry.receipt for entry in outbox.pending()] == [(1, 1), (1, 2)]
    outbox.close()


def test_event_that_cannot_be_stored_at_all_is_logged_whole(
    make_settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    telemetry = Telemetry(make_settings(1), "car-7", {})
    telemetry.close()
    with caplog.at_level(logging.ERROR):
        telemetry.post_event(event(4))
    assert "'t_s': 4.0" in caplog.text


def test_switched_off_telemetry_touches_neither_disk_nor_network(
    make_settings: Any, tmp_path: Path
) -> None:
    telemetry = Telemetry(make_settings(1, enabled=False), "car-7", {})
    telemetry.start()
    telemetry.post_event(event(1))
    telemetry.post_state(driver_state(1.0), [], VehicleState(), "ok")
    telemetry.close()
    assert not telemetry.snapshot().enabled
    assert list(tmp_path.iterdir()) == []


def test_what_was_posted_under_a_wrong_clock_is_not_believed_because_the_clock_was_set_later(
    make_settings: Any, monkeypatch: pytest.MonkeyPatch, wait: Any, tmp_path: Path
) -> None:
    telemetry = Telemetry(make_settings(free_port()), "car-7", {})
    monkeypatch.setattr("edge_app.telemetry.clock.clock_synchronised", lambda: False)
    telemetry.post_event(Event(EventType.SLEEP, 9.0, 6.0, Level.ALARM))
    monkeypatch.setattr("edge_app.telemetry.clock.clock_synchronised", lambda: True)
    telemetry.start()
    telemetry.close(0.5)
    outbox = Outbox(tmp_path / "state" / "outbox.sqlite", 1000, 10_000_000)
    (kept,) = (each for each in outbox.pending() if each.topic.endswith("/event"))
    outbox.close()
    assert not kept.clock_synchronised
    assert b'"clock_synchronised":false' in kept.payload
