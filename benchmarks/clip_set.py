"""A set of `vigil simulate-dataset` in memory: small grey crops of the face, labels, and what is known beside them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from edge_app.errors import UserError

METADATA = (
    "camera_position",
    "spectrum",
    "light",
    "eyewear",
    "mask",
    "cap",
    "driver_side",
    "duration_s",
    "frames",
    "frame_rate_hz",
)
_MARGIN = 0.0
"""Of the face's box, on each side."""


@dataclass(frozen=True, slots=True)
class ClipSet:
    """One task's clips of one split."""

    pixels: NDArray[np.uint8]  # (N, T, size, size)
    labels: NDArray[np.int64]  # (N,)
    scripted: NDArray[np.int64]  # (N,) before label noise
    people: tuple[str, ...]
    classes: tuple[str, ...]


def tasks_of(root: Path) -> tuple[str, ...]:
    return tuple(_description(root)["tasks"])


def read_split(root: Path, task: str, split: str, *, frames: int, size: int) -> ClipSet:
    """frames: evenly over each clip; size: of the crop, px. Read once, then kept beside the set."""
    rows = [row for row in table(root) if row["task"] == task and row["split"] == split]
    kept = root / "crops" / f"{task}-{split}-{frames}x{size}.npy"
    if not kept.is_file():
        kept.parent.mkdir(exist_ok=True)
        clips = [
            _crop(root / split / task / f"{row['clip']}.mp4", row, frames, size) for row in rows
        ]
        np.save(kept, np.stack(clips))
    classes = classes_of(root, task)
    return ClipSet(
        np.load(kept),
        np.array([classes.index(row["label"]) for row in rows]),
        np.array([classes.index(row["label_as_scripted"]) for row in rows]),
        tuple(row["person"] for row in rows),
        classes,
    )


def classes_of(root: Path, task: str) -> tuple[str, ...]:
    return tuple(_description(root)["tasks"][task]["classes"])


def table(root: Path) -> list[dict[str, str]]:
    """The rows of labels.csv."""
    path = root / "labels.csv"
    if not path.is_file():
        raise UserError(f"{path}: there is no such set, or it is not complete")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def one_hot(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> NDArray[np.float32]:
    """(N, F): for each value of each column whether it is a row's."""
    features = [
        [row[column] == value for row in rows]
        for column in columns
        for value in sorted({row[column] for row in rows})
    ]
    return np.array(features, dtype=np.float32).T


def _description(root: Path) -> dict[str, dict[str, dict[str, list[str]]]]:
    path = root / "dataset.yaml"
    if not path.is_file():
        raise UserError(f"{path}: there is no such set")
    described: dict[str, dict[str, dict[str, list[str]]]] = yaml.safe_load(path.read_text())
    return described


def _crop(path: Path, row: dict[str, str], frames: int, size: int) -> NDArray[np.uint8]:
    pictures = list(_grey(path))
    left, top, width, height = (
        int(row[f"face_{edge}_px"]) for edge in ("left", "top", "width", "height")
    )
    side = (1 + 2 * _MARGIN) * max(width, height, 8)
    scale = size / side
    x, y = left + width / 2, top + height / 2
    place = np.array([[scale, 0, size / 2 - scale * x], [0, scale, size / 2 - scale * y]])
    chosen = np.linspace(0, len(pictures) - 1, frames).round().astype(int)
    return np.stack(
        [
            cv2.warpAffine(
                pictures[index],
                place,
                (size, size),
                flags=cv2.INTER_AREA,
                borderMode=cv2.BORDER_REPLICATE,
            )
            for index in chosen
        ]
    )


def _grey(path: Path) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="gray")
