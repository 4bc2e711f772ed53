"""A folder that appears all at once: made beside its place, and put there only when it is whole."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from edge_app.errors import UserError


@contextlib.contextmanager
def finished_folder(place: Path, *, replace: bool, owned_by: str) -> Iterator[Path]:
    """Yields a folder to fill; it becomes `place` at the end, and is removed after an error.

    replace: whether a folder that is there may be replaced; only one that holds the file `owned_by` ever is.
    Raises `UserError` where `place` is taken or cannot be written, also for an `OSError` while it is filled.
    """
    place = place.expanduser()
    if place.exists() or place.is_symlink():
        if not replace:
            raise UserError(f"{place}: is already there; name another folder or add --force.")
        if not (place / owned_by).is_file():
            raise UserError(
                f"{place}: holds no {owned_by}, so it is not replaced; name another folder."
            )
    unfinished = place.with_name(f".{place.name}.unfinished-{os.getpid()}")
    try:
        unfinished.mkdir(parents=True)
    except OSError as error:
        raise UserError(
            f"{place}: cannot be written ({error.strerror or error}); name another folder."
        ) from error
    try:
        yield unfinished
        _put(unfinished, place, replace=replace)
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        raise UserError(
            f"{place}: could not be finished ({where}{error.strerror or error}) and was not made; mend"
            " that, or name another folder."
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _put(unfinished: Path, place: Path, *, replace: bool) -> None:
    before = place.with_name(f".{place.name}.before-{os.getpid()}")
    there = replace and place.exists()
    if there:
        os.rename(place, before)
    try:
        os.rename(unfinished, place)
    except OSError:
        if there:
            os.rename(before, place)
        raise
    shutil.rmtree(before, ignore_errors=True)
