"""What a program remembers of having begun anew, and how patient it is the next time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from edge_app.service.begin_anew import RECORD, BegunAnew, last_time, patience_s
from edge_app.service.settings import ServiceSettings
from edge_app.service.stall_guard import StallGuard

SETTINGS = ServiceSettings()


def test_record_survives_as_text() -> None:
    record = BegunAnew(3, 12.5, "perception_stalled")
    assert last_time({RECORD: record.as_text()}) == record


@pytest.mark.parametrize("text", ["", "x", "1 2", "1 y z", "1 2 3 4"])
def test_record_that_nobody_can_read_is_none(text: str) -> None:
    assert last_time({RECORD: text}) is None


def test_patience_doubles_in_a_row_ends_at_the_longest_and_is_forgotten() -> None:
    def patience(in_a_row: int, ago_s: float) -> float:
        return patience_s(SETTINGS, BegunAnew(in_a_row, 1000.0, "x"), 1000.0 + ago_s)

    assert patience_s(SETTINGS, None, 1000.0) == SETTINGS.stall_after_s
    assert [patience(n, 1.0) for n in (1, 2, 3, 9)] == [4.0, 8.0, 16.0, 20.0]
    assert patience(9, SETTINGS.stall_forgotten_s + 1) == SETTINGS.stall_after_s
    assert patience(9, -5.0) == SETTINGS.stall_after_s  # another boot's clock


def test_longest_patience_below_the_shortest_is_refused() -> None:
    with pytest.raises(ValueError, match="stall_longest_s"):
        ServiceSettings(stall_after_s=5.0, stall_longest_s=2.0)


def test_guard_is_quiet_while_the_loop_turns_and_before_it_does() -> None:
    stalled = threading.Event()
    guard = StallGuard(0.5, stalled.set)
    guard.start()
    assert not stalled.wait(1.0)  # not yet turning: still starting
    for _ in range(30):
        guard.turned()
        time.sleep(0.03)
    assert not stalled.is_set()
    began_s = time.monotonic()
    assert stalled.wait(5.0)
    assert time.monotonic() - began_s > 0.3
    guard.close()


def test_closed_guard_says_nothing() -> None:
    stalled = threading.Event()
    guard = StallGuard(0.3, stalled.set)
    guard.start()
    guard.turned()
    guard.close()
    assert not stalled.wait(1.0)


_ANEW = """
import os, subprocess, sys, time
from edge_app.service.begin_anew import begin_anew, bury_children, last_time
from edge_app.service.settings import ServiceSettings

if last_time() is None:
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    reads, writes = os.pipe()
    os.dup2(writes, 1)
    os.close(reads)  # nobody reads any more
    sys.stdout = open(1, "w", closefd=False)
    sys.stdout.write("x")
    begin_anew("stuck", ServiceSettings(), lambda: time.sleep(%g))
time.sleep(0.5)
bury_children()
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    sys.stderr.write(f"anew {last_time().why}, no children")
"""


@pytest.mark.parametrize("words_s", [0.0, 60.0], ids=["said", "stuck"])
def test_last_words_that_are_stuck_do_not_keep_the_program_from_beginning_anew(
    words_s: float,
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _ANEW % words_s], stderr=subprocess.PIPE, text=True, timeout=30
    )
    assert ended.stderr.endswith("anew stuck, no children")
