"""Seven clusters of frames in place of seven compound expressions, each named by what the scores say of its frames.

Paper 4, sec. 2.3: k-means; "to choose each cluster's label, we compute the average scores of compound classes for all
frames from each cluster". How seven averages become seven labels it leaves open: here every compound names one cluster,
so that the averages chosen sum to the most. The public code goes greedily by how often a compound comes first.
"""

from __future__ import annotations

from itertools import permutations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.evaluation.figure import Floats

_ATTEMPTS, _ROUNDS, _SHIFT = 10, 100, 1e-4


def clustered_rows(rows: NDArray[np.floating], count: int, seed: int) -> NDArray[np.int64]:
    """(N, d), N >= count -> (N,) cluster of each: the tightest of ten k-means++."""
    cv2.setRNGSeed(seed)
    ends = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, _ROUNDS, _SHIFT)
    data = np.ascontiguousarray(rows, np.float32)
    _, labels, _ = cv2.kmeans(data, count, None, ends, _ATTEMPTS, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    return np.asarray(labels[:, 0], np.int64)


def named(
    clusters: NDArray[np.int64], scores: Floats, known: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """(N,) clusters, (N, K) scores where `known` -> (N,) classes; as many clusters as classes.

    A cluster without a frame that has scores takes what is left.
    """
    classes = scores.shape[1]
    averages = np.zeros((classes, classes))
    for cluster in range(classes):
        own = known & (clusters == cluster)
        if own.any():
            averages[cluster] = scores[own].mean(axis=0)
    return best_assignment(averages)[clusters]


def best_assignment(gains: Floats) -> NDArray[np.int64]:
    """(K, K) -> (K,) the column of each row, all different, whose gains sum to the most; K of at most 8 or so."""
    rows = np.arange(len(gains))
    orders = np.array(list(permutations(range(len(gains)))))
    return np.asarray(orders[gains[rows, orders].sum(axis=1).argmax()], np.int64)
