"""How sure the head may be: its probabilities as likely as they come true for people whom it did not learn from.

One factor on the logits (the inverse of the temperature of Guo et al. 2017), each class and each person weighing alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_compression.blinks.answers import BlinkAnswers
from model_compression.blinks.sequences import BlinkSequences

_TRIED = np.geomspace(0.1, 4.0, 200)
_LEAST_CHANCE = 1e-9


def best_sharpness(sequences: BlinkSequences, answers: BlinkAnswers) -> float:
    """answers: of a head that did not learn from these people."""
    assert answers.chances is not None
    logits = np.log(np.maximum(answers.chances, _LEAST_CHANCE))
    weights = _weights(sequences)
    surprises = [_surprise(factor * logits, sequences.classes, weights) for factor in _TRIED]
    return float(_TRIED[int(np.argmin(surprises))])


def _surprise(
    logits: NDArray[np.float64], classes: NDArray[np.int64], weights: NDArray[np.float64]
) -> float:
    """Mean negative log likelihood."""
    top = logits.max(axis=1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return float((weights * (total - logits[np.arange(len(classes)), classes])).sum())


def _weights(sequences: BlinkSequences) -> NDArray[np.float64]:
    """Each recording of a class as much as any other of it, the classes alike."""
    weights = 1.0 / np.bincount(sequences.recordings)[sequences.recordings]
    totals = np.bincount(sequences.classes, weights)
    alike: NDArray[np.float64] = weights / totals[sequences.classes] / len(totals)
    return alike
