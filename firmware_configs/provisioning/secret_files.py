"""Files that hold keys: mode 0600 whatever the umask, whole or not there at all, never written over by accident."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from edge_app.errors import UserError
from edge_app.updates.durable import sync

SECRET_MODE = 0o600
PUBLIC_MODE = 0o644
FOLDER_MODE = 0o700
PARENT_MODE = 0o755


def make_private_folder(folder: Path) -> None:
    """Missing parents are made too, for all to pass through; a folder that is there keeps its mode."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    with _told(folder):
        for each in reversed(missing):
            each.mkdir()
            each.chmod(FOLDER_MODE if each == folder else PARENT_MODE)


def require_room_for(path: Path) -> None:
    """That a secret can be written there, before anything that belongs to it is made. Raises `UserError`."""
    _draft(path, b"", SECRET_MODE).unlink()


def write_new_secret(path: Path, content: bytes) -> None:
    """A key is made once: what stands there already is an error, not written over."""
    draft = _draft(path, content, SECRET_MODE)
    try:
        with _told(path):
            os.link(draft, path)  # unlike a rename, fails where the name is taken
            sync(path.parent)
    except FileExistsError as error:
        raise UserError(
            f"{path} exists and is not written over; move it away first if it is to be replaced."
        ) from error
    finally:
        draft.unlink()


def write_secret(path: Path, content: bytes) -> None:
    """In place of what stood there, in one step."""
    _replace(path, content, SECRET_MODE)


def write_public(path: Path, content: bytes) -> None:
    """In place of what stood there, in one step; anybody may read it."""
    _replace(path, content, PUBLIC_MODE)


def put_in_place(draft: Path, path: Path) -> None:
    """On the disk when it returns: what is renamed later never stands there without this."""
    with _told(path):
        draft.replace(path)
        sync(path.parent)


def read_secret(path: Path) -> bytes:
    """Refuses a secret that others than its owner may read: it may be known to them by now."""
    with _told(path, "read"):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UserError(f"{path} is a folder; name the file in it.")
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UserError(
                f"{path} may be read by others than its owner (mode {stat.S_IMODE(mode):04o});"
                f" say `chmod 600 {path}`, and make a new key if somebody may have read it."
            )
        return path.read_bytes()


def read_public(path: Path) -> bytes:
    with _told(path, "read"):
        return path.read_bytes()


def _replace(path: Path, content: bytes, mode: int) -> None:
    draft = _draft(path, content, mode)
    put_in_place(draft, path)


def _draft(path: Path, content: bytes, mode: int) -> Path:
    """The content on the disk under another name, closed to others from its first moment."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with _told(path):
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE)
        try:
            os.fchmod(descriptor, mode)
            if stat.S_IMODE(os.fstat(descriptor).st_mode) & ~mode:
                raise UserError(
                    f"{path.parent} is on a file system that keeps no file modes, so that anybody could read the key;"
                    " use another disk."
                )
            with os.fdopen(descriptor, "wb", closefd=False) as sink:
                sink.write(content)
            os.fsync(descriptor)
        except BaseException:
            draft.unlink()
            raise
        finally:
            os.close(descriptor)
    return draft


class _told(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads as the verb it is
    """Turns what the system says of a file into a sentence."""

    def __init__(self, path: Path, verb: str = "written") -> None:
        self._path, self._verb = path, verb

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) and not isinstance(error, FileExistsError):
            why = (error.strerror or str(error)).lower()
            raise UserError(
                f"{self._path} cannot be {self._verb}: {why}; name a place where this user may."
            ) from error
