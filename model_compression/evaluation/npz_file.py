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


def read_npz(path: Path, *names: str) -> list[NDArray[Any]]:
    """The arrays of these names, in this order. Raises `UserError`."""
    if not path.is_file():
        raise UserError(f"{path}: there is no such npz file; check the path")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return [np.asarray(arrays[name]) for name in names]
    except KeyError as error:
        needed = f"{', '.join(names[:-1])} and {names[-1]}"
        raise UserError(f"{path}: lacks an array ({error.args[0]}); it needs {needed}") from error
    except _DAMAGED as error:
        raise UserError(f"{path}: not a whole npz file ({error}); copy the set again") from error
