"""A set of labelled videos read into a `FeatureSet`, video by video; stopped at any time, the same call goes on."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge_app.camera.source import UnusableSourceError
from edge_app.errors import UserError
from model_compression.data.clips.whole_file import write_whole
from model_compression.data.clips.workplace import workplace
from model_compression.data.features.feature_set import (
    INDEX,
    MAKING,
    FeatureSet,
    FeatureWriter,
    description,
    finished,
)
from model_compression.data.features.frame_features import FeatureRow
from model_compression.data.features.labelled_video import FoundVideos, LabelledVideo
from model_compression.data.features.video_reading import Tally, VideoReading

_NOTES = "notes"  # folder of what was found in each video, until all are read
Progress = Callable[[int, int], None]
"""Called with the videos that are done and all of them."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the user is told at the end."""

    features: FeatureSet
    tally: Tally | None  # None: all was read before; its notes tell
    left_out: Counter[str]  # videos by why
    read_now: int  # videos


@dataclass(frozen=True, slots=True)
class _Note:
    """Of one video: its row, or why it has none."""

    row: FeatureRow | None
    tally: Tally
    why: str = ""


def extract(
    kind: str,
    found: FoundVideos,
    out: Path,
    reading: VideoReading,
    *,
    options: str,
    second_detector: str = "",
    progress: Progress = lambda done, of: None,
) -> Extracted:
    """options: all that changes what is read and no stream tells. Raises `UserError`."""
    begun: dict[str, Any] = {
        "kind": kind,
        "streams": reading.streams,
        "classes": found.classes,
        "notes": (*found.notes, options),
        "sources": found.identity,
    }
    with workplace(out, known=(INDEX, MAKING), command="vigil data features"):
        made = finished(out, description(**begun))
        if made is not None:
            shutil.rmtree(out / _NOTES, ignore_errors=True)  # of a stop between index and end
            return Extracted(made, None, Counter(), 0)
        return _extracted(found, FeatureWriter(out, **begun), reading, second_detector, progress)


def _extracted(
    found: FoundVideos,
    writer: FeatureWriter,
    reading: VideoReading,
    second_detector: str,
    progress: Progress,
) -> Extracted:
    out = writer.folder
    folder = out / _NOTES
    folder.mkdir(exist_ok=True)
    of, read_now = len(found.videos), 0
    progress(0, of)
    for number, video in enumerate(found.videos):
        if not _is_done(writer, folder, number):
            _write(folder, number, _read(video, reading, writer, number))
            read_now += 1
        progress(number + 1, of)
    notes = [_read_note(folder, number) for number in range(of)]
    if not any(note.row for note in notes):
        raise UserError(f"{out}: not one video could be read: {next(note.why for note in notes)}.")
    tally = sum((note.tally for note in notes), Tally())
    sees = any(stream.of == "face" for stream in reading.streams.values())
    features = writer.finish(
        [note.row for note in notes], notes=_told(tally, second_detector, notes, sees=sees)
    )
    shutil.rmtree(folder)
    return Extracted(
        features, tally, Counter(note.why for note in notes if note.row is None), read_now
    )


def _read(video: LabelledVideo, reading: VideoReading, writer: FeatureWriter, number: int) -> _Note:
    """A video that cannot be read is left out, and does not stop the others."""
    try:
        read = reading.read(video)
    except UnusableSourceError as error:
        told = str(error)
        for path in filter(None, (video.file, video.sound, *video.crops)):
            if not path.exists():
                raise UserError(
                    f"{path}: is no longer there; bring it back and give the command again."
                ) from error
            # Without where the set lies: what is made says the same wherever that was.
            told = told.replace(str(path), path.name)
        return _Note(None, Tally(), told)
    except OSError as error:  # of the disk, not of the video: it may be gone with the next try
        raise UserError(
            f"{video.video}: cannot be read ({error}); give the command again."
        ) from error
    writer.add(number, read.features)
    return _Note(read.row, read.tally)


def _is_done(writer: FeatureWriter, folder: Path, number: int) -> bool:
    if not _place(folder, number).is_file():
        return False
    return _read_note(folder, number).row is None or writer.has(number)


def _place(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.json"


def _write(folder: Path, number: int, note: _Note) -> None:
    """Last of all: a video whose note is there is whole."""
    told = {"row": note.row and note.row.as_json(), "tally": asdict(note.tally), "why": note.why}
    try:
        write_whole(_place(folder, number), json.dumps(told).encode())
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error}).") from error


def _read_note(folder: Path, number: int) -> _Note:
    path = _place(folder, number)
    try:
        told: dict[str, Any] = json.loads(path.read_bytes())
        row = None if told["row"] is None else FeatureRow(**told["row"])
        return _Note(row, Tally(**told["tally"]), told["why"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: is damaged; delete it, and its video is read again.") from error


def _told(tally: Tally, second_detector: str, notes: list[_Note], *, sees: bool) -> list[str]:
    """What belongs to a model card, in figures. sees: faces were wanted at all."""
    told = []
    if sees:
        told.append(
            f"faces in {tally.with_face} of {tally.frames} frames, {tally.faces} faces in all"
        )
    if second_detector:
        told.append(
            f"{second_detector} found faces in {tally.rescued} frames in which Vigil's detector found none"
        )
    if tally.damaged:
        told.append(f"{tally.damaged} pictures of faces cannot be read")
    return told + [f"left out: {note.why}" for note in notes if note.row is None]
