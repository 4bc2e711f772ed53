"""The outbox on a real SQLite file: durability, order, the policy when full, and files that cannot be used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.errors import UserError
from edge_app.telemetry import keeping as keeping_room
from edge_app.telemetry.keeping import DISK_REFUSES, FULL, SET_ASIDE, Keeping
from edge_app.telemetry.outbox import Entry, Importance, Outbox
from edge_app.telemetry.settings import OutboxSettings

GAUGE, SEEN, SAFETY = Importance.GAUGE, Importance.OBSERVATION, Importance.SAFETY


def entry(
    sequence: int, importance: Importance = SAFETY, size: int = 100, birth_number: int = 1
) -> Entry:
    return Entry(birth_number, sequence, importance, "vigil/v1/car-7/event", b"x" * size, 0.0, True)


def sequences(outbox: Outbox | Keeping) -> list[int]:
    return [waiting.sequence for waiting in outbox.pending()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "outbox.sqlite"


def test_what_was_added_is_there_after_reopening_in_order(path: Path) -> None:
    outbox = Outbox(path, 100, 1_000_000)
    for sequence in (1, 2, 3):
        outbox.add([entry(sequence)])
    outbox.close()
    again = Outbox(path, 100, 1_000_000)
    assert sequences(again) == [1, 2, 3]
    assert again.filling.rows == 3
    again.close()


def test_wal_and_full_synchronisation_are_on(path: Path) -> None:
    outbox = Outbox(path, 100, 1_000_000)
    (journal,) = outbox._database.execute("PRAGMA journal_mode").fetchone()
    (synchronous,) = outbox._database.execute("PRAGMA synchronous").fetchone()
    outbox.close()
    assert (journal, synchronous) == ("wal", 2)


def test_boots_are_counted_over_restarts(path: Path) -> None:
    births = []
    for _ in range(3):
        outbox = Outbox(path, 100, 1_000_000)
        births.append(outbox.begin_boot())
        outbox.close()
    assert births == [1, 2, 3]


def test_rows_of_an_earlier_boot_come_first(path: Path) -> None:
    outbox = Outbox(path, 100, 1_000_000)
    outbox.add([entry(1, birth_number=2), entry(7, birth_number=1)])
    assert [waiting.receipt for waiting in outbox.pending()] == [(1, 7), (2, 1)]
    assert [waiting.receipt for waiting in outbox.pending(after=(1, 7))] == [(2, 1)]
    outbox.close()


def test_removed_rows_are_gone_and_unknown_receipts_do_not_matter(path: Path) -> None:
    outbox = Outbox(path, 100, 1_000_000)
    outbox.add([entry(1), entry(2)])
    outbox.remove([(1, 1), (9, 9)])
    assert sequences(outbox) == [2]
    assert outbox.filling.bytes == 100
    outbox.close()


def test_when_full_the_oldest_gauges_go_first_then_observations_safety_last(path: Path) -> None:
    outbox = Outbox(path, 10, 1_000_000)
    outbox.add(
        [
            entry(n, kind)
            for n, kind in enumerate(
                [SAFETY, GAUGE, SEEN, GAUGE, SAFETY, SEEN, SAFETY, SAFETY, GAUGE, SAFETY], start=1
            )
        ]
    )
    left = []
    for sequence in range(11, 19):
        outbox.add([entry(sequence, SAFETY)])
        left.append(sequences(outbox))
    assert left[0] == [1, 3, 4, 5, 6, 7, 8, 9, 10, 11]  # gauge 2
    assert left[2] == [1, 3, 5, 6, 7, 8, 10, 11, 12, 13]  # gauges 4 and 9
    assert left[4] == [1, 5, 7, 8, 10, 11, 12, 13, 14, 15]  # observations 3 and 6
    assert left[5] == [5, 7, 8, 10, 11, 12, 13, 14, 15, 16]  # only then the oldest safety event
    assert outbox.filling.dropped == {GAUGE: 3, SEEN: 2, SAFETY: 3}
    outbox.close()


def test_a_gauge_does_not_push_out_a_safety_event(path: Path) -> None:
    outbox = Outbox(path, 10, 1_000_000)
    outbox.add([entry(n) for n in range(1, 11)])
    outbox.add([entry(11, GAUGE)])
    assert sequences(outbox) == list(range(1, 11))
    outbox.close()


def test_losses_are_remembered_over_restarts(path: Path) -> None:
    outbox = Outbox(path, 10, 1_000_000)
    outbox.add([entry(n) for n in range(1, 13)])
    outbox.close()
    again = Outbox(path, 10, 1_000_000)
    assert again.filling.dropped[SAFETY] == 2
    again.close()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([GAUGE, SEEN, SAFETY]), st.integers(1, 4000)), max_size=40),
)
def test_the_capacity_is_never_exceeded_and_the_count_is_true(
    arrivals: list[tuple[Importance, int]],
) -> None:
    outbox = Outbox(None, 12, 20_000)
    for sequence, (importance, size) in enumerate(arrivals, start=1):
        outbox.add([entry(sequence, importance, size)])
        waiting = outbox.pending()
        assert len(waiting) <= 12
        assert sum(len(each.payload) for each in waiting) <= 20_000
        assert outbox.filling.rows == len(waiting)
        assert outbox.filling.bytes == sum(len(each.payload) for each in waiting)
        assert outbox.filling.rows + sum(outbox.filling.dropped.values()) == sequence
    outbox.close()


def test_second_process_is_told_in_a_sentence(path: Path) -> None:
    first = Keeping(OutboxSettings(path=path))
    with pytest.raises(UserError, match="in use by another vigil"):
        Keeping(OutboxSettings(path=path))
    first.close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        UserError, match=r"cannot be written \(.*file is not a folder\).*telemetry\.outbox\.path"
    ):
        Keeping(OutboxSettings(path=tmp_path / "file" / "outbox.sqlite"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written"):
        Keeping(OutboxSettings(path=tmp_path / "outbox.sqlite"))


def test_a_corrupt_file_is_set_aside_and_told(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this was never a database" * 400)
    kept = Keeping(OutboxSettings(path=path))
    kept.keep([entry(1, birth_number=kept.birth_number)])
    assert kept.reasons == (SET_ASIDE,)
    assert sequences(kept) == [1]
    kept.close()
    assert path.with_name("outbox.sqlite.corrupt-1").read_bytes().startswith(b"this was never")


def test_what_a_damaged_file_still_gives_is_rescued(path: Path) -> None:
    outbox = Outbox(path, 1000, 10_000_000)
    outbox.begin_boot()
    outbox.add([entry(n, size=1000) for n in range(1, 200)])
    outbox.close()
    content = bytearray(path.read_bytes())
    middle = len(content) * 3 // 4 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    kept = Keeping(OutboxSettings(path=path))
    rescued = sequences(kept)
    assert rescued == sorted(set(rescued))
    assert (rescued[0], rescued[-1]) == (1, 199)  # from either end up to the damaged page
    assert len(rescued) > 190
    assert kept.birth_number == 2
    kept.close()


def test_full_outbox_is_told(path: Path) -> None:
    kept = Keeping(OutboxSettings(path=path, capacity_rows=10))
    kept.keep([entry(n) for n in range(1, 12)])
    assert kept.reasons == (FULL,)
    kept.close()


FULL_DISK = """
import resource, sys, time
from pathlib import Path
from edge_app.telemetry import keeping as room
from edge_app.telemetry.keeping import Keeping
from edge_app.telemetry.outbox import Entry, Importance
from edge_app.telemetry.settings import OutboxSettings

room.RETRY_S = 0.0
path = Path(sys.argv[1])
kept = Keeping(OutboxSettings(path=path))
entry = lambda n: Entry(kept.birth_number, n, Importance.SAFETY, "t", b"x" * 3000, 0.0, True)
kept.keep([entry(1)])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))  # from here on the disk refuses to grow
for n in range(2, 30):
    kept.keep([entry(n)])
assert kept.reasons == ("outbox_disk_refuses",), kept.reasons
in_memory = [e.sequence for e in kept.pending()]
assert in_memory[-1] == 29, in_memory
kept.retry()
assert kept.reasons == ("outbox_disk_refuses",), kept.reasons
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert kept.retry()
assert kept.reasons == (), kept.reasons
assert [e.sequence for e in kept.pending()] == list(range(1, 30))
assert kept.close() == 0
"""


def test_events_wait_in_memory_while_the_disk_refuses_and_move_over_after(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outbox = Outbox(path, 1000, 10_000_000)
    assert sequences(outbox) == list(range(1, 30))
    outbox.close()


FULL_AT_THE_START = """
import resource, sys
from pathlib import Path
from edge_app.telemetry import keeping as room
from edge_app.telemetry.keeping import Keeping
from edge_app.telemetry.outbox import Entry, Importance
from edge_app.telemetry.settings import OutboxSettings

room.RETRY_S = 0.0
path = Path(sys.argv[1])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
kept = Keeping(OutboxSettings(path=path))
assert kept.reasons == ("outbox_disk_refuses",), kept.reasons
entry = lambda n: Entry(kept.birth_number, n, Importance.SAFETY, "t", b"x", 0.0, True)
kept.keep([entry(n) for n in (1, 2, 3)])
kept.forget([entry(2).receipt])
assert not kept.retry()
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
assert kept.retry()
assert kept.reasons == (), kept.reasons
print(kept.birth_number)
assert kept.close() == 0
"""


@pytest.mark.parametrize("has_run_before", [False, True])
def test_a_disk_that_is_full_at_the_start_does_not_end_the_watch(
    path: Path, has_run_before: bool
) -> None:
    if has_run_before:
        kept = Keeping(OutboxSettings(path=path))
        kept.keep([entry(7, birth_number=kept.birth_number)])
        kept.close()
    done = subprocess.run(
        [sys.executable, "-c", FULL_AT_THE_START, str(path)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    birth_number = 2 if has_run_before else 1
    assert int(done.stdout) == birth_number
    after = Keeping(OutboxSettings(path=path))
    earlier = [(1, 7)] if has_run_before else []
    assert [each.receipt for each in after.pending()] == [
        *earlier,
        (birth_number, 1),
        (birth_number, 3),
    ]
    assert after.birth_number == birth_number + 1
    after.close()


def test_messages_of_another_start_under_the_same_number_are_not_taken_for_ours(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that was not there at the start, with its count: it comes back holding what was never delivered."""
    before = Keeping(OutboxSettings(path=path))
    before.keep([entry(1, birth_number=before.birth_number)])
    before.close()
    path.with_name("outbox.sqlite.births").unlink()
    monkeypatch.setattr(keeping_room, "RETRY_S", 0.0)
    with monkeypatch.context() as absent:
        absent.setattr(keeping_room, "Outbox", _absent_unless_in_memory)
        kept = Keeping(OutboxSettings(path=path))
    kept.keep([entry(1, birth_number=kept.birth_number)])
    assert not kept.retry()
    kept.forget([(kept.birth_number, 1)])
    kept.close()
    outbox = Outbox(path, 1000, 10_000_000)
    assert sequences(outbox) == [1]
    outbox.close()


def _absent_unless_in_memory(path: Path | None, rows: int, size: int) -> Outbox:
    if path is not None:
        raise sqlite3.OperationalError("disk I/O error")
    return Outbox(None, rows, size)


def test_a_folder_in_place_of_the_file_is_one_sentence(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(UserError, match="cannot be written"):
        Keeping(OutboxSettings(path=path))


def test_file_damaged_while_running_is_replaced_and_nothing_new_is_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Keeping(OutboxSettings(path=path))

    def refuse(entries: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    assert kept._disk is not None
    monkeypatch.setattr(kept._disk, "add", refuse)
    kept.keep([entry(1)])
    assert kept.reasons == (DISK_REFUSES,)
    path.write_bytes(b"garbage" * 1000)
    assert kept.retry()
    assert kept.reasons == (SET_ASIDE,)
    assert sequences(kept) == [1]
    kept.close()


def test_commit_times_are_measured(path: Path) -> None:
    outbox = Outbox(path, 100, 1_000_000)
    for sequence in range(1, 20):
        outbox.add([entry(sequence)])
    p50_s, p99_s = outbox.commit_time_s(0.5), outbox.commit_time_s(0.99)
    assert p50_s is not None
    assert p99_s is not None
    assert 0 < p50_s <= p99_s
    outbox.close()
