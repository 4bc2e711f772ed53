"""Outboxes damaged row by row or lost whole: nothing false is sent, the rest is, and starts count on."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from edge_app.telemetry.keeping import DISK_REFUSES, SET_ASIDE, Keeping
from edge_app.telemetry.outbox import Entry, Importance, Outbox
from edge_app.telemetry.settings import OutboxSettings


def entry(sequence: int, birth_number: int = 1) -> Entry:
    payload = b'{"data":{"sequence":%d,"closed_s":1.2}}' % sequence
    topic = "vigil/v1/car-7/event"
    return Entry(birth_number, sequence, Importance.SAFETY, topic, payload, 0.0, True)


@pytest.fixture
def settings(tmp_path: Path) -> OutboxSettings:
    """Of a file that holds messages 1 to 9 of the first start."""
    found = OutboxSettings(path=tmp_path / "state" / "outbox.sqlite")
    kept = Keeping(found)
    kept.keep([entry(number) for number in range(1, 10)])
    kept.close()
    return found


def sequences(kept: Keeping) -> list[int]:
    return [waiting.sequence for waiting in kept.pending()]


def alter(settings: OutboxSettings, statement: str) -> None:
    database = sqlite3.connect(settings.path)
    database.execute(statement)
    database.commit()
    database.close()


DAMAGES = {
    "a value": "UPDATE outbox SET payload=CAST(replace(payload, '1.2', '7.2') AS BLOB) WHERE number & 15 = 5",
    "the topic": "UPDATE outbox SET topic='vigil/v1/car-8/event' WHERE number & 15 = 5",
    "the importance": "UPDATE outbox SET importance=-125 WHERE number & 15 = 5",
    "a type": "UPDATE outbox SET payload=7 WHERE number & 15 = 5",
    "letters": "UPDATE outbox SET topic=CAST(x'fffe' AS TEXT) WHERE number & 15 = 5",
}


@pytest.mark.parametrize("statement", DAMAGES.values(), ids=DAMAGES)
def test_damaged_message_is_never_sent_and_costs_no_other(
    statement: str, settings: OutboxSettings
) -> None:
    alter(settings, statement)
    kept = Keeping(settings)
    assert sequences(kept) == [1, 2, 3, 4, 6, 7, 8, 9]
    assert kept.reasons == (SET_ASIDE,)
    assert kept.rescued_untold == 8
    assert kept.birth_number == 2
    kept.close()


def test_message_damaged_while_running_costs_no_other(settings: OutboxSettings) -> None:
    kept = Keeping(settings)
    assert kept._disk is not None
    kept._disk._database.execute(DAMAGES["a value"])
    assert sequences(kept) == []
    assert kept.reasons == (DISK_REFUSES,)
    kept.keep([entry(1, kept.birth_number)])
    assert kept.retry()
    assert sequences(kept) == [1, 2, 3, 4, 6, 7, 8, 9, 1]
    assert kept.reasons == (SET_ASIDE,)
    kept.close()


def test_table_whose_description_is_damaged_does_not_keep_the_unit_from_starting(
    settings: OutboxSettings,
) -> None:
    content = settings.path.read_bytes()
    assert content.count(b"posted_s REAL") == 1
    settings.path.write_bytes(content.replace(b"posted_s REAL", b"p0sted_s REAL"))
    kept = Keeping(settings)
    assert kept.reasons == (SET_ASIDE,)
    assert kept.birth_number == 2
    kept.close()


def test_damaged_counter_does_not_keep_the_unit_from_counting_on(settings: OutboxSettings) -> None:
    alter(settings, "UPDATE counter SET value=9223372036854775807 WHERE name='birth_number'")
    kept = Keeping(settings)
    assert kept.birth_number == 2
    assert sequences(kept) == list(range(1, 10))
    kept.close()


def test_starts_are_counted_on_where_the_whole_file_is_lost(settings: OutboxSettings) -> None:
    settings.path.unlink()
    kept = Keeping(settings)
    assert kept.birth_number == 2
    kept.close()


def test_unreadable_number_of_starts_beside_the_file_is_no_hindrance(
    settings: OutboxSettings,
) -> None:
    settings.path.with_name("outbox.sqlite.births").write_bytes(b"\xff\xfe")
    kept = Keeping(settings)
    assert kept.birth_number == 2
    kept.close()


def test_late_event_on_a_disk_that_refused_for_a_while_leaves_the_number_of_starts(
    settings: OutboxSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Keeping(settings, new_boot=False)
    assert late._disk is not None

    def refuse(entries: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as refusing:
        refusing.setattr(late._disk, "add", refuse)
        late.keep([entry(10)])
    assert late.close() == 0
    outbox = Outbox(settings.path, 100, 1_000_000)
    assert outbox.counter("birth_number") == 1
    outbox.close()


def test_told_once_that_a_file_was_set_aside(settings: OutboxSettings) -> None:
    settings.path.write_bytes(b"this was never a database" * 400)
    first = Keeping(settings)
    first.close()
    second = Keeping(settings)
    assert second.rescued_untold == 0
    second.keep_notice(entry(1, second.birth_number))
    second.close()
    third = Keeping(settings)
    assert third.rescued_untold is None
    assert third.reasons == ()
    assert sequences(third) == [1]
    third.close()


def test_file_of_the_version_before_is_carried_on(settings: OutboxSettings) -> None:
    alter(settings, "ALTER TABLE outbox DROP COLUMN checksum")
    alter(settings, "PRAGMA user_version=1")
    kept = Keeping(settings)
    assert kept.reasons == ()
    assert sequences(kept) == list(range(1, 10))
    kept.keep([entry(1, kept.birth_number)])
    kept.close()
    again = Keeping(settings)
    assert len(sequences(again)) == 10
    again.close()


def test_what_a_damaged_file_of_the_version_before_gives_is_rescued(
    settings: OutboxSettings,
) -> None:
    alter(settings, "ALTER TABLE outbox DROP COLUMN checksum")
    alter(settings, "PRAGMA user_version=1")
    alter(settings, DAMAGES["the importance"])
    kept = Keeping(settings)
    assert sequences(kept) == [1, 2, 3, 4, 6, 7, 8, 9]
    kept.close()
