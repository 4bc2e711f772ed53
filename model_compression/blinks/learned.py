"""The head that ships: learned from all folds, and how sure it may be from heads that each left one out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from model_compression.blinks.figures import METRICS, mean_over_folds
from model_compression.blinks.folds import head_left_out
from model_compression.blinks.network import BlinkSetNetwork
from model_compression.blinks.sequences import BlinkSequences
from model_compression.blinks.settings import BlinkTraining
from model_compression.blinks.sharpness import best_sharpness
from model_compression.blinks.training import train_head
from model_compression.evaluation.bench import Track


@dataclass(frozen=True, slots=True)
class LearnedHead:
    """figures: means over the folds of heads that left each out; empty of a single fold."""

    network: BlinkSetNetwork
    sharpness: float
    figures: Mapping[str, float]


def learn(sequences: BlinkSequences, settings: BlinkTraining, track: Track) -> LearnedHead:
    """Raises `ValueError` where nobody has all three recordings."""
    folds = len(np.unique(sequences.folds))
    trainings = 1 + (folds if folds > 1 else 0)
    steps = iter(track(range(trainings * settings.steps), trainings * settings.steps, "training"))
    sharpness, figures = 1.0, {}
    if folds > 1:
        answers = head_left_out(sequences, settings, lambda step: next(steps))
        sharpness = best_sharpness(sequences, answers)
        once = np.ones(len(sequences))
        figures = {
            name: value
            for name, metric in METRICS.items()
            if (value := mean_over_folds(metric)(sequences, answers, once)) is not None
        }
    network = train_head(sequences, settings, lambda step: next(steps))
    network.sharpness.fill_(sharpness)
    return LearnedHead(network, sharpness, figures)
