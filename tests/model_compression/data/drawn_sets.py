"""Data folders in miniature, laid out as the real ones, of pictures drawn here."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.portrait_file import astronaut
from model_compression.data.fer2013 import EMOTIONS

GIFS = (
    "head-pose-face-detection-female.gif",
    "head-pose-face-detection-male.gif",
    "head-pose-face-detection-female-and-male.gif",
)


def blobs(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """(H, W) soft shapes; no face."""
    noise = np.random.default_rng(seed).uniform(0, 255, (height // 8, width // 8))
    return (
        cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 255).astype("u1")
    )


def write_tar(path: Path, pictures: Mapping[str, NDArray[np.uint8]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as archive:
        for name, picture in pictures.items():
            content = cv2.imencode(".jpg", picture)[1].tobytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def write_gifs(data_root: Path, frames: int = 5) -> None:
    folder = data_root / "headpose"
    folder.mkdir(parents=True, exist_ok=True)
    for name in GIFS:
        with av.open(str(folder / name), "w", format="gif") as clip:
            stream = clip.add_stream("gif", rate=10)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb8"
            for number in range(frames):
                grey = blobs(48, 64, number)
                frame = av.VideoFrame.from_ndarray(np.dstack([grey] * 3), format="rgb24")
                clip.mux(stream.encode(frame))
            clip.mux(stream.encode())


def write_fer2013(data_root: Path, split: str, count: int = 3, classes=EMOTIONS) -> Path:
    path = data_root / "fer2013" / f"{split}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    images = np.stack([blobs(48, 48, seed) for seed in range(count)])
    labels = np.arange(count, dtype=np.uint8) % 7
    np.savez_compressed(path, images=images, labels=labels, classes=np.array(classes))
    return path


def face_photograph() -> NDArray[np.uint8]:
    """(H, W, 3) BGR: the one photograph of a face that comes with the project."""
    return astronaut().texture
