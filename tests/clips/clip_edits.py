"""Clips read into memory, edited, and what was made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.alerts.event import Event
from edge_app.camera.file import VideoFileSource
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.monitor import MonitorStep

Image = NDArray[np.uint8]


def read_clip(path: Path) -> list[Frame]:
    source = VideoFileSource(str(path), CameraSettings())
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def read_span(path: Path, from_s: float, until_s: float) -> list[Frame]:
    """The frames from `from_s` until before `until_s`, at their times in the clip."""
    frames: list[Frame] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        # To the key frame before it.
        container.seek(int(from_s / stream.time_base), stream=stream)
        for frame in container.decode(stream):
            assert frame.time is not None
            if frame.time >= until_s:
                break
            if frame.time >= from_s:
                image = frame.to_ndarray(format="bgr24")
                frames.append(Frame(np.asarray(image, dtype=np.uint8), frame.time, len(frames)))
    return frames


def events_of(steps: Iterable[MonitorStep]) -> list[Event]:
    return [event for step in steps for event in step.policy.events]


def hold(
    frames: list[Frame],
    shut: int,
    after: int,
    held_s: float,
    *,
    shake: Callable[[Image, int], Image] | None = None,
) -> tuple[list[Frame], float]:
    """`frames` with number `shut` repeated for `held_s` after number `after`; and when that begins.

    `shake` changes the picture of each repetition by its number.
    """
    interval_s = frames[1].t_s - frames[0].t_s
    picture = frames[shut].image
    held = [
        picture if shake is None else shake(picture, number)
        for number in range(round(held_s / interval_s))
    ]
    before, behind = frames[: after + 1], frames[after + 1 :]
    edited = [*(f.image for f in before), *held, *(f.image for f in behind)]
    retimed = [Frame(image, i * interval_s, i) for i, image in enumerate(edited)]
    begins = after if after == shut else after + 1
    return retimed, retimed[begins].t_s


def shaken(image: Image, number: int) -> Image:
    """A head that is never quite still, before a sensor with noise."""
    height, width = image.shape[:2]
    t_s = number / 30.0
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), 0.4 * math.sin(2 * math.pi * t_s / 2.3), 1.0
    )
    matrix[0, 2] += 2.0 * math.sin(2 * math.pi * t_s / 1.7)
    matrix[1, 2] += 2.0 * math.sin(2 * math.pi * t_s / 1.1)
    swayed = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    noise = np.random.default_rng(number).normal(0.0, 4.0, image.shape)
    return np.clip(swayed + noise, 0, 255).astype(np.uint8)
