"""Long videos in windows of a fixed number of frames, and the one label that a window of labelled frames has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from edge_app.camera.frame import Frame
from model_compression.data.clips.source_video import NO_LABEL, FrameLabels

MIXED, UNLABELLED = "labels are mixed", "labels are missing"


def windows(
    frames: Iterable[Frame], length: int | None, stride: int | None = None
) -> Iterator[list[Frame]]:
    """Whole windows only, each begun `stride` frames after the one before it; length None: all frames as one."""
    if length is None:
        yield list(frames)
        return
    stride = stride or length
    start = 0
    held: list[Frame] = []
    for number, frame in enumerate(frames):
        if number >= start:
            held.append(frame)
        if len(held) == length:
            yield held
            start += stride
            held = held[stride:]


def majority(
    labels: FrameLabels, frames: Sequence[Frame], min_share: float
) -> tuple[int | None, str]:
    """The window's class, or None and why. Frames without a label agree with no class."""
    told = np.frombuffer(labels.classes, dtype=np.uint8)
    own = np.array(
        [told[frame.index] if frame.index < len(told) else NO_LABEL for frame in frames],
        dtype=np.uint8,
    )
    known = own[own != NO_LABEL]
    if len(known) < min_share * len(own) or not len(known):
        return None, UNLABELLED
    counts = np.bincount(known)
    most = int(counts.argmax())
    if counts[most] < min_share * len(own) or 2 * counts[most] <= len(own):
        return None, MIXED
    return most, ""
