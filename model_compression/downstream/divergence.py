"""How far a class balance lies from another (Kullback-Leibler), and how much two models agree beyond chance (kappa)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Floats


def divergence(true: Floats, said: Floats) -> float | None:
    """KL(true || said) = sum p log(p / q), in nats; of counts or shares (K,). None: infinite, a class is never said.

    The paper does not say which way round; its public code divides the printed by the predicted.
    """
    p, q = true / true.sum(), said / said.sum()
    occurring = p > 0
    if (q[occurring] <= 0).any():
        return None
    return float((p[occurring] * np.log(p[occurring] / q[occurring])).sum())


def crossed(first: NDArray[np.int64], second: NDArray[np.int64], classes: int) -> Floats:
    """(K, K) frames of which the first says the row's class and the second the column's; both said something."""
    table = np.zeros((classes, classes))
    np.add.at(table, (first, second), 1)
    return table


def kappa(table: Floats) -> float | None:
    """Cohen 1960: (observed - expected) / (1 - expected) of a table of `crossed`. None where chance alone agrees."""
    n = table.sum()
    if n <= 0:
        return None
    expected = float(table.sum(axis=0) @ table.sum(axis=1)) / n**2
    if expected >= 1:
        return None
    return float((np.trace(table) / n - expected) / (1 - expected))
