"""Arrays by name in one npz file that appears whole or not at all; what is kept of a run that took hours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.labelled_set import replace_arrays
from model_compression.evaluation.npz_file import NpzError, npz_arrays

MADE_AGAIN = "delete it, and it is made again"


def save_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Replaces the file in one step. Raises `UserError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_arrays(path, **arrays)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror or error}); choose another place"
        ) from error


def load_arrays(path: Path, *names: str, to_do: str = MADE_AGAIN) -> list[NDArray[Any]]:
    """The arrays of these names, in this order. to_do: about a file that is damaged. Raises `UserError`."""
    try:
        return npz_arrays(path, *names)
    except NpzError as error:
        raise damaged(path, error, to_do) from error


def damaged(path: Path, error: Exception, to_do: str = MADE_AGAIN) -> UserError:
    return UserError(f"{path}: is damaged ({error}); {to_do}")
