"""Everybody who is compared is asked about every fold: the head with each seed, and trees."""

from __future__ import annotations

import numpy as np

from model_compression.blinks.folds import head_left_out, trees_left_out
from model_compression.blinks.left_out_report import (
    HEAD,
    TREES,
    TREES_ABSOLUTE,
    TREES_FREQUENCY,
    Asked,
)
from model_compression.blinks.sequences import BlinkSequences
from model_compression.blinks.settings import BlinkTraining
from model_compression.blinks.trees import Trees
from model_compression.evaluation.bench import Track

_TREES = {
    TREES: Trees(),
    TREES_ABSOLUTE: Trees(absolute=True),
    TREES_FREQUENCY: Trees(frequency=True),
}


def ask_everybody(
    sequences: BlinkSequences, settings: BlinkTraining, seeds: int, track: Track
) -> Asked:
    """seeds: how many trainings of the head, counted on from the settings' seed.

    Raises `ValueError` where folds lack recordings, `UserError` without scikit-learn.
    """
    trees = {
        name: (trees_left_out(sequences, looking),)
        for name, looking in track(_TREES.items(), len(_TREES), "trees")
    }
    steps = seeds * len(np.unique(sequences.folds)) * settings.steps
    bar = iter(track(range(steps), steps, "heads"))
    heads = [
        head_left_out(
            sequences,
            settings.model_copy(update={"seed": settings.seed + number}),
            lambda step: next(bar),
        )
        for number in range(seeds)
    ]
    return Asked(sequences, {HEAD: tuple(heads), **trees})
