"""Every way to tell compound expressions that a feature set allows: by scores, or by clusters of what was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.downstream.clusters import clustered_rows, named
from model_compression.downstream.compound import (
    COMPOUNDS,
    Faces,
    VideoCompounds,
    video_compounds,
)
from model_compression.downstream.held_out import rows_asked
from model_compression.downstream.streams import EMBEDDING, SCORES, of_student, students_of


@dataclass(frozen=True, slots=True)
class CompoundModel:
    """One way, and what it says of every video."""

    student: str
    by: str  # `scores`, or `clusters of STREAM`
    videos: tuple[VideoCompounds, ...]

    @property
    def name(self) -> str:
        if self.by == SCORES:
            return self.student
        return f"{self.student}, {self.by}"


def compound_models(
    features: FeatureSet,
    *,
    split: str = "all",
    faces: Faces = "mean",
    cluster: bool = False,
    seed: int = 0,
    only: str | None = None,
) -> Iterator[CompoundModel]:
    """Of each student of the set, over the videos of `split`. only: of this one, as `told_students` calls it.

    Raises `UserError` where there are none of either.
    """
    numbers = rows_asked(features, split)
    students = told_students(features)
    if not students:
        raise UserError(
            f"{features.folder}: has no stream of scores; make the features with a student of basic expressions."
        )
    if only is not None and only not in students.values():
        raise UserError(
            f"{features.folder}: has features of {', '.join(students.values())}; name one of these students."
        )
    sounds = [name for name, one in features.streams.items() if one.of == "sound"]
    for student, told in students.items():
        if only not in (None, told):
            continue
        scores = of_student(student, SCORES)
        videos = tuple(video_compounds(features, number, scores, faces) for number in numbers)
        yield CompoundModel(told, SCORES, videos)
        if cluster:
            embedding = of_student(student, EMBEDDING)
            for stream in (
                scores,
                *([embedding] if embedding in features.streams else ()),
                *sounds,
            ):
                short = stream.removeprefix(f"{student}.") if student else stream
                yield CompoundModel(
                    told,
                    f"clusters of {short}",
                    _clustered(features, numbers, stream, videos, seed),
                )


def told_students(features: FeatureSet) -> dict[str, str]:
    """Of `students_of` -> how each is called: one without a name by what made its scores."""
    return {name: name or features.streams[SCORES].made_by for name in students_of(features)}


def _clustered(
    features: FeatureSet,
    numbers: Sequence[int],
    stream: str,
    videos: Sequence[VideoCompounds],
    seed: int,
) -> tuple[VideoCompounds, ...]:
    """Of faces the main one of each frame. Frames without a row take the label of the nearest frame that has one."""
    rows, there = [], []
    for number in numbers:
        video = features.features(number)
        if features.streams[stream].of == "face":
            dense, present = video.of_main_face(stream)
        else:
            dense, present = video.sound[stream], video.sound_present
        rows.append(dense[present])
        there.append(present)
    data = np.concatenate(rows)
    if len(data) < len(COMPOUNDS):
        raise UserError(
            f"{features.folder}: {len(data)} frames have {stream}, too few for {len(COMPOUNDS)} clusters."
        )
    scores = np.concatenate([one.scores[p] for one, p in zip(videos, there, strict=True)])
    known = np.concatenate([one.present[p] for one, p in zip(videos, there, strict=True)])
    if not known.any():
        raise UserError(
            f"{features.folder}: no frame with {stream} has a face, by whose scores clusters could be named."
        )
    labels = named(clustered_rows(data, len(COMPOUNDS), seed), scores, known)
    ends = np.cumsum([int(p.sum()) for p in there])[:-1]
    return tuple(
        replace(one, labels=_spread(own, p))
        for one, own, p in zip(videos, np.split(labels, ends), there, strict=True)
    )


def _spread(labels: NDArray[np.int64], present: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,) labels of the frames that are `present` (T,) -> (T,)."""
    frames = np.flatnonzero(present)
    if not len(frames):
        return np.full(len(present), NO_CLASS, np.int64)
    at = np.arange(len(present))
    after = np.searchsorted(frames, at).clip(max=len(frames) - 1)
    before = (after - 1).clip(min=0)
    nearer = np.abs(frames[before] - at) <= np.abs(frames[after] - at)
    return np.asarray(labels[np.where(nearer, before, after)])
