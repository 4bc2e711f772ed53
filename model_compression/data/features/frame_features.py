"""`FrameFeatures`: one video as heads on frozen networks see it. Faces by row, sound and labels by frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_CLASS = -1  # of a frame that has no valid label


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """Whose video it is, where it belongs, and what is true of the whole of it."""

    video: str  # unique in its set
    person: str  # "" where nobody says who it is
    split: str  # train, val, test, or "" where folds take the place of splits
    fold: int  # 1.. the fold in which it is tested; 0: none
    frame_count: int
    frame_rate_hz: float
    labels: Mapping[str, int] = field(default_factory=dict)  # task -> class of the whole video
    values: Mapping[str, float] = field(default_factory=dict)  # name -> number of the whole video

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class FrameFeatures:
    """Of a video of T frames, in which N faces were read.

    face_frames: (N,) int64, the frame of each face, never falling; of several faces in a frame the largest is first.
    faces: stream -> (N, d) float32.
    sound: stream -> (T, d) float32, zeros where `sound_present`, (T,) bool, is False.
    frame_labels: task -> (T,) int64, `NO_CLASS` where there is none.
    frame_values: name (`valence`, `arousal`) -> (T,) float32, NaN where there is none.
    """

    frame_count: int
    face_frames: NDArray[np.int64]
    faces: Mapping[str, NDArray[np.float32]]
    sound: Mapping[str, NDArray[np.float32]]
    sound_present: NDArray[np.bool_]
    frame_labels: Mapping[str, NDArray[np.int64]]
    frame_values: Mapping[str, NDArray[np.float32]]

    def __post_init__(self) -> None:
        """Raises `ValueError` where lengths do not belong together."""
        count = self.frame_count
        by_frame: dict[str, NDArray[Any]] = {"sound_present": self.sound_present}
        for group in (self.sound, self.frame_labels, self.frame_values):
            by_frame.update(group)
        wrong = [name for name, array in by_frame.items() if len(array) != count]
        wrong += [name for name, rows in self.faces.items() if len(rows) != len(self.face_frames)]
        if wrong:
            raise ValueError(f"{', '.join(wrong)}: not as many rows as there are frames or faces")
        frames = self.face_frames
        if len(frames) and (frames[0] < 0 or frames[-1] >= count or (np.diff(frames) < 0).any()):
            raise ValueError("the frames of faces do not rise, or lie outside the video")

    def of_main_face(self, stream: str) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """(T, d) with zeros, and (T,) whether a face was read there: the first face of each frame."""
        rows = self.faces[stream]
        dense = np.zeros((self.frame_count, rows.shape[1]), np.float32)
        present = np.zeros(self.frame_count, np.bool_)
        frames, first = np.unique(self.face_frames, return_index=True)
        dense[frames] = rows[first]
        present[frames] = True
        return dense, present
