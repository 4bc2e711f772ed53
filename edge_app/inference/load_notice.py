"""Keeps LiteRT's notice about its XNNPACK delegate off the terminal; whatever else is written comes through.

LiteRT has no switch for it: it is printed by native code, once in a process, when the first model is loaded.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_NOTICE = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
_STDERR_FD = 2


@contextmanager
def without_delegate_notice() -> Iterator[None]:
    """For the short while in which a model is loaded, standard error is collected, and passed on at its end."""
    try:
        real_fd = os.dup(_STDERR_FD)
    except OSError:  # there is no standard error to keep clean
        yield
        return
    with tempfile.TemporaryFile() as collected:
        _flush()
        os.dup2(collected.fileno(), _STDERR_FD)
        try:
            yield
        finally:
            _flush()
            os.dup2(real_fd, _STDERR_FD)
            os.close(real_fd)
            collected.seek(0)
            for line in collected:
                if line.rstrip() != _NOTICE:
                    os.write(_STDERR_FD, line)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
