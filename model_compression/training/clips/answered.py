"""Clips that a trained network was asked about: what it said, beside what is true and whose clips they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.bench import Track, untracked
from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.training.clips.answering import Seen, answers_to
from model_compression.training.device import DeviceChoice, chosen_device


@dataclass(frozen=True, slots=True, eq=False)
class AnsweredClips:
    outputs: Mapping[str, NDArray[np.float32]]  # output of the network -> (N, K)
    truth: NDArray[np.int64]  # (N,)
    persons: tuple[str, ...]
    videos: tuple[str, ...]

    def answers(self, classes: tuple[str, ...]) -> ClipAnswers:
        return ClipAnswers(self.outputs["logits"], self.truth, self.persons, self.videos, classes)


def answered(
    network: nn.Module,
    store: ClipStore,
    numbers: Sequence[int],
    truth: Sequence[int],
    *,
    seen: Seen,
    channels: int,
    device: DeviceChoice,
    track: Track = untracked,
) -> AnsweredClips:
    """network: in eval mode; numbers: rows of `store`; truth: the class of each; channels: those that it learned from.

    Raises `UserError`.
    """
    if store.channels != channels:
        raise UserError(
            f"{store.folder}: its clips have {store.channels} channels and those that the network learned from"
            f" {channels}; prepare both with one --channels."
        )
    place = chosen_device(device)
    rows = [store.rows[number] for number in numbers]
    return AnsweredClips(
        answers_to(network.to(place), store, numbers, seen, place, track),
        np.array(truth, dtype=np.int64),
        tuple(row.person for row in rows),
        tuple(row.video for row in rows),
    )
