"""Keys by which somebody at the terminal says "I heard it": space, Enter or `a`."""

from __future__ import annotations

import atexit
import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Callable
from typing import TextIO

_KEYS = frozenset(b" \r\naA")
_BACKGROUND_CHECK_S = 0.5


class AcknowledgeKeyboard:
    """Reads single keys in a thread of its own and gives the terminal back as it was.

    `active` is False, and nothing is touched, where standard input is no terminal or the program runs in the
    background (a background process that changes the terminal is stopped by the kernel).
    """

    def __init__(self, acknowledged: Callable[[], None], stream: TextIO | None = None) -> None:
        self._acknowledged = acknowledged
        self._terminal = _foreground_terminal(sys.stdin if stream is None else stream)
        self._thread: threading.Thread | None = None
        if self._terminal is None:
            return
        self._as_it_was = termios.tcgetattr(self._terminal)
        self._woken, self._wake = os.pipe()
        # Signals stay on: Ctrl-C still ends the program.
        tty.setcbreak(self._terminal, termios.TCSADRAIN)
        atexit.register(self.close)
        self._thread = threading.Thread(target=self._read, name="acknowledge-keys", daemon=True)
        self._thread.start()

    @property
    def active(self) -> bool:
        return self._thread is not None

    def close(self) -> None:
        """Stop reading and give the terminal back. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None or self._terminal is None:
            return
        atexit.unregister(self.close)
        os.write(self._wake, b"x")
        thread.join(1.0)
        os.close(self._wake)
        os.close(self._woken)
        if _in_foreground(self._terminal):
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._as_it_was)

    def _read(self) -> None:
        terminal = self._terminal
        assert terminal is not None
        while True:
            ready, _, _ = select.select([terminal, self._woken], [], [])
            if self._woken in ready:
                return
            if not _in_foreground(terminal):
                # Put into the background since: a read would stop the whole program.
                if select.select([self._woken], [], [], _BACKGROUND_CHECK_S)[0]:
                    return
                continue
            try:
                keys = os.read(terminal, 64)
            except OSError:  # the terminal has gone, as at the end of an SSH connection
                return
            if not keys:
                return
            if _KEYS.intersection(keys):
                self._acknowledged()


def _foreground_terminal(stream: TextIO | None) -> int | None:
    try:
        if stream is None or not stream.isatty():
            return None
        terminal = stream.fileno()
    except (OSError, ValueError):  # closed
        return None
    return terminal if _in_foreground(terminal) else None


def _in_foreground(terminal: int) -> bool:
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # not the terminal of this process, or gone
        return False
