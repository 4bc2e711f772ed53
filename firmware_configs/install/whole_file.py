"""Files that are there whole or not at all, with the mode that is meant whatever the umask."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from edge_app.errors import UserError
from firmware_configs.install.target import Target

_FOLDER_MODE = 0o755


def write_whole(place: Path, content: bytes, mode: int, group: int | None = None) -> None:
    """In place of what stood there, in one step, safe against a cut of power. group: number; None leaves it."""
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as sink:
                sink.write(content)
            if group is not None:
                os.fchown(descriptor, -1, group)
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(place)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _cannot_be_written(place, error) from error


def make_folders(target: Target, path: str) -> list[str]:
    """The folders above the target's `path`; returns those that were missing, outermost first."""
    missing = []
    for folder in list(Path(path).parents)[:-1]:
        if target.at(str(folder)).is_dir():
            break
        missing.append(str(folder))
    for name in reversed(missing):
        place = target.at(name)
        try:
            place.mkdir()
            place.chmod(_FOLDER_MODE)
        except OSError as error:
            raise _cannot_be_written(place, error) from error
    return missing[::-1]


def read_if_there(place: Path) -> bytes | None:
    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise UserError(f"{place} cannot be read: {why}; say `sudo`, or move it away.") from error


def _cannot_be_written(place: Path, error: OSError) -> UserError:
    why = (error.strerror or str(error)).lower()
    return UserError(
        f"{place} cannot be written: {why}; what was done before it stays, and `vigil install` goes on from there."
    )
