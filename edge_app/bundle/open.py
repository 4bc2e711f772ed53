"""From a bundle's name or folder to a `Bundle` whose description holds together; each file is checked as it is read.

Everything wrong is a `BundleError`: one sentence with the file, what is wrong, and what to do.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import edge_app
from edge_app.bundle.heads import VEHICLE_HEADS
from edge_app.bundle.manifest import (
    FORMAT,
    MANIFEST_NAME,
    BundleFile,
    BundleManifest,
    Companion,
    Part,
)
from edge_app.configuration.document import ConfigurationError, printable, read_document
from edge_app.configuration.load import validated
from edge_app.configuration.sentences import without_password
from edge_app.inference.model_files import download_folder
from edge_app.inference.session import ModelContent, ModelFileError

BUILT_IN_NAME = "default"
BUILT_IN_FOLDER = Path(edge_app.__file__).parent / "bundles" / "default"
CURRENT, PREVIOUS = "current", "previous"
_LARGEST_MANIFEST_BYTES = 256 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")  # as a path it has lost its second slash
_USER = re.compile(r"[^/\s:]*:[^/\s]*@")


class BundleError(ModelFileError):
    """A bundle is missing, damaged, or not one that this program can use."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose manifest was read. Its files are read, and compared with the manifest, when they are needed."""

    folder: Path
    manifest: BundleManifest
    sha256: str  # of bundle.yaml, which holds those of all other files

    @property
    def title(self) -> str:
        return f"{self.manifest.name} {self.manifest.version}"

    def part(self, name: str) -> Part:
        """Raises `BundleError` where the bundle does not have it."""
        for known, part in self.manifest.parts.named().items():
            if known == name:
                return part
        raise BundleError(f"{self.title} has no part {name}; choose another bundle.")

    def file(self, part: str, path: str) -> BundleFile:
        """The file of `part` at `path`, which must be in the manifest."""
        return next(file for file in self.part(part).files if file.path == path)

    def content(self, file: BundleFile) -> ModelContent:
        """The model file, and its companion, exactly as the manifest describes them."""
        model = self.read(file)
        weights = b"".join(self.read(companion) for companion in file.companions)
        return ModelContent(str(self.folder / file.path), model, weights)

    def read(self, file: Companion) -> bytes:
        """One file. Raises `BundleError` unless it has the size and sha256 of the manifest."""
        path = self.folder / file.path
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise BundleError(f"{path}: this file lies outside the bundle; {_AGAIN}.")
        try:
            with path.open("rb") as opened:
                content = opened.read(file.bytes + 1)
                size = max(len(content), os.fstat(opened.fileno()).st_size)
        except FileNotFoundError:
            raise BundleError(f"{path}: this file of the bundle is missing; {_AGAIN}.") from None
        except OSError as error:
            raise BundleError(
                f"{path}: cannot be read ({error.strerror}); check its permissions, or {_AGAIN}."
            ) from error
        if size != file.bytes:
            raise BundleError(
                f"{path}: {size} bytes, where {MANIFEST_NAME} says {file.bytes}; {_AGAIN}."
            )
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != file.sha256:
            raise BundleError(
                f"{path}: the file is damaged or was changed (sha256 {sha256}, {MANIFEST_NAME} says"
                f" {file.sha256}); {_AGAIN}."
            )
        return content

    def files(self) -> list[Companion]:
        """Every file that the manifest names with its hash."""
        models = [file for part in self.manifest.parts.named().values() for file in part.files]
        return [each for file in models for each in (file, *file.companions)]

    def verify_all(self) -> None:
        """Read and compare every file, also those of runtimes that are not installed."""
        for file in self.files():
            self.read(file)
        card = self.folder / self.manifest.card
        if not card.is_file():
            raise BundleError(f"{card}: the bundle's model card is missing; {_AGAIN}.")


_AGAIN = "fetch or install the bundle again"


def open_bundle(name_or_path: str | Path, *, require: Collection[str] = VEHICLE_HEADS) -> Bundle:
    """`default` (built in), the name of an installed bundle, or a folder. Raises `BundleError`.

    require: heads without which the bundle is of no use to the caller.
    """
    folder = find_folder(name_or_path)
    path = folder / MANIFEST_NAME
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_MANIFEST_BYTES + 1)
    except FileNotFoundError:
        raise BundleError(
            f"{folder}: no bundle is here, since it has no {MANIFEST_NAME}."
        ) from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}).") from error
    manifest = read_manifest(content, str(path))
    missing = [head for head in require if head not in manifest.heads]
    if missing:
        heads = f"head {missing[0]}" if len(missing) == 1 else f"heads {', '.join(missing)}"
        raise BundleError(
            f"{path}: the bundle lacks the {heads}, without which it cannot be used here; choose"
            " another bundle."
        )
    return Bundle(folder, manifest, hashlib.sha256(content).hexdigest())


def read_manifest(content: bytes, place: str) -> BundleManifest:
    """`bundle.yaml` as read. place: how errors name the file."""
    if len(content) > _LARGEST_MANIFEST_BYTES:
        raise BundleError(f"{place}: far too large for a {MANIFEST_NAME}; {_AGAIN}.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise BundleError(f"{place}: not UTF-8 text; {_AGAIN}.") from None
    try:
        document = read_document(text, place)
        if not document.values:
            raise BundleError(f"{place}: the file is empty; {_AGAIN}.")
        version = document.values.get("format", FORMAT)
        if version != FORMAT:
            raise BundleError(
                f"{place}: the bundle is of format {printable(str(version))}, this program reads"
                f" format {FORMAT}; update Vigil, or take a bundle of format {FORMAT}."
            )
        return validated(BundleManifest, document)
    except ConfigurationError as error:
        raise BundleError(error.sentences[0]) from error


def find_folder(name_or_path: str | Path) -> Path:
    """Where the bundle lies, if anywhere. Raises `BundleError`."""
    if name_or_path == BUILT_IN_NAME:
        if not BUILT_IN_FOLDER.is_dir():
            raise BundleError(
                f"{BUILT_IN_FOLDER}: the built-in bundle is not there; install Vigil again."
            )
        return BUILT_IN_FOLDER
    text = str(name_or_path)
    if isinstance(name_or_path, str) and _NAME.fullmatch(text):
        installed = bundles_folder() / text / CURRENT
        if installed.is_dir():
            return installed.resolve()
    try:
        path = Path(text).expanduser()
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError) as error:  # far too long, not to be looked into, or ~ of nobody
        reason = getattr(error, "strerror", None) or error
        raise BundleError(
            f"{_without_secrets(text)}: no bundle can be looked for here ({reason}); give the name of"
            " an installed bundle, or the path of a folder."
        ) from error
    if is_folder:
        return path
    if path.name == MANIFEST_NAME and is_file:
        return path.parent
    if is_file:
        raise BundleError(
            f"{path}: this is a file, a bundle is a folder; a packed bundle is installed with"
            " `vigil models install`."
        )
    refuse_address(text)
    names = ", ".join([BUILT_IN_NAME, *installed_names()])
    raise BundleError(
        f"{_without_secrets(text)}: there is no bundle of this name and no such folder; installed"
        f" are: {names}."
    )


def refuse_address(text: str) -> None:
    """Raises `BundleError` where `text` is a URL, which may hold a password: only its kind is told."""
    address = _ADDRESS.match(text)
    if address:
        raise BundleError(
            f"{address[1]}:…: a bundle is not taken from an address; fetch the file, and run `vigil"
            " models install` with it."
        )


def _without_secrets(text: str) -> str:
    return printable(_USER.sub("***@", without_password(text)))


def bundles_folder() -> Path:
    """Where installed bundles are kept."""
    return download_folder() / "bundles"


def installed_names() -> list[str]:
    return sorted(link.parent.name for link in bundles_folder().glob(f"*/{CURRENT}"))
