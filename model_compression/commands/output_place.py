"""Whether a file can be written where it shall lie: asked before the minutes of work that fill it."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from edge_app.errors import UserError


def check_place(file: Path, what: str, instead: str = "name another file") -> None:
    """Makes nothing, since a folder above may be what the work makes. Raises `UserError`; what: the file, in words."""
    try:
        there = next(folder for folder in file.absolute().parents if folder.exists())
        with tempfile.TemporaryFile(dir=there):
            pass
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        raise unwritable(file, what, error, instead) from error


def unwritable(
    file: Path, what: str, error: OSError, instead: str = "name another file"
) -> UserError:
    return UserError(f"{file}: {what} cannot be written ({error.strerror or error}); {instead}.")
