"""Acknowledging at a real pseudo-terminal: single keys, the terminal given back, nothing without one."""

from __future__ import annotations

import io
import os
import pty
import signal
import sys
import termios
import time
from pathlib import Path

import pytest

from edge_app.alerts.acknowledge_keyboard import AcknowledgeKeyboard

PROGRAM = """
import sys, time
from edge_app.alerts.acknowledge_keyboard import AcknowledgeKeyboard
keyboard = AcknowledgeKeyboard(lambda: print("acknowledged", flush=True))
print("active", keyboard.active, flush=True)
time.sleep(20) if "wait" in sys.argv else sys.stdin.buffer.raw.read(0)
"""


class Terminal:
    """A child process on a pseudo-terminal of its own."""

    def __init__(self, program: str) -> None:
        self.process, self.master = pty.fork()
        if self.process == 0:
            root = str(Path(__file__).parents[2])
            os.execve(sys.executable, [sys.executable, "-c", program, "wait"], {"PYTHONPATH": root})
        self.text = ""

    def wait_for(self, word: str) -> None:
        deadline = time.monotonic() + 10
        while word not in self.text and time.monotonic() < deadline:
            self.text += os.read(self.master, 1024).decode()
        assert word in self.text

    def line_mode(self) -> bool:
        return bool(termios.tcgetattr(self.master)[3] & termios.ICANON)


@pytest.fixture
def terminal():
    terminal = Terminal(PROGRAM)
    yield terminal
    try:
        os.kill(terminal.process, signal.SIGKILL)
        os.waitpid(terminal.process, 0)
    except (ProcessLookupError, ChildProcessError):
        pass
    os.close(terminal.master)


@pytest.mark.parametrize("key", [b" ", b"a", b"\n"])
def test_single_key_acknowledges_without_enter(terminal, key):
    terminal.wait_for("active True")
    os.write(terminal.master, key)
    terminal.wait_for("acknowledged")


def test_other_keys_do_not_acknowledge(terminal):
    terminal.wait_for("active True")
    os.write(terminal.master, b"xyz")
    time.sleep(0.2)
    os.write(terminal.master, b"a")
    terminal.wait_for("acknowledged")
    assert terminal.text.count("acknowledged") == 1


def test_ctrl_c_still_ends_the_program_and_the_terminal_is_given_back(terminal):
    terminal.wait_for("active True")
    assert not terminal.line_mode()
    os.write(terminal.master, b"\x03")
    deadline = time.monotonic() + 10
    while not terminal.line_mode() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert terminal.line_mode()


def test_nothing_is_read_where_input_is_no_terminal(tmp_path):
    with (tmp_path / "input").open("w+") as stream:
        keyboard = AcknowledgeKeyboard(lambda: None, stream)
        assert not keyboard.active
        keyboard.close()
    assert not AcknowledgeKeyboard(lambda: None, io.StringIO("a")).active


def test_terminal_of_another_process_is_left_alone():
    master, slave = pty.openpty()
    try:
        before = termios.tcgetattr(slave)
        with os.fdopen(os.dup(slave), "r") as stream:
            assert not AcknowledgeKeyboard(lambda: None, stream).active
        assert termios.tcgetattr(slave) == before
    finally:
        os.close(master)
        os.close(slave)
