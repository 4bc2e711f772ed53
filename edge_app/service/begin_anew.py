"""The program replaces itself by a new one: a thread that is stuck in a driver or a model cannot be ended otherwise.

The process keeps its number, so that the service manager sees no exit. What it has been through stands in its
environment, on the monotonic clock, which goes on.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_app.service.settings import ServiceSettings

logger = logging.getLogger(__name__)

RECORD = "VIGIL_BEGUN_ANEW"
_LAST_WORDS_S = 3.0


@dataclass(frozen=True, slots=True)
class BegunAnew:
    """The last time that this process began anew."""

    in_a_row: int
    at_s: float  # monotonic
    why: str  # one word

    def as_text(self) -> str:
        return f"{self.in_a_row} {self.at_s:.3f} {self.why}"


def last_time(environment: Mapping[str, str] = os.environ) -> BegunAnew | None:
    """None where this process has not begun anew, or what it wrote cannot be read."""
    try:
        in_a_row, at_s, why = environment.get(RECORD, "").split()
        return BegunAnew(max(0, min(int(in_a_row), 1000)), float(at_s), why)
    except ValueError:
        return None


def patience_s(settings: ServiceSettings, last: BegunAnew | None, now_s: float) -> float:
    """How long the loop may stand still this time: doubled at each time in a row, without end."""
    return min(
        settings.stall_after_s * 2.0 ** _in_a_row(settings, last, now_s), settings.stall_longest_s
    )


def patience_now_s(settings: ServiceSettings) -> float:
    return patience_s(settings, last_time(), time.monotonic())


def begin_anew(why: str, settings: ServiceSettings, last_words: Callable[[], None]) -> None:
    """Does not return: the same command from its first line, with nothing of this one left open. Raises OSError.

    last_words: what is told and given back before. Not waited for beyond seconds: it may be stuck as well.
    """
    now_s = time.monotonic()
    in_a_row = 1 + _in_a_row(settings, last_time(), now_s)
    os.environ[RECORD] = BegunAnew(in_a_row, now_s, why).as_text()

    def say() -> None:
        last_words()
        logger.error("The program begins anew (%s, time %d in a row).", why, in_a_row)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):  # nobody reads it any more
                stream.flush()

    saying = threading.Thread(target=say, name="vigil-last-words", daemon=True)
    saying.start()
    saying.join(_LAST_WORDS_S)
    _leave_nothing_open()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def bury_children() -> None:
    """Those of the program before, which have died with it: nobody else waits for them. Before there are new ones."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _in_a_row(settings: ServiceSettings, last: BegunAnew | None, now_s: float) -> int:
    if last is None or not 0 <= now_s - last.at_s <= settings.stall_forgotten_s:
        return 0
    return last.in_a_row


def _leave_nothing_open() -> None:
    """Libraries in C may have opened cameras, pins and sockets that a new program would inherit and find busy."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                os.set_inheritable(int(name), False)
            except OSError:
                continue  # the listing's own
