"""A set with its teacher labels, as training reads it: `load_labels("faces").picture(0)`.

On disk: a folder with `pixels.npy` (every picture's luma, one after the other) and `labels.npz` (one row per face).
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.folders import cache_folder

PIXELS, LABELS = "pixels.npy", "labels.npz"
_UNREADABLE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class FaceLabels:
    """N faces. Rows of one picture share `source` and `offset`. Where not `found`, the labels are zeros."""

    offset: NDArray[np.int64]  # (N,) of the picture's first pixel in `pixels`
    height: NDArray[np.int32]  # (N,) px
    width: NDArray[np.int32]  # (N,) px
    source: NDArray[np.str_]  # (N,) file name, `gif:frame` or row
    person: NDArray[np.str_]  # (N,) '' unknown
    emotion: NDArray[np.int8]  # (N,) index into `fer2013.EMOTIONS`, -1 none
    found: NDArray[np.bool_]  # (N,)
    presence: NDArray[np.float32]  # (N,) 0..1
    landmarks: NDArray[np.float32]  # (N, 146, 2) px of the stored picture
    landmark_std: NDArray[np.float32]  # (N, 146) px, per coordinate, between views
    rotation: NDArray[np.float32]  # (N, 3, 3) of the head in the picture, as `HeadFit.rotation`
    rotation_std_rad: NDArray[np.float32]  # (N,)
    blendshapes: NDArray[np.float32]  # (N, 52) in the order of `blendshapes.NAMES`
    blendshapes_std: NDArray[np.float32]  # (N, 52)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    name: str
    pixels: NDArray[np.uint8]  # flat, mapped from the file
    labels: FaceLabels
    fingerprint: str

    def __len__(self) -> int:
        return len(self.labels.offset)

    def picture(self, row: int) -> NDArray[np.uint8]:
        """(H, W) luma, a view into the file."""
        labels = self.labels
        start = int(labels.offset[row])
        height, width = int(labels.height[row]), int(labels.width[row])
        return self.pixels[start : start + height * width].reshape(height, width)


def labels_folder(name: str, cache_root: Path | None = None) -> Path:
    return cache_folder(cache_root) / "labels" / name


def load_labels(name: str, cache_root: Path | None = None) -> LabelledSet:
    """Raises `UserError` where the set has not been labelled or its files are damaged."""
    folder = labels_folder(name, cache_root)
    remedy = f"run 'vigil data labels {name}'"
    if not (folder / LABELS).is_file():
        raise UserError(f"{folder}: the set '{name}' has no teacher labels here; {remedy}.")
    try:
        pixels = np.load(folder / PIXELS, mmap_mode="r")
        with np.load(folder / LABELS, allow_pickle=False) as arrays:
            fingerprint = str(arrays["fingerprint"])
            labels = FaceLabels(**{field.name: arrays[field.name] for field in fields(FaceLabels)})
    except _UNREADABLE as error:
        raise UserError(f"{folder}: the teacher labels are damaged ({error}); {remedy}.") from error
    ends = labels.offset + labels.height.astype(np.int64) * labels.width
    if len(ends) and int(ends.max()) > len(pixels):
        raise UserError(f"{folder}: {PIXELS} is cut off; {remedy}.")
    return LabelledSet(name, pixels, labels, fingerprint)


def fingerprint_of(name: str, cache_root: Path | None = None) -> str | None:
    """What the labels on disk were made of, or None where there are none that can be read."""
    try:
        return load_labels(name, cache_root).fingerprint
    except UserError:
        return None


def save_labels(
    folder: Path, pixels: NDArray[np.uint8], labels: FaceLabels, fingerprint: str
) -> None:
    """`labels.npz` comes last and goes first, so that an interrupted save leaves no labels rather than wrong ones."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LABELS).unlink(missing_ok=True)
    replace_array(folder / PIXELS, pixels)
    arrays = {field.name: getattr(labels, field.name) for field in fields(labels)}
    replace_arrays(folder / LABELS, fingerprint=np.array(fingerprint), **arrays)


def replace_array(path: Path, array: NDArray[Any]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.save(file, array, allow_pickle=False)
    os.replace(part, path)


def replace_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
        # What is noted as done must be there after a power cut too.
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
