"""Small real videos with and without sound, and sets of long videos in miniature, laid out as the real ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.portrait_file import astronaut

RATE_HZ = 10
Picture = NDArray[np.uint8]


def plain(level: int = 90, side_px: int = 96) -> Picture:
    """(side, side, 3) without a face."""
    return np.full((side_px, side_px, 3), level, np.uint8)


def face(width_px: int = 240) -> Picture:
    """The one portrait that ships: (H, W, 3) BGR."""
    texture = astronaut().texture
    scale = width_px / texture.shape[1]
    return np.asarray(
        cv2.resize(texture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
    )


def framed(*pictures: Picture, width_px: int = 640, height_px: int = 320) -> Picture:
    """Side by side on grey."""
    frame = np.full((height_px, width_px, 3), 110, np.uint8)
    step = width_px // len(pictures)
    for place, picture in enumerate(pictures):
        height, width = (
            min(a, b) for a, b in zip(picture.shape[:2], (height_px, step), strict=True)
        )
        left = place * step + (step - width) // 2
        frame[:height, left : left + width] = picture[:height, :width]
    return frame


def sweep(seconds: float, rate_hz: int = 16_000) -> NDArray[np.float32]:
    """(n,) from 200 to 2 000 Hz."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.4 * np.sin(2 * np.pi * (200 * t + 900 * t**2 / max(seconds, 0.1)))).astype(np.float32)


def write_video(
    path: Path,
    pictures: Sequence[Picture],
    sound: NDArray[np.float32] | None = None,
    rate_hz: int = RATE_HZ,
) -> Path:
    """sound: (n,) at 16 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=rate_hz)
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt, video.bit_rate = "yuv420p", 4_000_000
        heard = None if sound is None else container.add_stream("aac", rate=16_000, layout="mono")
        for picture in pictures:
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(video.encode())
        if sound is not None and heard is not None:
            frame = av.AudioFrame.from_ndarray(sound[None], format="flt", layout="mono")
            frame.sample_rate, frame.pts = 16_000, 0
            to_coder = av.AudioResampler(format="fltp", layout="mono", rate=16_000)
            for part in (*to_coder.resample(frame), *to_coder.resample(None)):
                container.mux(heard.encode(part))
            container.mux(heard.encode())
    return path


def write_wav(path: Path, sound: NDArray[np.float32], rate_hz: int = 16_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=rate_hz, layout="mono")
        numbers = (np.clip(sound, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(numbers[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate_hz, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_crops(folder: Path, numbers: Iterable[int], side_px: int = 32) -> None:
    """`00001.jpg` and so on, each as bright as its number says."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        cv2.imwrite(str(folder / f"{number:05d}.jpg"), plain(10 * number, side_px))


def write_lines(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path
