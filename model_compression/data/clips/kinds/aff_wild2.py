"""Aff-Wild2 (ABAW), its frames as pictures: the faces that come cut out, each with one of eight expressions.

    [*Annotations/]EXPR_*_Challenge/{Train_Set,Validation_Set}/<NAME>[_left,_right].txt      a line for each frame
    cropped_aligned/<NAME>[_left,_right]/00001.jpg                                           the face of the first frame

Every fifth frame is read, beginning with the first: neighbours are alike, and there are 2.6 million. Frames without a
valid label or without a face are left out. Who it is nobody says: `person` is the name of the label file, so that what
shows one person in one video stays together. Labels are read as for `vigil data features aff-wild2-expr`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from model_compression.data.clips.classes import EXPRESSION_OTHER
from model_compression.data.clips.source_picture import PicturePlace, SourcePicture
from model_compression.data.clips.source_video import FoundSet
from model_compression.data.features.face_crops import crops_by_frame
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.data.features.kinds.aff_wild2 import find_expressions
from model_compression.data.features.labelled_video import LabelledVideo

EVERY = 5


def find(root: Path) -> FoundSet:
    found = find_expressions(root)
    missing = list(found.missing)
    pictures: list[SourcePicture] = []
    for video in found.videos:
        if video.crops:
            pictures += _faces(video)
        else:
            missing.append(f"cropped_aligned/{video.video}")
    return FoundSet(
        (),
        tuple(missing),
        notes=(f"Every {EVERY}th frame of each video was read.",),
        pictures=tuple(pictures),
    )


def _faces(video: LabelledVideo) -> Iterator[SourcePicture]:
    classes = video.frame_labels[EXPRESSION_OTHER]
    for frame, paths in crops_by_frame(video.crops).items():
        if frame % EVERY or frame >= len(classes) or classes[frame] == NO_CLASS:
            continue
        yield SourcePicture(
            f"{video.video}/{paths[0].stem}",
            PicturePlace(paths[0]),
            person=video.video,
            split=video.split,
            labels={EXPRESSION_OTHER: int(classes[frame])},
        )
