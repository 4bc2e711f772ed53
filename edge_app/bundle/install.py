"""Install a bundle beside those that are there: checked, loaded and run once before anything is switched to it.

    bundles/<name>/<version>-<hash>/   the files
    bundles/<name>/current             a link to the one in use, replaced in one step
    bundles/<name>/previous            a link to the one before, for `roll_back`

Whatever goes wrong on the way, the links and what they point at stay as they were.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import MANIFEST_NAME
from edge_app.bundle.open import (
    BUILT_IN_NAME,
    CURRENT,
    PREVIOUS,
    Bundle,
    BundleError,
    bundles_folder,
    open_bundle,
    read_manifest,
)
from edge_app.bundle.package import (
    MOST_MEMBERS,
    MOST_UNPACKED_BYTES,
    BundleSource,
    open_source,
    too_much,
)
from edge_app.bundle.sessions import open_file
from edge_app.bundle.vehicle import check_usable
from edge_app.configuration.document import printable
from edge_app.inference.cpu import this_cpu
from edge_app.inference.runtimes import installed_runtimes
from edge_app.inference.session import ModelFileError

_INCOMING = ".incoming-"
_RESERVED = (BUILT_IN_NAME, "mediapipe")
_LARGEST_CARD_BYTES = 4 << 20


def install(place: Path, folder: Path | None = None) -> Bundle:
    """Install the bundle in the folder or tar file `place` and make it the current one of its name.

    folder: of installed bundles. Raises `BundleError` and `ModelFileError`, and then nothing has changed.
    """
    folder = folder or bundles_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder), open_source(place) as source:
            for left_over in folder.glob(f"{_INCOMING}*"):  # of a process that was killed
                shutil.rmtree(left_over, ignore_errors=True)
            staged = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=folder))
            try:
                return _install(source, staged, folder)
            except ModelFileError as error:  # tells of the copy, which is gone when it is read
                sentence = str(error).replace(str(staged), source.name)
                raise BundleError(sentence) from error
            finally:
                shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise BundleError(
            f"{error.filename or folder}: the bundle cannot be installed ({error.strerror or error});"
            " the one in use stays in use."
        ) from error


def roll_back(name: str, folder: Path | None = None) -> Bundle:
    """Make the previous bundle of this name the current one again, and the current one the previous."""
    folder = folder or bundles_folder()
    own = folder / Path(name).name
    try:
        if not (own / CURRENT).is_dir() or not (own / PREVIOUS).is_dir():
            raise BundleError(
                f"{printable(name)}: there is no previous bundle of this name to go back to."
            )
        with _alone(folder):
            current, previous = os.readlink(own / CURRENT), os.readlink(own / PREVIOUS)
            bundle = open_bundle(own / previous)
            check_usable(bundle, try_out(bundle))
            _point(own, {PREVIOUS: current, CURRENT: previous})
    except OSError as error:
        raise BundleError(
            f"{error.filename or own}: the bundle before cannot be taken into use again"
            f" ({error.strerror or error}); the one in use stays in use."
        ) from error
    return bundle


def try_out(bundle: Bundle) -> list[PartName]:
    """Verify all files; load and run each that can be used here. The part of each; raises what is wrong."""
    bundle.verify_all()
    installed, cpu = installed_runtimes(), this_cpu()
    tried: list[PartName] = []
    for name, part in bundle.manifest.parts.named().items():
        for file in part.files:
            usable = file.runtime in installed and cpu.can_run(file.instruction_sets)
            if usable and file.gate == "passed" and "cpu" in file.providers:
                open_file(bundle, name, file)
                tried.append(name)
    return tried


def unpack(source: BundleSource, folder: Path) -> Bundle:
    """The files that the bundle's manifest names, and no others, into the empty `folder`; not verified yet."""
    content = source.manifest()
    manifest = read_manifest(content, f"{source.name}/{MANIFEST_NAME}")
    (folder / MANIFEST_NAME).write_bytes(content)
    bundle = open_bundle(folder)
    files = bundle.files()
    if len(files) > MOST_MEMBERS or sum(file.bytes for file in files) > MOST_UNPACKED_BYTES:
        raise too_much(source.name)
    for file in files:
        source.copy(file.path, folder / file.path, most_bytes=file.bytes)
    source.copy(manifest.card, folder / manifest.card, most_bytes=_LARGEST_CARD_BYTES)
    return bundle


def _install(source: BundleSource, staged: Path, folder: Path) -> Bundle:
    manifest = read_manifest(source.manifest(), f"{source.name}/{MANIFEST_NAME}")
    if manifest.name in _RESERVED:
        raise BundleError(f"{source.name}: no installed bundle can have the name {manifest.name}.")
    bundle = unpack(source, staged)
    check_usable(bundle, try_out(bundle))
    own = folder / manifest.name
    own.mkdir(exist_ok=True)
    final = _unused(own, f"{manifest.version}-{bundle.sha256[:12]}")
    staged.chmod(0o755)  # the service may run as another user than the one who installs
    _write_through(staged)
    staged.rename(final)
    _switch(own, final.name, bundle.sha256)
    _prune(own)
    return replace(bundle, folder=final)


def _unused(own: Path, version: str) -> Path:
    """Always a new folder: one that is in use is not touched, even to mend it."""
    names = (version if copy == 1 else f"{version}.{copy}" for copy in count(1))
    return next(own / name for name in names if not (own / name).exists())


def _switch(own: Path, version: str, sha256: str) -> None:
    """`current` to `version`, and `previous` to what was current unless that is the same bundle."""
    links = {}
    if (own / CURRENT).is_dir():
        manifest = own / CURRENT / MANIFEST_NAME
        same = manifest.is_file() and hashlib.sha256(manifest.read_bytes()).hexdigest() == sha256
        if not same:
            links[PREVIOUS] = os.readlink(own / CURRENT)
    _point(own, {**links, CURRENT: version})


def _prune(own: Path) -> None:
    """Keep the current bundle and the one before."""
    kept = {os.readlink(own / link) for link in (CURRENT, PREVIOUS) if (own / link).is_symlink()}
    for path in own.iterdir():
        if path.is_dir() and not path.is_symlink() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _point(own: Path, links: dict[str, str]) -> None:
    """Set links by their names, in their order, each in one step; none before all could be written."""
    fresh = {own / name: own / f".{name}.new" for name in links}
    try:
        for new, target in zip(fresh.values(), links.values(), strict=True):
            new.unlink(missing_ok=True)
            new.symlink_to(target)
        for link, new in fresh.items():
            os.replace(new, link)
    except OSError:
        for new in fresh.values():
            with suppress(OSError):
                new.unlink()
        raise
    _sync(own)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BundleError(
                f"{folder}: another `vigil models` command is at work here; wait for it."
            ) from error
        yield


def _write_through(folder: Path) -> None:
    """On the disk before a link points here: a power cut must not leave a current bundle of empty files."""
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
