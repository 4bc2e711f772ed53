"""The arrays of an npz file, or one sentence that says what is wrong with it."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError

_DAMAGED = (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error)


class NpzError(ValueError):
    """What is wrong with a file that is there, in half a sentence; without numpy's advice on pickles."""


class LackingArrayError(NpzError):
    """It is whole, and of something else."""


def npz_arrays(path: Path, *names: str) -> list[NDArray[Any]]:
    """The arrays of these names, in this order. Raises `NpzError`, or `UserError` where there is no such file."""
    if path.is_dir():
        raise UserError(f"{path}: is a folder; give an npz file in it")
    if not path.is_file():
        raise UserError(f"{path}: there is no such npz file; check the path")
    if not zipfile.is_zipfile(path):
        raise NpzError("it is no whole npz file")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            lacking = [name for name in names if name not in arrays.files]
            if lacking:
                raise LackingArrayError(f"it lacks the array {lacking[0]}")
            return [np.asarray(arrays[name]) for name in names]
    except NpzError:
        raise
    except _DAMAGED as error:
        if "pickle" in str(error):
            raise NpzError("it holds other things than numbers and words") from error
        raise NpzError(str(error)) from error


def read_npz(path: Path, *names: str) -> list[NDArray[Any]]:
    """The arrays of these names, in this order. Raises `UserError`."""
    try:
        return npz_arrays(path, *names)
    except LackingArrayError as error:
        needed = f"{', '.join(names[:-1])} and {names[-1]}"
        raise UserError(f"{path}: lacks an array ({error}); it needs {needed}") from error
    except NpzError as error:
        raise UserError(f"{path}: not a whole npz file ({error}); copy the set again") from error
