"""Data sets in miniature, laid out as the real ones, with the one photographed face that comes with the project."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.portrait_file import astronaut

Picture = NDArray[np.uint8]

SIZE = (180, 240)  # height and width of a frame
RATE_HZ = 10.0
CAPTION_BGR = (255, 0, 255)  # nothing in a face looks like it


@cache
def _portrait() -> Picture:
    photograph = astronaut().texture
    height = SIZE[0]
    width = round(photograph.shape[1] * height / photograph.shape[0])
    return cv2.resize(photograph, (width, height), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def face_frames(count: int, *, step_px: int = 2) -> list[Picture]:
    """(180, 240, 3) BGR: a face of some 95 px that moves to the right."""
    portrait = _portrait()
    frames = []
    for number in range(count):
        frame = np.full((*SIZE, 3), 60, dtype=np.uint8)
        left = 20 + step_px * number
        frame[:, left : left + portrait.shape[1]] = portrait[:, : SIZE[1] - left]
        frames.append(frame)
    return frames


def empty_frames(count: int) -> list[Picture]:
    return [np.full((*SIZE, 3), 60 + number, dtype=np.uint8) for number in range(count)]


def captioned(frames: Iterable[Picture]) -> list[Picture]:
    """Words below the chin and a block beside the cheek of every face."""
    written = []
    for frame in frames:
        frame = frame.copy()
        cv2.rectangle(frame, (0, 134), (SIZE[1], SIZE[0]), CAPTION_BGR, -1)
        cv2.rectangle(frame, (134, 0), (SIZE[1], SIZE[0]), CAPTION_BGR, -1)
        written.append(frame)
    return written


def write_video(path: Path, frames: Sequence[Picture]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    code = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
    writer = cv2.VideoWriter(str(path), code, RATE_HZ, SIZE[::-1])
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def write_pictures(folder: Path, frames: Sequence[Picture], suffix: str = ".jpg") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames, 1):
        cv2.imwrite(str(folder / f"{number}{suffix}"), frame)
    return folder


def write_text(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_rows(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def mix_bac(root: Path, videos: dict[str, tuple[str, float, Sequence[Picture]]]) -> Path:
    """By name: person, concentration and frames."""
    rows: list[Sequence[object]] = [("video", "person", "bac_g_per_100ml")]
    for name, (person, concentration, frames) in videos.items():
        write_video(root / name, frames)
        rows.append((name, person, concentration))
    write_rows(root / "clips.csv", rows)
    return root


def bac(root: Path, *videos: Sequence[Picture]) -> Path:
    """0.avi of p0, 1.avi of p1 and so on; sober, moderate, strong and again from there."""
    levels = (0.0, 0.06, 0.09)
    return mix_bac(root, {f"{n}.avi": (f"p{n}", levels[n % 3], v) for n, v in enumerate(videos)})


def dfew_lists(root: Path, folds: dict[int, dict[int, int]]) -> Path:
    """folds: fold -> clip -> label as DFEW numbers it. A fold's training list is all the others."""
    for fold, tested in folds.items():
        trained = {
            c: n for other, clips in folds.items() if other != fold for c, n in clips.items()
        }
        for part, clips in (("test", tested), ("train", trained)):
            path = root / "EmoLabel_DataSplit" / f"{part}(single-labeled)" / f"set_{fold}.csv"
            write_rows(path, [("video_name", "label"), *clips.items()])
    return root


def dfew(root: Path, frames: Sequence[Picture], suffix: str = ".jpg") -> Path:
    """Five clips, one a fold, labels 1 to 5."""
    dfew_lists(root, {fold: {10 + fold: fold} for fold in range(1, 6)})
    for fold in range(1, 6):
        write_pictures(root / "Clip" / "clip_224x224" / f"{10 + fold:05d}", frames, suffix)
    return root


def is_caption(rgb: Picture) -> NDArray[np.bool_]:
    """(..., 3) -> (...): pixels with a tenth of caption in them; skin and hair have less blue than green."""
    red, green, blue = (rgb[..., channel].astype(int) for channel in range(3))
    return (red - green > 30) & (blue - green > 30)
