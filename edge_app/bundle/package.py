"""Where a bundle to be installed comes from: a folder, or a tar file with one inside.

Only files that its manifest names are ever taken out, one by one and no more than their stated size.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from edge_app.bundle.manifest import MANIFEST_NAME
from edge_app.bundle.open import BundleError

_LARGEST_MANIFEST_BYTES = 256 * 1024
_CHUNK_BYTES = 1 << 20
_MOST_MEMBERS = 10_000
_GZIP = b"\x1f\x8b"
# What a tar file that is cut short, damaged or no tar file at all raises while it is read.
_UNREADABLE = (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error)


class BundleSource(Protocol):
    """`name` is how errors call it."""

    name: str

    def manifest(self) -> bytes: ...

    def copy(self, path: str, target: Path, *, most_bytes: int) -> None:
        """One file to `target`; refuses more than `most_bytes`."""
        ...


@contextmanager
def open_source(place: Path) -> Iterator[BundleSource]:
    """Raises `BundleError` where there is no bundle at `place`."""
    place = place.expanduser()
    if place.name == MANIFEST_NAME:
        place = place.parent
    if place.is_dir():
        yield _Folder(place)
        return
    if not place.is_file():
        raise BundleError(f"{place}: there is no such folder or tar file.")
    with place.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    try:
        with tarfile.open(place, "r:gz" if packed else "r:") as tar:
            yield _Tar(place, tar)
    except _UNREADABLE as error:
        raise BundleError(
            f"{place}: neither a whole .tar nor a whole .tar.gz ({error}); fetch it again."
        ) from error


class _Folder:
    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder

    def manifest(self) -> bytes:
        path = self._folder / MANIFEST_NAME
        if not path.is_file():
            raise BundleError(f"{self.name}: no bundle is here, since it has no {MANIFEST_NAME}.")
        with path.open("rb") as file:
            return file.read(_LARGEST_MANIFEST_BYTES + 1)

    def copy(self, path: str, target: Path, *, most_bytes: int) -> None:
        source = self._folder / path
        if not source.resolve().is_relative_to(self._folder.resolve()):
            raise BundleError(f"{source}: this file lies outside the bundle; pack it again.")
        if not source.is_file():
            raise BundleError(f"{source}: this file of the bundle is missing; pack it again.")
        with source.open("rb") as file:
            _write(file, target, most_bytes, str(source))


class _Tar:
    def __init__(self, place: Path, tar: tarfile.TarFile) -> None:
        self.name = str(place)
        self._tar = tar
        self._members: dict[str, tarfile.TarInfo] = {}
        for member in tar:
            if len(self._members) > _MOST_MEMBERS:
                raise BundleError(f"{place}: holds far too many files for a bundle.")
            self._members[str(PurePosixPath(member.name))] = member
        tops = [
            PurePosixPath(name).parent
            for name in self._members
            if PurePosixPath(name).name == MANIFEST_NAME and len(PurePosixPath(name).parts) <= 2
        ]
        if len(tops) != 1:
            raise BundleError(f"{place}: holds {len(tops) or 'no'} {MANIFEST_NAME}, not one.")
        self._top = tops[0]

    def manifest(self) -> bytes:
        return self._open(MANIFEST_NAME).read(_LARGEST_MANIFEST_BYTES + 1)

    def copy(self, path: str, target: Path, *, most_bytes: int) -> None:
        _write(self._open(path), target, most_bytes, f"{self.name}: {path}")

    def _open(self, path: str) -> IO[bytes]:
        member = self._members.get(str(self._top / path))
        if member is None or not member.isreg():  # links could lead anywhere
            raise BundleError(f"{self.name}: the file {path} is missing in it; fetch it again.")
        file = self._tar.extractfile(member)
        assert file is not None, "a regular file has content"
        return file


def _write(file: IO[bytes], target: Path, most_bytes: int, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with target.open("xb") as out:
        while chunk := file.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > most_bytes:
                raise BundleError(f"{name}: larger than the {most_bytes} bytes it should have.")
            out.write(chunk)
