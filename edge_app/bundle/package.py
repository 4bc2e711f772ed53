"""Where a bundle to be installed comes from: a folder, or a tar file with one inside.

Only files that its manifest names are ever taken out, one by one and no more than their stated size. A tar file with
more in it than a bundle can have, or with anything but files and folders of its own, is refused before that.
"""

from __future__ import annotations

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, cast

from edge_app.bundle.manifest import MANIFEST_NAME
from edge_app.bundle.open import BundleError, refuse_address
from edge_app.configuration.document import printable

_LARGEST_MANIFEST_BYTES = 256 * 1024
_CHUNK_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
# What a tar file that is cut short, damaged or no tar file at all raises while it is read; the last three come from
# headers that no packer writes.
_UNREADABLE = (
    *(tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error),
    *(ValueError, OverflowError, RecursionError),
)
MOST_MEMBERS = 200
MOST_UNPACKED_BYTES = 200_000_000
# Headers and padding come on top; long names and the like have headers of their own.
_MOST_STREAM_BYTES = MOST_UNPACKED_BYTES + 4096 * MOST_MEMBERS
_PACK_AGAIN = "pack the bundle's folder again"


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
        refuse_address(str(place))
        raise BundleError(f"{place}: there is no such folder or tar file.")
    with place.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        content = cast(IO[bytes], gzip.GzipFile(fileobj=file)) if packed else file
        yield _Tar(place, content)


def too_much(name: str) -> BundleError:
    """What is raised where a bundle has more than any bundle can."""
    return BundleError(
        f"{name}: holds more than a bundle can, which is {MOST_MEMBERS} files and"
        f" {MOST_UNPACKED_BYTES // 1_000_000} MB; fetch it again from where it was made."
    )


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
    def __init__(self, place: Path, content: IO[bytes]) -> None:
        self.name = str(place)
        with self._readable():
            self._tar = tarfile.TarFile(fileobj=cast(IO[bytes], _Bounded(content, self.name)))
            self._members = self._checked()
        tops = [
            PurePosixPath(name).parent
            for name in self._members
            if PurePosixPath(name).name == MANIFEST_NAME and len(PurePosixPath(name).parts) <= 2
        ]
        if len(tops) != 1:
            raise BundleError(f"{place}: holds {len(tops) or 'no'} {MANIFEST_NAME}, not one.")
        self._top = tops[0]

    def manifest(self) -> bytes:
        with self._readable():
            return self._open(MANIFEST_NAME).read(_LARGEST_MANIFEST_BYTES + 1)

    def copy(self, path: str, target: Path, *, most_bytes: int) -> None:
        with self._readable():
            _write(self._open(path), target, most_bytes, f"{self.name}: {path}")

    def _checked(self) -> dict[str, tarfile.TarInfo]:
        """The members by their paths, refused before their content is passed over."""
        members: dict[str, tarfile.TarInfo] = {}
        total = 0
        for number, member in enumerate(self._tar, start=1):
            path = PurePosixPath(member.name)
            total += member.size
            shown = printable(member.name)
            if number > MOST_MEMBERS or total > MOST_UNPACKED_BYTES or member.size < 0:
                raise too_much(self.name)
            if path.is_absolute() or ".." in path.parts:
                raise BundleError(
                    f"{self.name}: holds {shown}, which leads out of the bundle; {_PACK_AGAIN}."
                )
            if not member.isreg() and not member.isdir():
                raise BundleError(
                    f"{self.name}: holds {shown}, which is a link or a device and not a file;"
                    f" {_PACK_AGAIN}."
                )
            members[str(path)] = member
        return members

    def _open(self, path: str) -> IO[bytes]:
        member = self._members.get(str(self._top / path))
        file = None if member is None else self._tar.extractfile(member)
        if file is None:
            raise BundleError(f"{self.name}: the file {path} is missing in it; fetch it again.")
        return file

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except _UNREADABLE as error:
            reason = printable(" ".join(str(error).split()))
            raise BundleError(
                f"{self.name}: neither a whole .tar nor a whole .tar.gz ({reason}); fetch it again."
            ) from error


class _Bounded:
    """What tarfile reads; ends in a `BundleError` where there is more than a bundle can hold.

    A small .gz can unpack to any size, and tarfile reads some headers whole into memory.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name

    def read(self, size: int = -1) -> bytes:
        in_one_piece = 0 <= size <= _CHUNK_BYTES
        if not in_one_piece or self._file.tell() + size > _MOST_STREAM_BYTES:
            raise too_much(self._name)
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        if offset > _MOST_STREAM_BYTES:
            raise too_much(self._name)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _write(file: IO[bytes], target: Path, most_bytes: int, name: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with target.open("xb") as out:
        while chunk := file.read(_CHUNK_BYTES):
            written += len(chunk)
            if written > most_bytes:
                raise BundleError(f"{name}: larger than the {most_bytes} bytes it should have.")
            out.write(chunk)
