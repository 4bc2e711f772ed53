"""One labelled video read: its frames' faces by every network, its sound, its labels at the frames that are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge_app.sound.sound_track import read_sound
from model_compression.data.features.all_faces import AllFaces
from model_compression.data.features.face_reader import FaceReader
from model_compression.data.features.feature_set import Stream
from model_compression.data.features.frame_features import NO_CLASS, FeatureRow, FrameFeatures
from model_compression.data.features.frames import SeenVideo, seen_video
from model_compression.data.features.labelled_video import LabelledVideo
from model_compression.data.features.seen_frame import Face, SeenFrame
from model_compression.data.features.thinning import Thinning

if TYPE_CHECKING:
    from model_compression.data.features.sound_reader import SoundReader

_BATCH = 32  # faces that a network sees at once


@dataclass(frozen=True, slots=True)
class Tally:
    """What was found in a video, or in many."""

    frames: int = 0
    with_face: int = 0
    faces: int = 0
    rescued: int = 0  # frames in which only the second detector found a face
    damaged: int = 0  # pictures of faces
    heard: int = 0  # frames with sound

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class ReadVideo:
    row: FeatureRow
    features: FrameFeatures
    tally: Tally


class VideoReading:
    """Everything that reads: opened once, asked for one video after the other."""

    def __init__(
        self,
        *,
        visual: Mapping[str, FaceReader],
        sound: SoundReader | None,
        faces: AllFaces | None,
        thinning: Thinning,
    ) -> None:
        """visual: name -> network; faces: where a set brings none cut out, None: no network reads faces."""
        self._visual = visual
        self._sound = sound
        self._faces = faces
        self._thinning = thinning
        self.streams: dict[str, Stream] = {
            f"{name}.{stream}": told
            for name, reader in visual.items()
            for stream, told in reader.streams.items()
        }
        if sound is not None:
            self.streams |= sound.streams

    def read(self, video: LabelledVideo) -> ReadVideo:
        """Raises `UnusableSourceError` for a video that cannot be read."""
        seen = seen_video(video, self._faces, self._thinning, shown=bool(self._visual))
        frames: list[SeenFrame] = []  # without their pictures, which would not fit into memory
        face_frames: list[int] = []
        said: dict[str, list[NDArray[np.float32]]] = {name: [] for name in self._face_streams()}
        for batch in _batches(_noted(seen, frames, face_frames)):
            for name, reader in self._visual.items():
                for stream, rows in reader.read(batch).items():
                    said[f"{name}.{stream}"].append(rows)
        heard, present = self._heard(video, np.array([frame.t_s for frame in frames]))
        kept = np.array([frame.index for frame in frames], np.int64)
        features = FrameFeatures(
            frame_count=len(frames),
            face_frames=np.array(face_frames, np.int64),
            faces={name: self._joined(name, parts) for name, parts in said.items()},
            sound=heard,
            sound_present=present,
            frame_labels={
                task: _at(told, kept, NO_CLASS) for task, told in video.frame_labels.items()
            },
            frame_values={
                name: _at(told, kept, np.nan) for name, told in video.frame_values.items()
            },
        )
        row = FeatureRow(
            video.video,
            video.person,
            video.split,
            video.fold,
            len(frames),
            round(seen.frame_rate_hz, 6),
            dict(video.labels),
            dict(video.values),
        )
        tally = Tally(
            len(frames),
            len(set(face_frames)),
            len(face_frames),
            sum(frame.rescued for frame in frames),
            sum(frame.damaged for frame in frames),
            int(present.sum()),
        )
        return ReadVideo(row, features, tally)

    def _face_streams(self) -> list[str]:
        return [name for name, stream in self.streams.items() if stream.of == "face"]

    def _joined(self, name: str, parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.concatenate([np.zeros((0, self.streams[name].size), np.float32), *parts])

    def _heard(
        self, video: LabelledVideo, times_s: NDArray[np.float64]
    ) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
        if self._sound is None:
            return {}, np.zeros(len(times_s), np.bool_)
        track = None if video.sound is None else read_sound(video.sound)
        heard, present = self._sound.read(track, times_s)
        return {self._sound.name: heard}, present


def _noted(seen: SeenVideo, frames: list[SeenFrame], face_frames: list[int]) -> Iterator[Face]:
    """Every face. Fills `frames` and, by the place of its frame among those, `face_frames`."""
    for frame in seen.frames:
        for face in frame.faces:
            face_frames.append(len(frames))
            yield face
        frames.append(SeenFrame(frame.index, frame.t_s, (), frame.rescued, frame.damaged))


def _batches(faces: Iterator[Face]) -> Iterator[list[Face]]:
    batch: list[Face] = []
    for face in faces:
        batch.append(face)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _at(told: NDArray[Any], kept: NDArray[np.int64], nothing: float) -> NDArray[Any]:
    """What is told of the frames that are kept; `nothing` behind its end."""
    at = np.full(len(kept), nothing, told.dtype)
    known = kept < len(told)
    at[known] = told[kept[known]]
    return at
