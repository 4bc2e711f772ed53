"""What the command desk does with requests: done once, answered, or refused with a reason and counted."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_app.alerts.event import ActiveAlert, EventType, Level
from edge_app.commanding.orders import Tell
from edge_app.commanding.outcome import Outcome
from edge_app.commanding.remembered import FullError, RememberedRequests
from edge_app.commanding.token_bucket import TokenBucket
from edge_app.commanding.update_order import UpdateBundle
from edge_app.learning_anew import LearningAnew
from edge_app.telemetry.command_inbox import CommandInbox
from tests.brokers import wait_until
from tests.telemetry.command_desk import BASE, START, Unit, arrived, new_id, payload

PACE = "telemetry.state_interval_s"
NO_SYNC = replace(START, synchronised=False)


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path)


def test_ping_is_answered_with_the_requests_id_and_correlation(unit: Unit) -> None:
    request_id = new_id()
    answer = unit.take(arrived("ping", payload(request_id=request_id), correlation=b"\x00abc"))
    assert (answer["id"], answer["name"], answer["status"]) == (request_id, "ping", "done")
    sent = unit.sent[0]
    assert (sent.topic, sent.qos, sent.retain) == (f"{BASE}/command/ping/result", 1, False)
    assert sent.correlation == b"\x00abc"


def test_reading_leaves_nothing_behind(unit: Unit) -> None:
    before = unit.state()
    for name in ("ping", "status", "settings"):
        assert unit.ask(name)["status"] == "done"
    assert unit.state() == before


GOOD = payload()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (arrived("fly", GOOD), "unknown"),
        (arrived("acknowledge", b"", size_bytes=9000), "oversized"),
        (arrived("acknowledge", GOOD, retained=True), "retained"),
        (arrived("acknowledge", b"\xff\x00"), "malformed"),
        (arrived("acknowledge", GOOD[:-1]), "malformed"),
        (arrived("acknowledge", b"[" * 8000), "malformed"),
        (arrived("acknowledge", b"7"), "invalid"),
        (arrived("acknowledge", GOOD.replace(b'"arguments": {}', b'"arguments": {"by": 1}')), "invalid"),
        (arrived("acknowledge", GOOD.replace(b'"arguments": {}', b'"arguments": []')), "invalid"),
        (arrived("acknowledge", GOOD.replace(b'"id": "', b'"id": "x')), "invalid"),
        (arrived("acknowledge", GOOD.replace(b"Z", b"")), "invalid"),
        (arrived("set", payload({"values": {PACE: "2"}})), "invalid"),
        (arrived("set", payload({"values": {PACE: True}})), "invalid"),
        (arrived("set", payload({"values": {}})), "invalid"),
        (arrived("upload_trace", payload({"newest": 1.5})), "invalid"),
        (arrived("acknowledge", GOOD, correlation=b"x" * 129), "malformed"),
        (arrived("acknowledge", GOOD, response_topic="vigil/v1/car-8/command/set"), "response_topic"),
        (arrived("acknowledge", payload(valid_s=-1)), "expired"),
        (arrived("acknowledge", payload(valid_s=301)), "valid_too_long"),
    ],
)  # fmt: skip
def test_what_is_not_sound_is_refused_with_a_reason_and_counted(
    unit: Unit, message: Any, reason: str
) -> None:
    before = unit.state()
    answer = unit.take(message)
    assert (answer["status"], answer["reason"]) == ("refused", reason)
    assert answer["detail"].endswith(".")
    assert unit.state() == before
    assert unit.desk.counts.message().refused == {reason: 1}


@pytest.mark.parametrize(
    ("name", "arguments", "detail"),
    [
        ("set", {"values": {PACE: "2"}}, f"arguments.values.{PACE} must be a number."),
        ("set", {"values": {}}, "arguments.values must be a group of 1 to 16 keys."),
        ("set", {"values": {"A b": 1}}, "arguments.values.A b is no key of a setting."),
        ("set", {"warning_level": "low"},
         "arguments.values is missing and must be a group of 1 to 16 keys; arguments.warning_level is not known;"
         " known there: values."),
        ("reset", {"keys": 1}, "arguments.keys must be `all` or a list of 1 to 64 items."),
        ("upload_trace", {"newest": 1.5}, "arguments.newest must be a whole number from 1 to 1000."),
        ("ping", {"loud": 1}, "arguments.loud is not known; nothing is to be said there."),
    ],
)  # fmt: skip
def test_refusal_tells_in_plain_words_where_and_what_may_be_there(
    unit: Unit, name: str, arguments: dict[str, Any], detail: str
) -> None:
    answer = unit.ask(name, arguments)
    assert (answer["reason"], answer["detail"]) == ("invalid", detail)


def test_wrong_envelope_is_told_in_plain_words(unit: Unit) -> None:
    asked = json.loads(payload())
    asked["expires_at"] = 7
    told = unit.take(arrived("acknowledge", json.dumps(asked).encode()))["detail"]
    assert told == "expires_at must be a time such as 2026-12-01T09:30:00Z."


@pytest.mark.parametrize("value", ["other.example", True, None, [1], {"a": 1}, 1.0])
def test_value_of_any_kind_for_what_is_not_settable_is_refused_as_that(
    unit: Unit, value: Any
) -> None:
    answer = unit.ask("set", {"values": {"telemetry.host": value}})
    assert answer["reason"] == "not_settable"
    assert answer["detail"] == "telemetry.host may not be set by command."


def test_a_seconds_count_is_no_time(unit: Unit) -> None:
    asked = json.loads(payload())
    asked["expires_at"] = str(int(START.wall_s + 60))
    assert unit.take(arrived("acknowledge", json.dumps(asked).encode()))["reason"] == "invalid"


def test_refusal_tells_which_request_it_refuses(unit: Unit) -> None:
    request_id = new_id()
    answer = unit.ask("set", {"values": {PACE: "2"}}, request_id=request_id)
    assert answer["id"] == request_id


def test_no_message_is_sent_where_the_sender_points(unit: Unit) -> None:
    elsewhere = (
        "vigil/v1/car-8/command/set",
        f"{BASE}/event",
        f"{BASE}/command/ping/resultx",
        f"{BASE}/command/ping/result/#",
    )
    for topic in elsewhere:
        assert (
            unit.take(arrived("ping", payload(), response_topic=topic))["reason"]
            == "response_topic"
        )
    own = f"{BASE}/command/ping/result/desk-4"
    assert unit.take(arrived("ping", payload(), response_topic=own))["status"] == "done"
    assert [one.topic for one in unit.sent] == [f"{BASE}/command/ping/result"] * 4 + [own]


def test_topics_of_others_are_not_answered(unit: Unit) -> None:
    for topic in (
        "vigil/v1/car-8/command/ping",
        f"{BASE}/command/ping/result",
        "",
        f"{BASE}/command/Ping",
    ):
        assert unit.take(arrived("ping", payload(), topic=topic)) == {}
    assert unit.desk.counts.message().refused == {"unknown": 4}


def test_only_what_the_owner_allows_is_done(tmp_path: Path) -> None:
    unit = Unit(tmp_path, allowed=("ping",))
    assert unit.ask("ping")["status"] == "done"
    assert unit.ask("acknowledge")["reason"] == "not_allowed"
    assert unit.loop.calls == []


def test_without_the_time_only_reading_is_done(unit: Unit) -> None:
    unit.now = NO_SYNC
    for name in ("ping", "status", "settings"):
        assert unit.ask(name, valid_s=-1000)["status"] == "done"
    for name in ("acknowledge", "calibrate", "upload_trace"):
        assert unit.ask(name)["reason"] == "clock_not_synchronised"
    assert unit.loop.calls == []


def test_repeated_request_is_answered_alike_and_done_once(unit: Unit) -> None:
    content = payload()
    first = unit.take(arrived("acknowledge", content))
    again = unit.take(arrived("acknowledge", content))
    assert unit.loop.calls == ["acknowledge"]
    assert {**first, "time": None} == {**again, "time": None}
    assert unit.desk.counts.message().repeated == 1


def test_a_restart_allows_no_replay(tmp_path: Path) -> None:
    content = payload()
    unit = Unit(tmp_path)
    assert unit.take(arrived("acknowledge", content))["status"] == "done"
    unit.remembered.close()
    unit = Unit(tmp_path)
    assert unit.take(arrived("acknowledge", content))["status"] == "done"
    assert unit.loop.calls == []


def test_id_of_another_request_is_refused(unit: Unit) -> None:
    request_id = new_id()
    assert unit.ask("acknowledge", request_id=request_id)["status"] == "done"
    assert unit.ask("calibrate", request_id=request_id)["reason"] == "id_used"
    assert unit.loop.calls == ["acknowledge"]


def test_a_clock_set_back_opens_no_door_to_what_was_forgotten(unit: Unit) -> None:
    content = payload(valid_s=60)
    unit.take(arrived("acknowledge", content))
    unit.now = replace(START, wall_s=START.wall_s + 1000)
    unit.ask("acknowledge")  # forgets what has expired
    assert unit.remembered.find(json.loads(content)["id"]) is None
    unit.now = START
    assert unit.take(arrived("acknowledge", content))["reason"] == "expired"
    assert len(unit.loop.calls) == 2


def test_command_cut_off_by_the_end_is_told_as_such_and_not_done_again(tmp_path: Path) -> None:
    unit = Unit(tmp_path)
    content = payload()
    unit.loop.learn_anew = lambda timeout_s: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        unit.take(arrived("calibrate", content))
    unit.remembered.close()
    unit = Unit(tmp_path)
    answer = unit.take(arrived("calibrate", content))
    assert (answer["status"], answer["reason"]) == ("failed", "interrupted")
    assert unit.loop.calls == []


def test_damaged_memory_refuses_until_all_that_was_given_has_expired(tmp_path: Path) -> None:
    (tmp_path / "commands.sqlite").write_bytes(
        b"no database at all, though long enough to look" * 50
    )
    unit = Unit(tmp_path)
    assert unit.ask("acknowledge")["reason"] == "cannot_remember"
    assert unit.ask("ping")["status"] == "done"
    unit.now = replace(unit.now, monotonic_s=unit.now.monotonic_s + 300)
    assert unit.ask("acknowledge")["status"] == "done"


def test_memory_is_bounded_and_forgets_nothing_that_holds(tmp_path: Path) -> None:
    remembered = RememberedRequests(tmp_path / "few.sqlite", most_rows=3)
    for number in range(3):
        remembered.take_up(f"id-{number}", b"", 100.0 + number, 0.0)
    with pytest.raises(FullError):
        remembered.take_up("id-3", b"", 100.0, 0.0)
    remembered.take_up("id-3", b"", 200.0, 100.5)  # one has expired by then
    assert remembered.find("id-0") is None
    assert remembered.forgotten_until_s == 100.0


def test_an_error_nobody_foresaw_is_told_and_the_next_command_is_done(unit: Unit) -> None:
    unit.alerts = None  # type: ignore[assignment]
    unit.loop.acknowledge = None  # type: ignore[assignment,method-assign]
    unit.alerts = (ActiveAlert(EventType.DROWSINESS, Level.WARNING, 1.0, "kss"),)
    assert unit.ask("acknowledge")["reason"] == "internal_error"
    assert unit.ask("ping")["status"] == "done"
    assert unit.desk.counts.message().failed == 1


def test_alarm_is_acknowledged_in_the_cabin_alone(unit: Unit) -> None:
    unit.alerts = (ActiveAlert(EventType.SLEEP, Level.ALARM, 1.0, "eyes_closed"),)
    assert unit.ask("acknowledge")["reason"] == "only_the_driver"
    unit.alerts = ()
    assert unit.ask("acknowledge")["reason"] == "no_alert"
    assert unit.loop.calls == []


def test_learning_begins_anew_only_while_parked(unit: Unit) -> None:
    unit.loop.answer = LearningAnew.NOT_PARKED
    assert unit.ask("calibrate")["reason"] == "not_parked"
    unit.loop.answer = LearningAnew.NOTHING_COMES
    assert unit.ask("calibrate")["reason"] == "not_available"
    unit.loop.answer = LearningAnew.BEGUN
    assert unit.ask("calibrate")["status"] == "done"


def test_update_needs_a_part_that_can_do_it(unit: Unit) -> None:
    assert unit.ask("update_bundle", {"version": "1.2.0"})["reason"] == "not_available"


class Hasty:
    """An updater that is through before its first word is told."""

    def begin(self, version: str | None, tell: Tell) -> Outcome:
        threading.Thread(target=tell, args=(Outcome("done", "Installed."),)).start()
        time.sleep(0.1)
        return Outcome("accepted", "Begun.")


def test_last_word_comes_last_and_is_what_a_repetition_hears(unit: Unit) -> None:
    unit.desk._orders["update_bundle"] = UpdateBundle(Hasty())  # type: ignore[index]
    content = payload()
    unit.take(arrived("update_bundle", content))
    wait_until(lambda: len(unit.sent) == 2, "the last word", 5)
    assert [json.loads(one.payload)["status"] for one in unit.sent] == ["accepted", "done"]
    wait_until(lambda: unit.take(arrived("update_bundle", content))["status"] == "done", "it", 5)


def test_flood_is_refused_and_only_its_first_is_answered(unit: Unit) -> None:
    for _ in range(50):
        unit.desk.take(arrived("ping", payload()), START)
    told = [json.loads(one.payload) for one in unit.sent]
    assert [one["status"] for one in told] == ["done"] * 10 + ["refused"]
    assert unit.desk.counts.message().refused == {"too_many": 40}


def test_bucket_fills_at_its_rate_and_never_over_the_burst() -> None:
    bucket = TokenBucket(burst=2, per_minute=60)
    assert [bucket.admits(t_s) for t_s in (0.0, 0.0, 0.0, 1.0, 1.0, 0.5)] == [
        True, True, False, True, False, False,
    ]  # fmt: skip
    assert [bucket.admits(1000.0) for _ in range(3)] == [True, True, False]


def test_full_inbox_drops_and_counts_and_keeps_no_large_payload() -> None:
    inbox = CommandInbox(max_bytes=10, waiting=2)
    for size in (11, 10, 5):
        inbox.lay_down("topic", b"x" * size)
    first, second = inbox.take(0.1), inbox.take(0.1)
    assert first is not None
    assert second is not None
    assert (first.payload, first.size_bytes) == (b"", 11)
    assert second.size_bytes == 10
    assert inbox.dropped == 1
    assert inbox.take(0.0) is None
