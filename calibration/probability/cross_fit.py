"""Probabilities before and after a calibration, each of somebody whom that calibration was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibration.probability.folds import person_folds
from calibration.probability.isotonic import MOST_KNOTS, IsotonicMap, fit_isotonic
from calibration.probability.softmax import Floats, checked_answers, softmax
from calibration.probability.temperature import fit_temperature

Method = Literal["temperature", "isotonic"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logits over `temperature`, and of two classes the second's probability through `curve`, where there is one."""

    temperature: float = 1.0
    curve: IsotonicMap | None = None
    at_limit: bool = False  # of the temperature's search

    def probabilities(self, logits: NDArray[np.floating[Any]]) -> Floats:
        """(N, K) -> (N, K)"""
        plain = softmax(logits, self.temperature)
        if self.curve is None:
            return plain
        second = np.array([self.curve.at(score) for score in plain[:, 1].tolist()])
        return np.column_stack([1 - second, second])


@dataclass(frozen=True, slots=True)
class CrossFit:
    """`whole` is fitted on everybody; `after` is of folds, each read with a calibration of all other folds."""

    before: Floats  # (N, K)
    after: Floats  # (N, K)
    whole: Calibration
    of_folds: tuple[Calibration, ...]
    folds: NDArray[np.int64]  # (N,)


def fit(
    method: Method,
    logits: NDArray[np.floating[Any]],
    truth: NDArray[np.integer[Any]],
    *,
    temperature: float = 1.0,
    most_knots: int = MOST_KNOTS,
) -> Calibration:
    """temperature: under which an isotonic curve reads the logits. Raises `ValueError`."""
    values, classes = checked_answers(logits, truth)
    if method == "temperature":
        found = fit_temperature(values, classes)
        return Calibration(found.temperature, at_limit=found.at_limit)
    if values.shape[1] != 2:
        raise ValueError(f"an isotonic curve is of two classes, not of {values.shape[1]}")
    stated = softmax(values, temperature)[:, 1]
    return Calibration(temperature, fit_isotonic(stated, classes, most_knots=most_knots))


def cross_fit(
    method: Method,
    logits: NDArray[np.floating[Any]],
    truth: NDArray[np.integer[Any]],
    people: Sequence[str],
    rng: np.random.Generator,
    *,
    now: Calibration | None = None,
    folds: int = 5,
) -> CrossFit:
    """logits: (N, K); truth, people: (N,). now: how the logits are read before. Raises `ValueError`."""
    values, classes = checked_answers(logits, truth)
    now = now or Calibration()
    fold = person_folds(people, folds, rng)
    after = np.empty_like(values)
    fitted = []
    for number in range(folds):
        own = fold == number
        other = fit(method, values[~own], classes[~own], temperature=now.temperature)
        after[own] = other.probabilities(values[own])
        fitted.append(other)
    whole = fit(method, values, classes, temperature=now.temperature)
    return CrossFit(now.probabilities(values), after, whole, tuple(fitted), fold)
