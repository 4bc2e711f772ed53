"""Live capture through a real child process: hangs, deaths, cables, slow readers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from edge_app.camera.capture import Capture, CaptureTurn
from edge_app.camera.faults import CameraFault
from edge_app.camera.settings import CameraSettings
from edge_app.camera.source import UnusableSourceError
from tests.camera.pictures import number_in, write_video

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_S = 10.0  # a loaded machine may take long to start a process

Opened = Callable[..., Capture]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """`opened(source, **settings)` starts a capture that is closed after the test."""
    captures: list[Capture] = []

    def start(source: str | Path, **settings: object) -> Capture:
        chosen = {"no_frame_after_s": 0.5, "reopen_first_s": 0.05, "stale_after_s": 5.0, **settings}
        captures.append(Capture(CameraSettings.model_validate({"source": str(source), **chosen})))
        captures[-1].start()
        return captures[-1]

    yield start
    for capture in captures:
        capture.close()


@pytest.fixture
def long_clip(tmp_path: Path) -> Path:
    return write_video(tmp_path / "long.mp4", range(0, 12_000, 50))


def turn_until(capture: Capture, wanted: Callable[[CaptureTurn], bool]) -> CaptureTurn:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        turn = capture.next(0.1)
        if wanted(turn):
            return turn
    raise AssertionError(f"never came; last was {turn}")


def with_frame(turn: CaptureTurn) -> bool:
    return turn.frame is not None


def child_pid(capture: Capture) -> int:
    assert capture._child is not None
    return capture._child.pid


def gone(pid: int) -> bool:
    """True once no process of this id runs; a zombie does not run."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def wait_until_gone(pid: int) -> bool:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s and not gone(pid):
        time.sleep(0.02)
    return gone(pid)


def test_file_plays_in_real_time_with_its_own_times(opened: Opened, tmp_path: Path) -> None:
    times_ms = [0, 40, 200, 230, 500, 800]
    capture = opened(write_video(tmp_path / "clip.mp4", times_ms))
    seen = []
    turn = turn_until(capture, with_frame)
    began_s = time.monotonic()
    while not turn.ended:
        if turn.frame is not None:
            seen.append((number_in(turn.frame.image), round(turn.frame.t_s * 1000)))
            late_s = time.monotonic() - began_s - turn.frame.t_s
            assert late_s > -0.15
        turn = capture.next(0.5)
    assert turn.dropped + len(seen) == len(times_ms)
    assert seen == [pair for pair in enumerate(times_ms) if pair in seen]
    assert seen[-1] == (5, 800)


def test_slow_reader_gets_the_newest_frame_and_the_count_of_the_dropped(
    opened: Opened, tmp_path: Path
) -> None:
    capture = opened(write_video(tmp_path / "clip.mp4", range(0, 2000, 20)))
    indices = []
    turn = turn_until(capture, with_frame)
    while not turn.ended:
        if turn.frame is not None:
            indices.append(turn.frame.index)
            time.sleep(0.2)
        turn = capture.next(0.5)
    assert indices[-1] == 99
    assert turn.dropped == 100 - len(indices)
    assert turn.dropped > 50
    assert max(after - before for before, after in pairwise(indices)) >= 5


def test_killed_child_is_a_fault_and_frames_come_again_later_in_the_file(
    opened: Opened, long_clip: Path
) -> None:
    capture = opened(long_clip)
    before = turn_until(capture, with_frame).frame
    os.kill(child_pid(capture), signal.SIGKILL)
    fault = turn_until(capture, lambda turn: turn.fault is not None)
    assert fault.fault is CameraFault.UNPLUGGED
    assert "signal 9" in str(fault.detail)
    turn = turn_until(capture, with_frame)
    assert turn.fault is None
    assert turn.reopened == 1
    assert turn.frame is not None and before is not None
    assert turn.frame.t_s > before.t_s + 0.05
    assert turn.frame.index > before.index


def test_hung_child_is_told_killed_and_replaced(opened: Opened, long_clip: Path) -> None:
    capture = opened(long_clip)
    turn_until(capture, with_frame)
    hung = child_pid(capture)
    os.kill(hung, signal.SIGSTOP)
    stopped_s = time.monotonic()
    fault = turn_until(capture, lambda turn: turn.fault is not None)
    assert fault.fault is CameraFault.NO_FRAME
    assert 0.4 < time.monotonic() - stopped_s < 2.0
    assert turn_until(capture, with_frame).fault is None
    assert child_pid(capture) != hung
    assert wait_until_gone(hung)


def test_next_keeps_to_its_timeout_while_the_child_hangs(opened: Opened, long_clip: Path) -> None:
    capture = opened(long_clip)
    turn_until(capture, with_frame)
    os.kill(child_pid(capture), signal.SIGSTOP)
    longest_s = 0.0
    for _ in range(15):
        began_s = time.monotonic()
        capture.next(0.1)
        longest_s = max(longest_s, time.monotonic() - began_s)
    assert longest_s < 0.3


@pytest.mark.usefixtures("scripted_camera")
def test_unplugged_camera_is_opened_again_and_its_frames_go_on_counting(opened: Opened) -> None:
    capture = opened("scripted:unplugged")
    indices: list[int] = []
    times_s: list[float] = []
    faults = set()
    deadline_s = time.monotonic() + PATIENCE_S
    while len(indices) < 12 and time.monotonic() < deadline_s:
        turn = capture.next(0.05)
        if turn.frame is not None:
            indices.append(turn.frame.index)
            times_s.append(turn.frame.t_s)
        elif turn.fault is not None:
            faults.add((turn.fault, turn.detail))
    assert faults == {(CameraFault.UNPLUGGED, "scripted: the cable was pulled")}
    assert turn.reopened >= 2
    assert indices == sorted(set(indices)) and len(indices) == 12
    assert times_s == sorted(set(times_s))


def test_missing_camera_is_tried_again_with_growing_waits_and_never_given_up(
    opened: Opened,
) -> None:
    capture = opened("v4l2:/dev/no-such-camera", reopen_first_s=0.1, reopen_longest_s=0.4)
    reopened_at_s: list[float] = []
    deadline_s = time.monotonic() + PATIENCE_S
    while len(reopened_at_s) < 4 and time.monotonic() < deadline_s:
        turn = capture.next(0.02)
        if turn.reopened > len(reopened_at_s):
            reopened_at_s.append(time.monotonic())
    assert turn.fault is CameraFault.UNPLUGGED
    assert "/dev/no-such-camera" in str(turn.detail)
    waits_s = [after - before for before, after in pairwise(reopened_at_s)]
    assert waits_s[0] >= 0.2 and waits_s[1] >= 0.4 and waits_s[2] >= 0.4


@pytest.mark.usefixtures("scripted_camera")
def test_source_stuck_while_opening_is_told_then_replaced(opened: Opened) -> None:
    capture = opened("scripted:stuck_open", open_timeout_s=1.0)
    turn = turn_until(capture, lambda turn: turn.fault is not None)
    assert turn.fault is CameraFault.NO_FRAME
    assert turn.reopened == 0
    assert turn_until(capture, lambda turn: turn.reopened == 1).fault is CameraFault.NO_FRAME


@pytest.mark.usefixtures("scripted_camera")
def test_pictures_too_large_are_a_fault_that_ends_with_the_first_good_one(opened: Opened) -> None:
    capture = opened("scripted:garbage")
    turn_until(capture, with_frame)
    # On a busy machine a frame may be late as well.
    turn = turn_until(capture, lambda turn: turn.fault is CameraFault.WRONG_SIZE)
    assert "9000x9000x3" in str(turn.detail)
    turn = turn_until(capture, lambda turn: with_frame(turn) and turn.fault is None)
    assert turn.reopened == 0


@pytest.mark.usefixtures("scripted_camera")
def test_frame_older_than_the_limit_is_delivered_as_late(opened: Opened) -> None:
    turn = turn_until(opened("scripted:late", stale_after_s=0.25), with_frame)
    assert turn.fault is CameraFault.LATE


@pytest.mark.usefixtures("scripted_camera")
def test_frame_in_time_is_not_late(opened: Opened) -> None:
    capture = opened("scripted:", stale_after_s=0.25)
    turn_until(capture, with_frame)
    assert turn_until(capture, with_frame).fault is None


@pytest.mark.parametrize("source", ["file:/no/such.mp4", "images:/no/such"])
def test_source_that_can_never_open_is_an_error(opened: Opened, source: str) -> None:
    capture = opened(source)
    with pytest.raises(UnusableSourceError, match=r"no such"):
        turn_until(capture, with_frame)


def test_password_of_a_camera_shows_neither_in_the_process_list_nor_in_the_fault(
    opened: Opened,
) -> None:
    capture = opened("rtsp://driver:secret@127.0.0.1:9/live")
    command = Path(f"/proc/{child_pid(capture)}/cmdline").read_bytes()
    assert b"secret" not in command
    turn = turn_until(capture, lambda turn: turn.fault is CameraFault.UNPLUGGED)
    assert "secret" not in str(turn.detail)
    assert "127.0.0.1:9" in str(turn.detail)


@pytest.mark.usefixtures("scripted_camera")
@pytest.mark.parametrize("script", ["", "stuck"])
def test_child_ends_with_its_killed_parent_and_leaves_no_shared_memory(script: str) -> None:
    shared_memory = set(os.listdir("/dev/shm"))
    program = (
        "import time\n"
        "from edge_app.camera.capture import Capture\n"
        "from edge_app.camera.settings import CameraSettings\n"
        f"capture = Capture(CameraSettings(source='scripted:{script}', no_frame_after_s=60.0))\n"
        "capture.start()\n"
        "capture.next(1.0)\n"
        "print(capture._child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not gone(child)
        parent.kill()
    assert wait_until_gone(child)
    assert set(os.listdir("/dev/shm")) <= shared_memory


def test_close_ends_the_child(opened: Opened, long_clip: Path) -> None:
    capture = opened(long_clip)
    turn_until(capture, with_frame)
    pid = child_pid(capture)
    capture.close()
    capture.close()
    assert gone(pid)
