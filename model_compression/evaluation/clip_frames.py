"""The frames of one video, in order, as the vehicle's own file source gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_app.camera.file import VideoFileSource
from edge_app.camera.frame import Frame
from edge_app.camera.settings import CameraSettings
from edge_app.errors import UserError

VIDEO_SUFFIXES = (".avi", ".mp4", ".mkv", ".mov", ".m4v", ".webm", ".gif", ".mjpeg", ".ts")
_COMPLETE_SHARE = 0.95  # some containers count frames that hold no picture


def clip_paths(path: Path, suffixes: tuple[str, ...] = VIDEO_SUFFIXES) -> list[Path]:
    """The video itself, or those of a folder by name. Raises `UserError`."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UserError(f"{path}: there is no such video or folder; check the path")
    clips = sorted(file for file in path.iterdir() if file.suffix.lower() in suffixes)
    if not clips:
        raise UserError(f"{path}: holds no video ({', '.join(suffixes)}); name another folder")
    return clips


def frames_of(path: Path) -> Iterator[Frame]:
    """Every frame. Raises `UserError` where the file is damaged or ends too soon."""
    source = VideoFileSource(str(path), CameraSettings())
    count = 0
    try:
        while (frame := source.read()) is not None:
            count += 1
            yield frame
        announced = source.frame_count
    finally:
        source.close()
    if announced is not None and count < _COMPLETE_SHARE * announced:
        raise UserError(
            f"{path}: only {count} of {announced} frames can be read; the file is cut off, copy it again"
        )


def frame_count(path: Path) -> int | None:
    source = VideoFileSource(str(path), CameraSettings())
    count = source.frame_count
    source.close()
    return count
