"""Each fold is asked by a head, or by trees, that learned from the others: nobody is asked who was learned from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from calibration.probability.softmax import softmax
from model_compression.blinks.answers import BlinkAnswers
from model_compression.blinks.network import CLASSES, BlinkSetNetwork
from model_compression.blinks.sequences import BlinkSequences
from model_compression.blinks.settings import BlinkTraining
from model_compression.blinks.training import Progress, train_head
from model_compression.blinks.trees import Trees


def answers_of(network: BlinkSetNetwork, sequences: BlinkSequences) -> BlinkAnswers:
    """What a network says now."""
    with torch.no_grad():
        said = network(torch.from_numpy(sequences.rows))
    return BlinkAnswers(
        softmax(said["logits"].numpy()), said["level"][:, 0].numpy().astype(np.float64)
    )


def head_left_out(
    sequences: BlinkSequences, settings: BlinkTraining, progress: Progress = lambda step: None
) -> BlinkAnswers:
    """Raises `ValueError` as `train_head` does."""

    def ask(learned: BlinkSequences, asked: BlinkSequences) -> BlinkAnswers:
        return answers_of(train_head(learned, settings, progress), asked)

    return _left_out(sequences, ask)


def trees_left_out(sequences: BlinkSequences, trees: Trees) -> BlinkAnswers:
    """Raises as `Trees.answers` does."""
    return _left_out(sequences, trees.answers)


def _left_out(
    sequences: BlinkSequences, ask: Callable[[BlinkSequences, BlinkSequences], BlinkAnswers]
) -> BlinkAnswers:
    chances = np.zeros((len(sequences), CLASSES))
    level = np.zeros(len(sequences))
    for fold in np.unique(sequences.folds):
        own = sequences.folds == fold
        said = ask(sequences.taken(~own), sequences.taken(own))
        assert said.chances is not None
        chances[own], level[own] = said.chances, said.level
    return BlinkAnswers(chances, level)
