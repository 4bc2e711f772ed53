"""Whether anything in a feature set is labelled as asked for: a set may name classes of which no frame has one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edge_app.errors import UserError
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS, FrameFeatures
from model_compression.downstream.intensities import truths_of


def check_frame_label(features: FeatureSet, label: str) -> None:
    """Reads until the first video that has it. Raises `UserError` where no frame is of a class of `label`."""
    if any(label in _labels_in(video) for video in _videos(features)):
        return
    raise no_frame_label(features, label)


def no_frame_label(features: FeatureSet, label: str) -> UserError:
    """What to say where a label is not there: those that are, which some frame really has."""
    there = sorted({one for video in _videos(features) for one in _labels_in(video)})
    if there:
        return UserError(
            f"{features.folder}: its frames are not labelled for {label}; they are for {', '.join(there)}."
        )
    return UserError(
        f"{features.folder}: none of its frames is labelled, for {label} or anything else; name features of a labelled"
        " set."
    )


def check_frame_values(features: FeatureSet, names: Sequence[str]) -> None:
    """Reads until the first video that has them. Raises `UserError` where no frame has all of these values."""
    if any(_has_values(video, names) for video in _videos(features)):
        return
    raise UserError(
        f"{features.folder}: none of its frames is labelled with {' and '.join(names)}; name features of a set that"
        " tells them by frame."
    )


def check_video_values(features: FeatureSet, names: Sequence[str]) -> None:
    """Raises `UserError` where no video has all of these values."""
    if np.isfinite(truths_of(features.rows, names)).all(axis=1).any():
        return
    there = sorted({name for row in features.rows for name in row.values})
    known = f"its videos tell {', '.join(there)}" if there else "they tell no values at all"
    raise UserError(
        f"{features.folder}: none of its videos is labelled with {', '.join(names)}; {known}; name features of another"
        " set."
    )


def _videos(features: FeatureSet) -> Iterator[FrameFeatures]:
    return (features.features(number) for number in range(len(features.rows)))


def _labels_in(video: FrameFeatures) -> list[str]:
    return [name for name, told in video.frame_labels.items() if (told != NO_CLASS).any()]


def _has_values(video: FrameFeatures, names: Sequence[str]) -> bool:
    values = [video.frame_values[name] for name in names if name in video.frame_values]
    return len(values) == len(names) and bool(np.isfinite(values).all(axis=0).any())
