"""Thresholds, temperatures and weights from answers whose truth is known. Numbers in, numbers out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TEMPERATURES = np.geomspace(0.25, 4.0, 49)
_LEAST, _MOST = (
    0.02,
    0.98,
)  # thresholds beyond tell more of the few faces measured on than of the model


def binary_temperature(logits: Floats, truth: Floats) -> float:
    """The temperature under which the logits of yes and no are the likeliest (Guo et al. 2017, sec. 4.2).

    logits, truth: of one shape; truth is 0, 1 or NaN where it is not known.
    """
    known = ~np.isnan(truth)
    signed = np.where(truth[known] > 0.5, -logits[known], logits[known]).astype(np.float64)
    if not signed.size:
        return 1.0
    losses = [np.logaddexp(0, signed / t).mean() for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def class_temperature(logits: Floats, labels: NDArray[np.int64]) -> float:
    """The same for one of several classes. logits: (N, classes)."""
    losses = []
    for t in _TEMPERATURES:
        scaled = logits.astype(np.float64) / t
        scaled -= scaled.max(axis=1, keepdims=True)
        right = scaled[np.arange(len(labels)), labels]
        losses.append(float((np.log(np.exp(scaled).sum(axis=1)) - right).mean()))
    return float(_TEMPERATURES[int(np.argmin(losses))])


def balanced_threshold(probabilities: Floats, truth: Floats) -> float:
    """Where as many of the yes are above as of the no below: the largest mean of both shares.

    0.5 where one of the two is missing. Of equally good thresholds the middle one.
    """
    known = ~np.isnan(truth)
    yes, no = probabilities[known & (truth > 0.5)], probabilities[known & (truth <= 0.5)]
    if not len(yes) or not len(no):
        return 0.5
    tried = np.unique(np.concatenate([np.linspace(_LEAST, _MOST, 193), [0.5]]))
    sorted_yes, sorted_no = np.sort(yes), np.sort(no)
    kept = 1 - np.searchsorted(sorted_yes, tried, side="left") / len(yes)
    refused = np.searchsorted(sorted_no, tried, side="left") / len(no)
    share = kept + refused
    best = tried[share >= share.max() - 1e-9]
    return float(best[len(best) // 2])


def strict_threshold(yes: Floats, no: Floats, most_no: float) -> float:
    """The lowest threshold that at most a share `most_no` of the no passes, but none that is higher than needed.

    Where hardly any no comes near, it stays half-way (in logits) between these and the weakest thousandth of the yes.
    """
    if not len(no):
        return 0.5
    barred = float(np.quantile(no, 1 - most_no)) if len(no) else 0.0
    weakest = float(np.quantile(yes, 0.001)) if len(yes) else 1.0
    if weakest > barred:
        low, high = _logit(barred), _logit(weakest)
        barred = 1 / (1 + float(np.exp(-(low + high) / 2)))
    return float(np.clip(barred, _LEAST, _MOST))


def _logit(share: float) -> float:
    inside = min(max(share, 1e-6), 1 - 1e-6)
    return float(np.log(inside / (1 - inside)))
