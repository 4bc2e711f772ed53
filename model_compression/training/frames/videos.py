"""One video as networks of faces and sound see it: features, what is present, and the class of each frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.downstream.labelled import no_frame_label
from model_compression.downstream.streams import stream_named

# A network has an input for both modalities; of one that is not asked for, a single zero is never present.
_UNUSED_SIZE = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which streams of a feature set are looked at, and what is told."""

    visual: str | None  # stream of faces; None: sound alone
    sound: str | None  # stream of sound; None: faces alone
    label: str

    def of_set(self, features: FeatureSet) -> Wanted:
        """With the streams as the set calls them. Raises `UserError` where it has none such, or no such label."""
        if self.label not in features.classes:
            raise no_frame_label(features, self.label)
        return Wanted(
            None if self.visual is None else stream_named(features, self.visual, "face"),
            None if self.sound is None else stream_named(features, self.sound, "sound"),
            self.label,
        )

    def sizes(self, features: FeatureSet) -> tuple[int, int]:
        """Numbers of a face and of a frame's sound. Of streams as the set calls them."""
        visual, sound = (
            _UNUSED_SIZE if name is None else features.streams[name].size
            for name in (self.visual, self.sound)
        )
        return visual, sound

    def made_by(self, features: FeatureSet) -> tuple[str, ...]:
        """Of streams as the set calls them, the networks that read them."""
        names = (name for name in (self.visual, self.sound) if name is not None)
        return tuple(features.streams[name].made_by for name in names)


@dataclass(frozen=True, slots=True, eq=False)
class WatchedVideo:
    """Of T frames."""

    video: str
    person: str  # "" where unknown
    visual: NDArray[np.float32]  # (T, visual size), of the main face; zeros where it is not present
    visual_present: NDArray[np.bool_]  # (T,)
    sound: NDArray[np.float32]  # (T, sound size)
    sound_present: NDArray[np.bool_]  # (T,)
    truth: NDArray[np.int64]  # (T,), `NO_CLASS` where there is none

    def __len__(self) -> int:
        return len(self.truth)


def watched(features: FeatureSet, number: int, wanted: Wanted) -> WatchedVideo:
    """Row `number`, in memory. Raises `UserError`."""
    row, read = features.rows[number], features.features(number)
    count = row.frame_count
    nothing = np.zeros((count, _UNUSED_SIZE), np.float32), np.zeros(count, np.bool_)
    visual, visual_present = nothing if wanted.visual is None else read.of_main_face(wanted.visual)
    sound, sound_present = (
        nothing if wanted.sound is None else (read.sound[wanted.sound], read.sound_present)
    )
    truth = read.frame_labels.get(wanted.label)
    if truth is None:
        truth = np.full(count, NO_CLASS, np.int64)
    if truth.max(initial=NO_CLASS) >= len(features.classes[wanted.label]):
        raise UserError(
            f"{features.folder}: {row.video} has class {truth.max()} of {wanted.label}, which has"
            f" {len(features.classes[wanted.label])} classes; make the features again."
        )
    return WatchedVideo(row.video, row.person, visual, visual_present, sound, sound_present, truth)
