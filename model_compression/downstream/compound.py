"""Compound expressions from the basic ones of every face in a frame, without a label (paper 4, sec. 2.3).

Per face a softmax over the logits of all expressions that the student tells apart: eight with contempt in the paper, or
with `other` where it was fine-tuned on Aff-Wild2. A compound's score is the sum of its two probabilities; of several
faces the mean; the label is the largest of the seven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS, FrameFeatures
from model_compression.downstream.smoothing import filled
from model_compression.downstream.streams import expression_places
from model_compression.evaluation.figure import Floats

COMPOUND = "compound"  # the frame labels, where a set has them
PAIRS = MappingProxyType(
    {
        "fearfully_surprised": ("fear", "surprise"),
        "happily_surprised": ("happiness", "surprise"),
        "sadly_surprised": ("sadness", "surprise"),
        "disgustedly_surprised": ("disgust", "surprise"),
        "angrily_surprised": ("anger", "surprise"),
        "sadly_fearful": ("sadness", "fear"),
        "sadly_angry": ("sadness", "anger"),
    }
)
COMPOUNDS = tuple(PAIRS)
_BASIC = tuple(dict.fromkeys(name for pair in PAIRS.values() for name in pair))  # all six
# Frames of each in C-EXPR-DB, as the paper quotes them. They count the whole database, test videos too: a balance
# close to this one was in part chosen to be.
PRINTED_FRAMES = (14445, 24915, 10780, 10637, 10535, 10112, 8878)

Faces = Literal["mean", "max"]


@dataclass(frozen=True, slots=True, eq=False)
class VideoCompounds:
    """What one model says of a video of T frames."""

    video: str
    person: str
    scores: Floats  # (T, 7); of a video without a face all 0
    present: NDArray[np.bool_]  # (T,) a face was read
    labels: NDArray[np.int64]  # (T,) `NO_CLASS` where nothing is said
    truth: NDArray[np.int64]  # (T,) `NO_CLASS` where unknown


def probabilities(logits: NDArray[np.floating]) -> Floats:
    """(N, K) -> (N, K) that sum to 1."""
    wide = logits.astype(np.float64)
    raised = np.exp(wide - wide.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def face_scores(logits: NDArray[np.floating], names: Sequence[str]) -> Floats:
    """(N, K) logits of the K expressions `names`, the six of the pairs among them -> (N, 7), p_a + p_b of each pair."""
    each = probabilities(logits)
    pairs = [[names.index(name) for name in pair] for pair in PAIRS.values()]
    return np.stack([each[:, first] + each[:, second] for first, second in pairs], axis=1)


def frame_scores(
    logits: NDArray[np.floating],
    names: Sequence[str],
    face_frames: NDArray[np.int64],
    frame_count: int,
    faces: Faces = "mean",
) -> tuple[Floats, NDArray[np.bool_]]:
    """(T, 7), and (T,) whether a face was read. `max` is the public code's: of each score the largest."""
    scores = np.zeros((frame_count, len(PAIRS)))
    each = face_scores(logits, names)
    count = np.bincount(face_frames, minlength=frame_count)
    if faces == "max":
        np.maximum.at(scores, face_frames, each)
    else:
        np.add.at(scores, face_frames, each)
        scores /= np.maximum(count, 1)[:, None]
    return scores, count > 0


def video_compounds(
    features: FeatureSet, number: int, stream: str, faces: Faces = "mean"
) -> VideoCompounds:
    """Frames without a face take scores on the line between those before and after, as in the public code.

    Nothing is said of a video without any face.
    """
    row, video = features.rows[number], features.features(number)
    places = expression_places(features, stream, _BASIC)
    logits = video.faces[stream][:, list(places.values())]
    scores, present = frame_scores(
        logits, tuple(places), video.face_frames, video.frame_count, faces
    )
    labels = np.full(video.frame_count, NO_CLASS, np.int64)
    if present.any():
        scores = filled(scores, present)
        labels = scores.argmax(axis=1).astype(np.int64)
    return VideoCompounds(row.video, row.person, scores, present, labels, _truth(features, video))


def _truth(features: FeatureSet, video: FrameFeatures) -> NDArray[np.int64]:
    """In the order of `COMPOUNDS`, by the names of the set's classes."""
    known = video.frame_labels.get(COMPOUND)
    if known is None:
        return np.full(video.frame_count, NO_CLASS, np.int64)
    classes = features.classes[COMPOUND]
    if set(classes) != set(COMPOUNDS):
        raise UserError(
            f"{features.folder}: its compound expressions are {', '.join(classes)}, not {', '.join(COMPOUNDS)}."
        )
    numbers = np.array([*(COMPOUNDS.index(name) for name in classes), NO_CLASS], np.int64)
    return np.asarray(numbers[known])
