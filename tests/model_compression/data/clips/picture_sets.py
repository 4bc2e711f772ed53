"""Sets of pictures in miniature, laid out as the real ones, with the one face that comes with the project."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from tests.model_compression.data.clips.miniature_sets import (
    Picture,
    empty_frames,
    face_frames,
    write_rows,
)

FER2013_WORDS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
VOTED_FOR = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
    *("unknown", "NF"),
)
FACE_AT = (89, 91)  # of `face_frames`
FACE_BOX = (50, 52, 78, 78)  # left, top, width, height


def face() -> Picture:
    """(180, 240, 3) BGR."""
    return face_frames(1)[0]


def no_face() -> Picture:
    return empty_frames(1)[0]


def tight_face(side_px: int = 48, reach_px: int = 40) -> Picture:
    """(side_px, side_px) grey, cut `reach_px` of `face` around its middle: 40 is all of it, 20 from brows to lips."""
    x, y = FACE_AT
    cut = face()[y - reach_px : y + reach_px, x - reach_px : x + reach_px]
    grey = cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, (side_px, side_px), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def write_picture(path: Path, picture: Picture | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), no_face() if picture is None else picture)
    return path


def affectnet_arrays(
    root: Path, split: str, told: Mapping[str, tuple[int, float, float]], picture: Picture
) -> Path:
    """told: name -> expression, valence and arousal, which the set writes as text."""
    folder = root / f"{split}_set"
    (folder / "annotations").mkdir(parents=True, exist_ok=True)
    for name, numbers in told.items():
        write_picture(folder / "images" / f"{name}.jpg", picture)
        for what, number in zip(("exp", "val", "aro"), numbers, strict=True):
            np.save(folder / "annotations" / f"{name}_{what}.npy", np.array(str(number)))
    return root


def affectnet_list(path: Path, rows: Sequence[tuple[object, ...]], *, head: bool = True) -> Path:
    """rows: path, box, expression, valence, arousal."""
    columns = (
        *("subDirectory_filePath", "face_x", "face_y", "face_width", "face_height"),
        *("facial_landmarks", "expression", "valence", "arousal"),
    )
    written = [(name, *box, "1;2;3", *told) for name, box, *told in rows]  # type: ignore[misc]
    return write_rows(path, [columns, *written] if head else written)


def fer2013_arrays(
    root: Path,
    split: str,
    pictures: Sequence[Picture],
    labels: Sequence[int],
    classes: Sequence[str] = FER2013_WORDS,
) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        root / f"{split}.npz",
        images=np.stack(pictures),
        labels=np.array(labels, dtype=np.uint8),
        classes=np.array(classes),
    )
    return root


def fer2013_csv(root: Path, rows: Sequence[tuple[int, Picture, str]]) -> Path:
    """rows: emotion, picture, Usage."""
    written = [(emotion, " ".join(map(str, p.ravel())), usage) for emotion, p, usage in rows]
    return write_rows(root / "fer2013.csv", [("emotion", "pixels", "Usage"), *written])


def ferplus_votes(root: Path, rows: Sequence[tuple[str, str, Mapping[str, int]]]) -> Path:
    """rows: Usage, name of the picture, votes."""
    written = [(usage, name, *(votes.get(c, 0) for c in VOTED_FOR)) for usage, name, votes in rows]
    return write_rows(root / "fer2013new.csv", [("Usage", "Image name", *VOTED_FOR), *written])


def people(root: Path, counts: Mapping[str, int], picture: Picture | None = None) -> Path:
    """A folder for each person with so many pictures."""
    for person, count in counts.items():
        for number in range(count):
            write_picture(root / person / f"{number:04d}.jpg", picture)
    return root


def people_tar(path: Path, counts: Mapping[str, int], picture: Picture, top: str = "set") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = cv2.imencode(".png", picture)[1].tobytes()
    with tarfile.open(path, "w") as archive:
        for person, count in counts.items():
            for number in range(count):
                member = tarfile.TarInfo(f"{top}/{person}/{number:04d}.png")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return path
