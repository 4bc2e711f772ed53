"""The folder that a set is prepared in: what it was begun with, and that only one process works there.

A folder with other files, with another set or with other settings is left alone.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_app.errors import UserError
from model_compression.data.clips.index import INDEX, PREPARING
from model_compression.data.clips.whole_file import write_whole

SOURCES = "sources"  # in a description: what was told of all videos
_LOCK = ".lock"
_OF_OPTIONS = {
    "size_px": "--size",
    "channels": "--channels",
    "frame_rate_hz": "--frame-rate",
    "window_s": "--window-s",
    "stride_s": "--stride-s",
    "min_label_share": "--min-label-share",
    "min_face_share": "--min-faces",
    "outside": "--outside",
    "no_face": "--no-face",
}


@contextmanager
def workplace(
    folder: Path,
    *,
    known: Collection[str] = (INDEX, PREPARING),
    command: str = "vigil data prepare",
) -> Iterator[Path]:
    """known: by what else a folder is told that the command has been at work in.

    Raises `UserError` where the folder cannot be one, or another process is at work in it.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; name a folder.")
    try:
        if folder.is_dir():
            names = {one.name for one in folder.iterdir()}
            if names and names.isdisjoint({*known, _LOCK}):
                raise UserError(f"{folder}: holds other files; name a new or an empty folder.")
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UserError(
                    f"{folder}: another '{command}' is at work here; wait for it."
                ) from error
            yield folder
    except OSError as error:
        raise UserError(f"{folder}: could not be worked in ({error}).") from error


def begin(folder: Path, description: Mapping[str, Any]) -> None:
    """Raises `UserError` where the folder was begun with another description."""
    path = folder / PREPARING
    if path.is_file():
        check_same(folder, _read(path), description)
    else:
        write_whole(path, json.dumps(dict(description), indent=1).encode())


def check_same(folder: Path, there: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raises `UserError` that tells the first difference."""
    for key, value in wanted.items():
        if isinstance(value, Mapping):
            check_same(folder, there.get(key, {}), value)
        elif there.get(key) != value and key == SOURCES:
            raise UserError(
                f"{folder}: was made of other videos or labels than are there now; name another folder."
            )
        elif there.get(key) != value:
            told = _OF_OPTIONS.get(key, key)
            raise UserError(
                f"{folder}: holds clips with {told} {_told(there.get(key))} and not {_told(value)}; give the same"
                " options to go on with them, or name another folder."
            )


def _told(value: object) -> str:
    return "of its own" if value is None else str(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path}: is damaged; remove the folder and begin again.") from error
    if not isinstance(values, dict):
        raise UserError(f"{path}: is damaged; remove the folder and begin again.")
    return values
