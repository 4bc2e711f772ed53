"""A folder of results in which only one process is at work."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_app.errors import UserError

_LOCK = ".lock"


@contextmanager
def only_one(out: Path) -> Iterator[None]:
    """Raises `UserError` where the folder cannot be written, or another process is at work in it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = (out / _LOCK).open("w")
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error}).") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"{out}: another 'vigil reproduce' is at work here; wait for it."
            ) from error
        yield
