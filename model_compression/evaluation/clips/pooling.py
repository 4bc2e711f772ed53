"""Answers taken together: those of all folds, and those of the clips that were cut from one long video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.figure import Floats

Pooling = Literal["probabilities", "logits", "majority"]
_LEAST = 1e-12  # a probability whose logarithm is still taken


def pooled(parts: Sequence[ClipAnswers]) -> ClipAnswers:
    """All clips as one set. Raises `ValueError` where the networks do not tell the same classes alike."""
    first = parts[0]
    for part in parts:
        if part.classes != first.classes or part.logits.shape[1] != first.logits.shape[1]:
            raise ValueError(f"answers of {first.classes} and of {part.classes} cannot be pooled")
    return ClipAnswers(
        np.concatenate([part.logits for part in parts]),
        np.concatenate([part.truth for part in parts]),
        tuple(person for part in parts for person in part.persons),
        tuple(video for part in parts for video in part.videos),
        first.classes,
    )


def by_video(answers: ClipAnswers, how: Pooling = "probabilities") -> ClipAnswers:
    """One answer for each video, in the order of their names.

    The mean of its clips' probabilities or logits, or what most of its clips say. Of as many votes for two classes the
    greater mean probability decides. Raises `UserError` where the clips of a video are not of one class and person.
    """
    videos, first, index = np.unique(
        np.array(answers.videos), return_index=True, return_inverse=True
    )
    mixed = _mixed(answers, first[index])
    if mixed.any():
        video = answers.videos[int(np.flatnonzero(mixed)[0])]
        raise UserError(
            f"the video {video} has clips of more than one class or person; judge it clip by clip"
        )
    count = np.bincount(index).astype(np.float64)[:, None]  # (V, 1)

    def mean(values: Floats) -> Floats:  # (N, M) -> (V, M)
        total = np.zeros((len(videos), values.shape[1]))
        np.add.at(total, index, values)
        return np.asarray(total / count)

    if how == "logits":
        logits = mean(answers.logits.astype(np.float64))
    else:
        probabilities = mean(answers.probabilities)  # (V, K)
        if how == "majority":
            votes = mean(np.eye(len(answers.classes))[answers.said])
            # All clips' probabilities together weigh as one vote, so that they decide nothing but a draw.
            probabilities = (votes * count + probabilities) / (count + 1)
        logits = np.log(np.maximum(probabilities, _LEAST))
        if answers.logits.shape[1] == 1:
            logits = logits[:, 1:] - logits[:, :1]
    return ClipAnswers(
        logits,
        answers.truth[first],
        tuple(answers.persons[row] for row in first),
        tuple(videos.tolist()),
        answers.classes,
    )


def has_long_videos(answers: ClipAnswers) -> bool:
    """Whether some videos have several clips, and each is of one class and person, so that `by_video` can judge it."""
    videos, first, index = np.unique(
        np.array(answers.videos), return_index=True, return_inverse=True
    )
    return len(videos) < len(answers) and not _mixed(answers, first[index]).any()


def _mixed(answers: ClipAnswers, first: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) where a clip is not of the class and person of its video's first. first: (N,) row of that one."""
    persons = np.array(answers.persons)
    return np.asarray(
        (answers.truth != answers.truth[first]) | (persons != persons[first]), dtype=np.bool_
    )
