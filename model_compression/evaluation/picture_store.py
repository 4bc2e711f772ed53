"""The pictures of a tar or a folder, by name, in natural order (2 before 10), each decoded when it is asked for."""

from __future__ import annotations

import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.camera.sources import PICTURE_SUFFIXES
from edge_app.errors import UserError

Image = NDArray[np.uint8]  # (H, W, 3) BGR
T = TypeVar("T")

_DAMAGED = (tarfile.TarError, OSError, EOFError, zlib.error)
_BLOCK = 512  # a whole tar ends with two blocks of zeros


class PictureStore:
    """Pictures by their path inside the tar or folder.

    Raises `UserError` where there is no such place, where an archive is cut off, and where it holds no picture.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._archive: tarfile.TarFile | None = None
        self._members: dict[str, tarfile.TarInfo] = {}
        if path.is_dir():
            found = _names_in_folder(path)
        elif path.is_file():
            self._archive, self._members = _opened(path)
            found = list(self._members)
        else:
            raise UserError(f"{path}: there is no such tar or folder; check the path")
        self.names = sorted(found, key=natural)
        if not self.names:
            kinds = ", ".join(PICTURE_SUFFIXES)
            raise UserError(f"{path}: holds no picture ({kinds}); name another tar or folder")

    def __contains__(self, name: str) -> bool:
        return name in self._members if self._archive else (self.path / name).is_file()

    def read(self, name: str) -> Image:
        content = np.frombuffer(self._content(name), dtype=np.uint8)
        try:
            image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
        except cv2.error:  # a header that announces an absurd size
            image = None
        if image is None:
            raise UserError(
                f"{self.path}: {name} is not a readable picture; copy the set again or remove it"
            )
        return np.asarray(image, dtype=np.uint8)

    def _content(self, name: str) -> bytes:
        try:
            if self._archive is None:
                return (self.path / name).read_bytes()
            file = self._archive.extractfile(self._members[name])
            return file.read() if file is not None else b""
        except _DAMAGED as error:
            raise UserError(
                f"{self.path}: {name} cannot be read ({error}); copy the set again"
            ) from (error)

    def close(self) -> None:
        if self._archive is not None:
            self._archive.close()

    def __enter__(self) -> PictureStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def natural(name: str) -> list[tuple[int, str]]:
    """Sort key under which frame2 comes before frame10."""
    parts = re.split(r"(\d+)", name.lower())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def spread(items: Sequence[T], limit: int | None) -> list[T]:
    """At most `limit` of them, evenly over all."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[row] for row in np.linspace(0, len(items) - 1, limit).round().astype(int)]


def _is_picture(name: str) -> bool:
    return name.lower().endswith(PICTURE_SUFFIXES) and not os.path.basename(name).startswith("._")


def _names_in_folder(path: Path) -> list[str]:
    return [
        file.relative_to(path).as_posix()
        for file in path.rglob("*")
        if _is_picture(file.name) and file.is_file()
    ]


def _opened(path: Path) -> tuple[tarfile.TarFile, dict[str, tarfile.TarInfo]]:
    try:
        archive = tarfile.open(path, "r:*")  # noqa: SIM115 - the store closes it
        members = {m.name.removeprefix("./"): m for m in _pictures(archive)}
        ending = _rest_after_members(archive)
    except _DAMAGED as error:
        raise UserError(f"{path}: not a whole tar archive ({error}); copy the set again") from error
    if ending < _BLOCK:
        archive.close()
        raise UserError(
            f"{path}: the archive is cut off after {len(members)} pictures; copy the set again"
        )
    return archive, members


def _pictures(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    return (member for member in archive if member.isfile() and _is_picture(member.name))


def _rest_after_members(archive: tarfile.TarFile) -> int:
    """How many bytes follow the last member, up to one block; tarfile takes a missing end for an end."""
    file = archive.fileobj
    assert file is not None
    file.seek(archive.offset)
    return len(file.read(_BLOCK))
