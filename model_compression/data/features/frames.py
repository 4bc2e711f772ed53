"""A labelled video frame by frame with its faces: cut out by the set, or searched in the video.

A video whose faces are cut out is not decoded: its frames are as many as are labelled or shown, evenly spaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av

from edge_app.camera.source import UnusableSourceError
from model_compression.data.clips.decoding import VideoReader
from model_compression.data.clips.source_video import SourceVideo
from model_compression.data.features.all_faces import AllFaces
from model_compression.data.features.face_crops import crops_by_frame, faces_of
from model_compression.data.features.labelled_video import LabelledVideo
from model_compression.data.features.seen_frame import Face, SeenFrame
from model_compression.data.features.thinning import Thinning

_USUAL_RATE_HZ = 25.0  # where nothing tells
_MOST_LENGTH_DIFFERENCE = 0.05


@dataclass(frozen=True, slots=True)
class SeenVideo:
    """frames: those that are kept, each of them once and in order, also without a face."""

    frame_rate_hz: float  # of the frames that are kept
    frames: Iterator[SeenFrame]


def seen_video(
    video: LabelledVideo, faces: AllFaces | None, thinning: Thinning, *, shown: bool = True
) -> SeenVideo:
    """shown: whether faces are wanted at all; then those of a video without crops are searched by `faces`.

    Raises `UnusableSourceError` for what cannot be read.
    """
    if video.crops:
        return _of_crops(video, thinning, shown=shown)
    own_hz, told = _told(video)
    assert own_hz is not None
    if told and not _belong_together(video, told):
        raise UnusableSourceError(
            f"{video.file}: has {told} frames but {video.labelled_frames} labels; check that they belong together"
        )
    return SeenVideo(
        thinning.rate_hz(own_hz), _searched(video, own_hz, faces if shown else None, thinning)
    )


def _searched(
    video: LabelledVideo, own_hz: float, faces: AllFaces | None, thinning: Thinning
) -> Iterator[SeenFrame]:
    next_index = 0
    with VideoReader(_source(video), None) as reader:
        for frame in reader.frames():
            # Damaged pictures are not delivered; the frames after them keep their numbers.
            for lost in range(next_index, frame.index):
                if thinning.keeps(lost, own_hz):
                    yield SeenFrame(lost, frame.t_s - (frame.index - lost) / own_hz)
            next_index = frame.index + 1
            if not thinning.keeps(frame.index, own_hz):
                continue
            if faces is None:
                yield SeenFrame(frame.index, frame.t_s)
                continue
            found = faces.find(frame.image, video.side)
            shown = tuple(Face(frame.image, square) for square in found.squares)
            yield SeenFrame(frame.index, frame.t_s, shown, found.rescued)


def _of_crops(video: LabelledVideo, thinning: Thinning, *, shown: bool) -> SeenVideo:
    crops = crops_by_frame(video.crops)
    last = max(crops, default=-1)
    told_hz, told = _told(video)
    count = max(last + 1, video.labelled_frames or told or 0)
    if not count:
        raise UnusableSourceError(f"{video.crops[0]}: holds no numbered pictures; check the folder")
    own_hz = told_hz or _rate_from_sound(video, count) or _USUAL_RATE_HZ

    def frames() -> Iterator[SeenFrame]:
        for index in range(count):
            if thinning.keeps(index, own_hz):
                faces, damaged = faces_of(crops.get(index, ()) if shown else ())
                yield SeenFrame(index, index / own_hz, faces, damaged=damaged)

    return SeenVideo(thinning.rate_hz(own_hz), frames())


def _belong_together(video: LabelledVideo, told: int) -> bool:
    """Labels of another video betray themselves by their number."""
    labelled = video.labelled_frames
    if not labelled or (video.ends_early and labelled <= told):
        return True
    return abs(labelled - told) <= _MOST_LENGTH_DIFFERENCE * max(labelled, told)


def _told(video: LabelledVideo) -> tuple[float | None, int | None]:
    """Frame rate and frames as the video's file tells them, without reading a picture; nothing without a file."""
    if video.file is None:
        return None, None
    with VideoReader(_source(video), None) as reader:
        return reader.frame_rate_hz, reader.frame_count


def _source(video: LabelledVideo) -> SourceVideo:
    assert video.file is not None, "without crops, a set's reader tells where the video is"
    return SourceVideo(video.video, video.file)


def _rate_from_sound(video: LabelledVideo, count: int) -> float | None:
    """Where only a recording is beside the crops, they are spread evenly over it."""
    if video.sound is None:
        return None
    try:
        with av.open(str(video.sound)) as container:
            duration = container.duration
    except (av.error.FFmpegError, OSError):
        return None
    return count / (duration / av.time_base) if duration else None
