"""Clips as the benchmarks need them: blocks of decoded frames, and a clip in which eyes stay closed again and again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.camera.sources import open_source
from edge_app.driver_state.signals import Signals
from edge_app.errors import UserError
from edge_app.face.observation import Perception
from edge_app.monitor import DriverMonitor
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState

_FRAME_RATE_HZ = 30
_SHUT_MOUTH = 0.15


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive frames (N, H, W, 3) BGR of one clip."""

    clip: str
    frames: NDArray[np.uint8]
    t_s: tuple[float, ...]  # never turns back, from clip to clip either


def read_blocks(clips: Sequence[Path], *, length: int, per_clip: int) -> Iterator[Block]:
    """The first `per_clip` full blocks of each clip."""
    shift_s = 0.0
    for clip in clips:
        last_s = 0.0
        source = open_source(str(clip), CameraSettings())
        try:
            for _ in range(per_clip):
                frames: list[Frame] = []
                while len(frames) < length and (frame := source.read()) is not None:
                    frames.append(frame)
                if len(frames) < length:
                    break
                last_s = frames[-1].t_s
                yield Block(
                    clip.name,
                    np.stack([frame.image for frame in frames]),
                    tuple(frame.t_s + shift_s for frame in frames),
                )
        finally:
            source.close()
        shift_s += last_s + 1 / _FRAME_RATE_HZ


def write_closed_eyes(
    clip: Path, to: Path, perception: Perception, *, holds_s: Sequence[float], open_s: float
) -> None:
    """`clip`'s most closed blink, held for each of `holds_s` in turn, with open eyes in between.

    Raises `UserError` where `perception` never tells both eyes in it.
    """
    frames, openness = _read_openness(clip, perception)
    if np.isnan(openness).all():
        raise UserError(f"{clip}: no frame in which both eyes can be told and the mouth is shut.")
    shut = int(np.nanargmin(openness))
    # Open frames nearest to the blink, forth and back, so that the picture never jumps far. How much open eyes are
    # told to be open differs from driver to driver and from model to model.
    wide = np.flatnonzero(openness >= np.nanmedian(openness))
    near = sorted(wide[np.argsort(np.abs(wide - shut))][: 2 * _FRAME_RATE_HZ])
    there_and_back = [*near, *reversed(near)]
    order: list[int] = []
    for hold_s in holds_s:
        opened = [
            there_and_back[i % len(there_and_back)] for i in range(int(open_s * _FRAME_RATE_HZ))
        ]
        order += [*opened, *([shut] * round(hold_s * _FRAME_RATE_HZ))]
    order += near
    _write_video([frames[i] for i in order], to)


def _read_openness(
    clip: Path, perception: Perception
) -> tuple[list[NDArray[np.uint8]], NDArray[np.float64]]:
    """Frames, and how far both eyes are open in each; NaN where that cannot be told or the mouth is open."""
    monitor = DriverMonitor(perception, VigilSettings())
    source = open_source(str(clip), CameraSettings())
    frames: list[NDArray[np.uint8]] = []
    openness: list[float] = []
    while (frame := source.read()) is not None:
        step = monitor.step(frame, VehicleState())
        frames.append(frame.image)
        openness.append(_openness(step.signals) if step else math.nan)
    source.close()
    return frames, np.array(openness, dtype=float)


def _openness(signals: Signals) -> float:
    left, right = signals.eye_openness_left.value, signals.eye_openness_right.value
    mouth = signals.mouth_openness.value
    if left is None or right is None or mouth is None or mouth > _SHUT_MOUTH:
        return math.nan
    return max(left, right)


def _write_video(frames: Sequence[NDArray[np.uint8]], to: Path) -> None:
    with av.open(str(to), "w") as container:
        stream = container.add_stream("mjpeg", rate=Fraction(_FRAME_RATE_HZ))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuvj420p"
        stream.codec_context.qmin = stream.codec_context.qmax = 2
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
