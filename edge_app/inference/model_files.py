"""Model files on this machine: which are known, where they are looked for, and whether they are the right ones.

A name comes in, the path of a file with the expected content comes out, or one sentence saying what to do.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from edge_app.inference.session import ModelFileError


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model that Vigil can fetch: its content is pinned, so where it comes from need not be trusted."""

    short_name: str  # what `vigil models fetch` calls it
    file_name: str
    size_bytes: int
    sha256: str
    url: str
    licence: str
    what: str


FACE_LANDMARKER = ModelFile(
    short_name="mediapipe",
    file_name="face_landmarker.task",
    size_bytes=3_758_596,
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    url=(
        "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/"
        "face_landmarker.task"
    ),
    licence="Apache-2.0",
    what="MediaPipe's face detector, face mesh and blendshapes",
)
KNOWN_MODELS = (FACE_LANDMARKER,)


def find_model(file_name: str, *, explicit: Path | None = None) -> Path:
    """The path of `file_name`: `explicit`, else VIGIL_MODELS (files or folders), else the download cache.

    A known model is compared with its pinned sha256. Raises `ModelFileError`.
    """
    if explicit is not None:
        found = _in_place(explicit, file_name)
        if found is None:
            raise ModelFileError(
                f"{explicit}: there is no model file {file_name} here; {_remedy(file_name)}."
            )
        return _verified(found, file_name)
    places = _places()
    for place in places:
        found = _in_place(place, file_name)
        if found is not None:
            return _verified(found, file_name)
    searched = ", ".join(str(place) for place in places)
    raise ModelFileError(
        f"{file_name} is in none of the places searched ({searched}); {_remedy(file_name)}."
    )


def download_folder() -> Path:
    """Where fetched models are kept: `$XDG_CACHE_HOME/vigil/models`."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache) / "vigil" / "models"


def known_model(name: str) -> ModelFile | None:
    """By short name or file name."""
    return next(
        (model for model in KNOWN_MODELS if name in (model.short_name, model.file_name)), None
    )


def verify(path: Path, model: ModelFile) -> None:
    """Raises `ModelFileError` unless the file at `path` is exactly `model`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(
            f"{path}: the model file cannot be read ({error.strerror}); check its permissions."
        ) from error
    actual = hashlib.sha256(content).hexdigest()
    if actual != model.sha256:
        raise ModelFileError(
            f"{path}: this is not the expected {model.file_name} (sha256 {actual} of {len(content)}"
            f" bytes, expected {model.sha256} of {model.size_bytes} bytes); delete it and run"
            f" `vigil models fetch {model.short_name}`."
        )


def _verified(path: Path, file_name: str) -> Path:
    model = known_model(file_name)
    if model is not None:
        verify(path, model)
    return path


def _places() -> list[Path]:
    listed = os.environ.get("VIGIL_MODELS", "").split(os.pathsep)
    return [Path(place).expanduser() for place in listed if place] + [download_folder()]


def _in_place(place: Path, file_name: str) -> Path | None:
    """`place` itself when it is a file; the file of that name when it is a folder."""
    if place.is_dir():
        inside = place / file_name
        return inside if inside.is_file() else None
    return place if place.is_file() else None


def _remedy(file_name: str) -> str:
    model = known_model(file_name)
    if model is None:
        return "set VIGIL_MODELS to its folder"
    return f"run `vigil models fetch {model.short_name}`, or set VIGIL_MODELS to its folder"
