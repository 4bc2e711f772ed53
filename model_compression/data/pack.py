"""The labelled sets as one small file, to be trained on where neither the photographs nor the teacher are.

Pictures become JPEG of a quality that fits the size asked for; labels keep a sixteenth of a pixel and what the losses
can tell apart. A set that was unpacked says so in its fingerprint.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.folders import cache_folder
from model_compression.data.labelled_set import (
    FaceLabels,
    LabelledSet,
    labels_folder,
    load_labels,
    save_labels,
)
from model_compression.data.turned import TURNED

Progress = Callable[[str, int, int], None]  # set, done, of

OTHER_FACES = "other-faces"  # in the cache, beside the labels: where further faces are seen
PACKED_MARK = "+jpeg"
_FORMAT = 1
# JPEG quality, and of how many turned heads one is packed: they are photographs that are there already.
_TRIED = (
    *((92, 1), (88, 1), (84, 1), (84, 2), (80, 2), (80, 3), (75, 3)),
    *((75, 4), (70, 4), (60, 4), (50, 4)),
)
_SAMPLED_OF = 25
_SUB_PX = 16
_STD_STEPS = 2000  # of the picture's longer side
_AS_IS = ("offset", "height", "width", "source", "person", "emotion", "found")
_SHARES = ("blendshapes", "blendshapes_std")
_HALVES = ("presence", "rotation", "rotation_std_rad")
_MIB = 1024 * 1024


def pack(
    names: Sequence[str],
    out: Path,
    *,
    most_mib: float,
    cache_root: Path | None = None,
    progress: Progress = lambda *_: None,
) -> tuple[int, int]:
    """Write `out` and return its bytes and the JPEG quality.

    Raises `UserError` where a set has no labels, or where no quality makes the file small enough.
    """
    sets = [load_labels(name, cache_root) for name in names]
    smallest = 0
    for quality, step in _TRIED:
        last = (quality, step) == _TRIED[-1]
        if not last and _expected_bytes(sets, quality, step) > most_mib * _MIB:
            continue
        thinned = [every(s, step) if s.name == TURNED and step > 1 else s for s in sets]
        content = _packed(thinned, quality, cache_root, progress)
        smallest = len(content)
        if smallest <= most_mib * _MIB:
            _replace(out, content)
            return smallest, quality
    raise UserError(
        f"{', '.join(names)}: take {smallest / _MIB:.1f} MiB even at quality {_TRIED[-1][0]}, more than"
        f" {most_mib:g}; name fewer sets or allow more."
    )


def _expected_bytes(sets: Sequence[LabelledSet], quality: int, step: int) -> float:
    """Of the pictures alone, from one in `_SAMPLED_OF` of them."""
    total = 0.0
    for labelled in sets:
        rows = range(0, len(labelled), _SAMPLED_OF)
        sizes = [len(_jpeg(labelled.picture(row), quality)) for row in rows]
        share = step if labelled.name == TURNED else 1
        total += len(labelled) / share * float(np.mean(sizes)) if sizes else 0.0
    return total


def every(labelled: LabelledSet, step: int) -> LabelledSet:
    """Every `step`-th face of a set whose pictures hold one each."""
    labels = labelled.labels
    rows = np.arange(0, len(labels.offset), step)
    pictures = [labelled.picture(int(row)).ravel() for row in rows]
    thinned = {field.name: getattr(labels, field.name)[rows] for field in fields(labels)}
    sizes = [len(picture) for picture in pictures]
    thinned["offset"] = np.cumsum([0, *sizes[:-1]], dtype=np.int64)
    pixels = np.concatenate(pictures) if pictures else labelled.pixels[:0]
    return LabelledSet(labelled.name, pixels, FaceLabels(**thinned), labelled.fingerprint)


def unpack(
    path: Path, *, cache_root: Path | None = None, progress: Progress = lambda *_: None
) -> list[str]:
    """Put what `pack` wrote into the label cache; the names of its sets.

    Raises `UserError` where the file is no pack or is damaged; a set is there whole or not at all.
    """
    names: list[str] = []
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.read("format").decode() != str(_FORMAT):
                raise UserError(
                    f"{path}: is a pack of another format; make it again with this version."
                )
            members = archive.namelist()
            for member in members:
                if member.endswith(".npz") and "/" not in member:
                    names.append(member.removesuffix(".npz"))
                    _unpack_set(archive, names[-1], cache_root, progress)
            for member in members:
                folder, _, file = member.partition("/")
                if folder == OTHER_FACES and file and "/" not in file:
                    _replace(cache_folder(cache_root) / OTHER_FACES / file, archive.read(member))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, cv2.error) as error:
        raise UserError(f"{path}: is no pack of labelled sets, or is damaged ({error}).") from error
    return names


def _packed(
    sets: Sequence[LabelledSet], quality: int, cache_root: Path | None, progress: Progress
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("format", str(_FORMAT))
        for labelled in sets:
            arrays = _coded_labels(labelled.labels) | _coded_pictures(labelled, quality, progress)
            arrays["fingerprint"] = np.array(f"{labelled.fingerprint}{PACKED_MARK}{quality}")
            content = io.BytesIO()
            np.savez(content, allow_pickle=False, **arrays)
            archive.writestr(f"{labelled.name}.npz", content.getvalue())
            for file in sorted(
                (cache_folder(cache_root) / OTHER_FACES).glob(f"{labelled.name}-*.npz")
            ):
                archive.write(file, f"{OTHER_FACES}/{file.name}")
    return buffer.getvalue()


def _coded_pictures(
    labelled: LabelledSet, quality: int, progress: Progress
) -> dict[str, NDArray[Any]]:
    labels = labelled.labels
    offsets, rows = np.unique(labels.offset, return_index=True)
    coded = []
    for number, row in enumerate(rows):
        coded.append(_jpeg(labelled.picture(int(row)), quality))
        if number % 500 == 0:
            progress(labelled.name, number, len(rows))
    progress(labelled.name, len(rows), len(rows))
    return {
        "picture_offset": offsets,
        "picture_bytes": np.array([len(jpeg) for jpeg in coded], dtype=np.int64),
        "pictures": np.concatenate(coded) if coded else np.zeros(0, dtype=np.uint8),
    }


def _jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]


def _coded_labels(labels: FaceLabels) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {name: getattr(labels, name) for name in _AS_IS}
    arrays |= {name: getattr(labels, name).astype(np.float16) for name in _HALVES}
    arrays |= {
        name: np.rint(getattr(labels, name).clip(0, 1) * 255).astype(np.uint8) for name in _SHARES
    }
    # One point lies near the one before it: the steps between them pack better than places.
    places = np.rint(labels.landmarks * _SUB_PX).astype(np.int32)
    arrays["landmark_steps"] = np.diff(places, axis=1, prepend=0).astype(np.int16)
    longer = np.maximum(labels.height, labels.width)[:, None]
    steps = np.rint(labels.landmark_std / longer * _STD_STEPS)
    arrays["landmark_std_steps"] = steps.clip(0, 255).astype(np.uint8)
    return arrays


def _unpack_set(
    archive: zipfile.ZipFile, name: str, cache_root: Path | None, progress: Progress
) -> None:
    with np.load(io.BytesIO(archive.read(f"{name}.npz")), allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    labels = _decoded_labels(arrays)
    ends = labels.offset + labels.height.astype(np.int64) * labels.width
    pixels = np.zeros(int(ends.max()) if len(ends) else 0, dtype=np.uint8)
    starts = np.cumsum(arrays["picture_bytes"]) - arrays["picture_bytes"]
    first_row = dict(zip(*np.unique(labels.offset, return_index=True), strict=True))
    for number, (offset, start, size) in enumerate(
        zip(arrays["picture_offset"], starts, arrays["picture_bytes"], strict=True)
    ):
        jpeg = arrays["pictures"][start : start + size]
        picture = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE))
        row = first_row[offset]
        if picture.shape != (labels.height[row], labels.width[row]):
            raise ValueError(f"picture {number} of {name} has another size than its labels say")
        pixels[offset : offset + picture.size] = picture.ravel()
        if number % 500 == 0:
            progress(name, number, len(starts))
    progress(name, len(starts), len(starts))
    save_labels(labels_folder(name, cache_root), pixels, labels, str(arrays["fingerprint"]))


def _decoded_labels(arrays: dict[str, NDArray[Any]]) -> FaceLabels:
    values: dict[str, NDArray[Any]] = {name: arrays[name] for name in _AS_IS}
    values |= {name: arrays[name].astype(np.float32) for name in _HALVES}
    values |= {name: arrays[name].astype(np.float32) / 255 for name in _SHARES}
    places = np.cumsum(arrays["landmark_steps"].astype(np.int32), axis=1)
    values["landmarks"] = (places / _SUB_PX).astype(np.float32)
    longer = np.maximum(values["height"], values["width"])[:, None]
    values["landmark_std"] = (arrays["landmark_std_steps"] / _STD_STEPS * longer).astype(np.float32)
    return FaceLabels(**values)


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        os.replace(part, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}).") from error
