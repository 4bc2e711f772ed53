"""Arrays by name in one npz file that appears whole or not at all; what is kept of a run that took hours."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.labelled_set import replace_arrays

_DAMAGED = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)


def save_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Replaces the file in one step. Raises `UserError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_arrays(path, **arrays)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); choose another place"
        ) from error


def load_arrays(path: Path, *names: str) -> list[NDArray[Any]]:
    """The arrays of these names, in this order. Raises `UserError`."""
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; check the path")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return [np.asarray(arrays[name]) for name in names]
    except _DAMAGED as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> UserError:
    return UserError(f"{path}: is damaged ({error}); delete it, and it is made again")
