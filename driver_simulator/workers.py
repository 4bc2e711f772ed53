"""Work shared out to processes that leave Ctrl-C to the one that started them.

In: a function of a module and its arguments. Out: results as they come, in the order of the arguments.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

import cv2

from edge_app.errors import UserError

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
# So many wait for each process: none is ever idle, and a stop loses little.
_WAITING = 2


class Workers:
    """`jobs` processes; with one, the work is done here."""

    def __init__(self, pool: ProcessPoolExecutor | None, jobs: int) -> None:
        self._pool = pool
        self._jobs = jobs

    def each(self, work: Callable[[_Given], _Made], given: Iterable[_Given]) -> Iterator[_Made]:
        """Raises what `work` raises, and `UserError` where a process dies."""
        if self._pool is None:
            yield from map(work, given)
            return
        coming = iter(given)
        waiting: deque[Future[_Made]] = deque()
        try:
            for one in islice(coming, self._jobs * _WAITING):
                waiting.append(self._pool.submit(work, one))
            while waiting:
                made = waiting.popleft().result()
                for one in islice(coming, 1):
                    waiting.append(self._pool.submit(work, one))
                yield made
        except BrokenProcessPool as error:
            raise _ended_from_outside() from error

    def as_made(self, work: Callable[[_Given], _Made], given: Iterable[_Given]) -> Iterator[_Made]:
        """As `each`, but what is made first comes first: for work of very different lengths."""
        if self._pool is None:
            yield from map(work, given)
            return
        try:
            for done in as_completed([self._pool.submit(work, one) for one in given]):
                yield done.result()
        except BrokenProcessPool as error:
            raise _ended_from_outside() from error


def _ended_from_outside() -> UserError:
    return UserError(
        "a worker process was ended from outside, mostly for want of memory; "
        "give the command again with fewer --jobs"
    )


@contextmanager
def workers(jobs: int) -> Iterator[Workers]:
    """What is under way when the block is left by an error is finished; what waits is not begun."""
    if jobs == 1:
        cv2.setNumThreads(1)
        yield Workers(None, 1)
        return
    # Runtimes and OpenCV have threads, which a fork would lose.
    pool = ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )
    try:
        yield Workers(pool, jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    cv2.setNumThreads(1)


def _end_with_the_parent() -> None:
    """A parent that was killed cannot say so, and its workers would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)
