"""The file that keeps a calibrated lens: small YAML, written whole or not at all, believed within what is possible.

The user names it, so it stays where it is whatever stands in it: a damaged lens is told apart from what is no lens.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from calibration.camera.lens import Distortion, Lens, flaw_of
from calibration.file_mark import FileMark

FORMAT = 1
KIND = "lens"
_MOST_BYTES = 64 * 1024
_HEAD = "# A camera's lens, written by `vigil calibrate camera`. Pixels count from the picture's upper left corner.\n"
MARK = FileMark(_HEAD.partition(",")[0], KIND)


class LensFileError(ValueError):
    """A lens file that cannot be used as it is; one sentence."""


class CorruptLensFileError(LensFileError):
    """A lens stood in it: a torn file, or numbers that no lens has."""


@dataclass(frozen=True, slots=True)
class LensQuality:
    """How well a lens is known."""

    views: int
    rms_px: float  # of the reprojection
    coverage: float  # 0..1, share of the picture's cells in which corners were seen
    focal_std_px: float
    center_std_px: float


@dataclass(frozen=True, slots=True)
class KeptLens:
    """What stands in a file."""

    lens: Lens
    quality: LensQuality | None = None


def write_lens(path: Path, kept: KeptLens) -> None:
    """Raises `OSError`. What was there before stays until the new file is whole."""
    lens = kept.lens
    document: dict[str, Any] = {
        "format": FORMAT,
        "kind": KIND,
        "name": lens.name,
        "measured": lens.measured,
        "width_px": lens.width_px,
        "height_px": lens.height_px,
        "focal_x_px": round(lens.focal_x_px, 3),
        "focal_y_px": round(lens.focal_y_px, 3),
        "center_x_px": round(lens.center_x_px, 3),
        "center_y_px": round(lens.center_y_px, 3),
        "distortion": [round(value, 6) for value in lens.distortion],
    }
    if kept.quality is not None:
        quality = kept.quality
        document["quality"] = {
            "views": quality.views,
            "rms_px": round(quality.rms_px, 4),
            "coverage": round(quality.coverage, 3),
            "focal_std_px": round(quality.focal_std_px, 3),
            "center_std_px": round(quality.center_std_px, 3),
        }
    _replace(path, _HEAD + yaml.safe_dump(document, sort_keys=False))


def read_lens(path: Path) -> KeptLens:
    """Raises `LensFileError`, or `CorruptLensFileError` where it is a lens past mending; the file stays as it is."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise LensFileError(
            f"{path}: there is no such lens file; make one with `vigil calibrate camera`"
        ) from None
    except IsADirectoryError:
        raise LensFileError(f"{path}: is a folder; give a lens file in it") from None
    except OSError as error:
        raise LensFileError(
            f"{path}: the lens file cannot be read ({error.strerror}); check its permissions"
        ) from error
    ours = MARK.is_on(content)
    if len(content) > _MOST_BYTES and ours:
        raise CorruptLensFileError(f"{path}: too large for a lens file")
    try:
        document = None if len(content) > _MOST_BYTES else yaml.safe_load(content.decode("utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CorruptLensFileError(f"{path}: not YAML") from error
    if not ours:
        raise LensFileError(
            f"{path}: is no lens file; give one that `vigil calibrate camera` wrote"
        )
    return _kept(path, document)


def _kept(path: Path, document: object) -> KeptLens:
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise CorruptLensFileError(f"{path}: ends early")
    version = document.get("format")
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
        raise LensFileError(
            f"{path}: was written by a newer Vigil (format {version}); install that version, or calibrate again"
        )
    if version != FORMAT:
        raise CorruptLensFileError(f"{path}: of no known format")
    try:
        lens = _lens(document)
        quality = _quality(document.get("quality"))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise CorruptLensFileError(f"{path}: {what}") from error
    flaw = flaw_of(lens)
    if flaw is not None:
        raise CorruptLensFileError(f"{path}: tells of {flaw}")
    return KeptLens(lens, quality)


def _lens(document: Mapping[str, Any]) -> Lens:
    distortion = document["distortion"]
    if not isinstance(distortion, list) or len(distortion) != 5:
        raise ValueError("distortion is not a list of five numbers")
    name = document["name"]
    if not isinstance(name, str) or not 0 < len(name) <= 200:
        raise ValueError("name is no name")
    return Lens(
        name=name,
        width_px=_whole(document, "width_px"),
        height_px=_whole(document, "height_px"),
        focal_x_px=_number(document, "focal_x_px"),
        focal_y_px=_number(document, "focal_y_px"),
        center_x_px=_number(document, "center_x_px"),
        center_y_px=_number(document, "center_y_px"),
        distortion=cast(
            Distortion, tuple(_number({"distortion": value}, "distortion") for value in distortion)
        ),
        measured=document["measured"] is True,
    )


def _quality(document: object) -> LensQuality | None:
    if document is None:
        return None
    if not isinstance(document, dict):
        raise ValueError("quality is no group of values")
    quality = LensQuality(
        views=_whole(document, "views"),
        rms_px=_number(document, "rms_px"),
        coverage=_number(document, "coverage"),
        focal_std_px=_number(document, "focal_std_px"),
        center_std_px=_number(document, "center_std_px"),
    )
    least = min(quality.views, quality.rms_px, quality.focal_std_px, quality.center_std_px)
    if least < 0 or not 0.0 <= quality.coverage <= 1.0:
        raise ValueError("quality is out of range")
    return quality


def _number(values: Mapping[str, Any], key: str) -> float:
    value = values[key]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} is no number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{key} is not finite")
    return number


def _whole(values: Mapping[str, Any], key: str) -> int:
    value = values[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{key} is no whole number")
    return value


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
