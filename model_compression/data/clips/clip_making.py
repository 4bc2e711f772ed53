"""One source video made into clips: decoded, cut into windows, faces followed, squares cut.

Out: each clip's pixels with its row as soon as it is made, or which clip is left out and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.camera.source import UnusableSourceError
from edge_app.errors import UserError
from model_compression.data.clips.clip_row import ClipRow
from model_compression.data.clips.decoding import VideoReader
from model_compression.data.clips.face_square import cut_square, grey_outside, smooth_squares
from model_compression.data.clips.face_track import FaceFinder
from model_compression.data.clips.settings import ClipSettings
from model_compression.data.clips.source_video import SourceVideo
from model_compression.data.clips.windows import majority, windows

UNREADABLE = "cannot be read"
TOO_FEW_FACES = "too few frames with a face"
TOO_SHORT = "shorter than a window"
WRONG_LENGTH = "labels are of another length than the video"
_MOST_LENGTH_DIFFERENCE = 0.05


@dataclass(frozen=True, slots=True)
class MadeClip:
    row: ClipRow
    pixels: NDArray[np.uint8]  # (T, S, S, C)


@dataclass(frozen=True, slots=True)
class LeftOut:
    clip: str
    why: str
    detail: str = ""  # of the one clip
    frame_count: int = 0  # in which faces were searched
    face_count: int = 0


def make_clips(
    video: SourceVideo, settings: ClipSettings, finder: FaceFinder
) -> Iterator[MadeClip | LeftOut]:
    """A video that cannot be read is left out, and does not stop the others."""
    try:
        with VideoReader(video, settings.frame_rate_hz) as reader:
            yield from _clips(video, reader, settings, finder)
    except OSError as error:  # of the disk, not of the video: it may be gone with the next try
        raise UserError(
            f"{video.path}: cannot be read ({error}); give the command again."
        ) from error
    except UnusableSourceError as error:
        if not video.path.exists():
            raise UserError(
                f"{video.path}: is no longer there; bring it back and give the command again."
            ) from error
        # Without where the set lies: what is prepared says the same wherever that was.
        told = str(error).replace(str(video.path), video.path.name)
        yield LeftOut(video.video, UNREADABLE, told)


def _clips(
    video: SourceVideo, reader: VideoReader, settings: ClipSettings, finder: FaceFinder
) -> Iterator[MadeClip | LeftOut]:
    if not _lengths_agree(video, reader.frame_count):
        yield LeftOut(video.video, WRONG_LENGTH, f"the video has {reader.frame_count} frames")
        return
    rate_hz = reader.frame_rate_hz
    length, stride = (_frames_of(span, rate_hz) for span in (settings.window_s, settings.stride_s))
    count = 0
    for frames in windows(reader.frames(), length, stride):
        count += 1
        yield _clip(video, frames, rate_hz, settings, finder)
    if not count:
        yield LeftOut(video.video, TOO_SHORT)


def _frames_of(span_s: float | None, rate_hz: float) -> int | None:
    return None if span_s is None else max(1, round(span_s * rate_hz))


def _lengths_agree(video: SourceVideo, frame_count: int | None) -> bool:
    if video.frame_labels is None or frame_count is None:
        return True
    labelled = len(video.frame_labels.classes)
    return abs(labelled - frame_count) <= _MOST_LENGTH_DIFFERENCE * max(labelled, frame_count)


def _clip(
    video: SourceVideo,
    frames: Sequence[Frame],
    rate_hz: float,
    settings: ClipSettings,
    finder: FaceFinder,
) -> MadeClip | LeftOut:
    whole = settings.window_s is None
    start_s = round(frames[0].t_s, 3)
    name = video.video if whole else f"{video.video}@{start_s:.3f}"
    labels = dict(video.labels)
    if video.frame_labels is not None:
        label, why = majority(video.frame_labels, frames, settings.min_label_share)
        if label is None:
            return LeftOut(name, why)
        labels[video.frame_labels.task] = label
    seen = finder.follow(frames)
    found = sum(face is not None for face in seen)
    share = found / len(seen)
    if not found or share < settings.min_face_share:
        told = f"{found} of {len(seen)}"
        return LeftOut(name, TOO_FEW_FACES, told, len(seen), found)
    squares, outlines = smooth_squares(seen, settings.size_px, rate_hz)
    pixels = np.stack(
        [
            cut_square(frame.image, square, settings.size_px, settings.channels)
            for frame, square in zip(frames, squares, strict=True)
        ]
    )
    if settings.outside == "grey":
        for picture, outline in zip(pixels, outlines, strict=True):
            grey_outside(picture, outline)
    row = ClipRow(
        clip=name,
        video=video.video,
        person=video.person,
        split=video.split,
        fold=video.fold,
        labels=labels,
        frame_count=len(frames),
        frame_rate_hz=round(rate_hz, 6),
        start_s=start_s,
        face_share=round(share, 4),
    )
    return MadeClip(row, pixels)
