"""Draws the clips of one drive and writes them, each complete or not at all.

In: a planned drive, where it goes. Out: a record of each clip with where its face is; on disk the clip, and its truth
where that is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from driver_simulator.dataset.layout import ClipRecord, clip_path, truth_path
from driver_simulator.dataset.photographs import portrait_path, read_portrait
from driver_simulator.dataset.plan import PlannedClip, PlannedDrive
from driver_simulator.dataset.settings import DatasetSettings
from driver_simulator.driver.performance import Performance
from driver_simulator.picture.renderer import DrawnFrame, PictureRenderer
from driver_simulator.scenario.frame_times import FrameTime
from driver_simulator.scenario.truth import Truth
from driver_simulator.scenario.truth_file import TruthFile, events_path, write_events
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.views.overlay_video import OverlayVideo


@dataclass(frozen=True, slots=True)
class DriveOrder:
    """What a process needs to draw one drive."""

    root: Path
    drive: PlannedDrive  # with the clips that are still missing
    settings: DatasetSettings
    photographs: Path | None
    perception: PerceptionSettings
    with_truth: bool


def write_drive(order: DriveOrder) -> list[ClipRecord]:
    """Raises `UserError` where the portrait cannot be read any more, or the disk refuses."""
    person = order.drive.drive.person
    path = portrait_path(order.photographs, person.portrait)
    renderer = PictureRenderer(order.drive.drive.scenario, read_portrait(path, order.perception))
    try:
        return [_write_clip(order, clip, renderer) for clip in order.drive.clips]
    except OSError as error:
        raise UserError(f"{order.root}: a clip cannot be written ({error.strerror})") from error


def _write_clip(order: DriveOrder, clip: PlannedClip, renderer: PictureRenderer) -> ClipRecord:
    settings = order.settings
    # The person's traits and blinks, whatever the drive: the stretch of time is the clip's own.
    performance = Performance(clip.scenario, seed=order.drive.drive.person.seed)
    times_s = clip.from_s + np.arange(settings.frames) / settings.frame_rate_hz
    boxes: list[NDArray[np.float32]] = []
    moments = list(performance.courses(times_s).moments())
    if order.with_truth:
        _write_truth(order.root, clip, performance, times_s)
    with (
        _whole(clip_path(order.root, clip)) as part,
        OverlayVideo(part, quality_crf=settings.quality_crf) as video,
    ):
        for moment in moments:
            drawn = renderer.draw(moment)
            video.write(drawn.image, moment.t_s - clip.from_s)
            boxes += _box(drawn, settings)
    return ClipRecord(clip.name, settings.frames, *_median_box(boxes))


def _write_truth(
    root: Path, clip: PlannedClip, performance: Performance, times_s: NDArray[np.float64]
) -> None:
    """Times count from the clip's first frame."""
    file = truth_path(root, clip)
    truth = Truth(performance)
    moments = performance.courses(times_s).moments()
    with _whole(file) as part, TruthFile(part) as rows:
        for index, moment in enumerate(moments):
            row = truth.row(FrameTime(index, moment.t_s), moment)
            rows.write(replace(row, t_s=row.t_s - clip.from_s))
    until_s = float(times_s[-1])
    with _whole(events_path(file)) as part:
        write_events(
            part,
            [
                replace(
                    event,
                    onset_s=event.onset_s - clip.from_s,
                    full_from_s=event.full_from_s - clip.from_s,
                    full_until_s=event.full_until_s - clip.from_s,
                    end_s=event.end_s - clip.from_s,
                )
                for event in performance.events
                if event.onset_s <= until_s and event.end_s >= clip.from_s
            ],
        )


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place once it is complete and on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)


def _box(drawn: DrawnFrame, settings: DatasetSettings) -> list[NDArray[np.float32]]:
    """Left, top, right, bottom of the face's points, within the picture."""
    if drawn.points is None:
        return []
    size = np.array([settings.width_px, settings.height_px], dtype=np.float32)
    low = np.clip(drawn.points.min(axis=0), 0, size)
    high = np.clip(drawn.points.max(axis=0), 0, size)
    return [np.concatenate([low, high])]


def _median_box(boxes: list[NDArray[np.float32]]) -> tuple[int, int, int, int]:
    """Left, top, width and height."""
    if not boxes:
        return 0, 0, 0, 0
    left, top, right, bottom = (round(float(edge)) for edge in np.median(boxes, axis=0))
    return left, top, right - left, bottom - top
