"""Focal loss over frames with weights by the effective number of frames of a class (paper 2, sec. 3.5 and 4.4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from model_compression.data.features.frame_features import NO_CLASS

_LEAST_DOUBT = 1e-12


def effective_number_weights(counts: Sequence[int], beta: float) -> Tensor:
    """(1 - beta) / (1 - beta^n) for each class, scaled to a mean of 1. Cui et al. 2019, eq. 4.

    counts: frames of each class. A class without any is not learned: it weighs 0, and no part of the mean. The paper
    gives neither beta nor a scale; beta 0 weighs all classes alike.
    """
    number = np.asarray(counts, dtype=np.float64)
    there = number > 0
    if not there.any():
        raise ValueError("no class has a frame")
    weights = np.where(there, (1 - beta) / np.where(there, 1 - beta**number, 1.0), 0.0)
    return torch.from_numpy((weights / weights[there].mean()).astype(np.float32))


def focal_loss(logits: Tensor, truth: Tensor, weights: Tensor, gamma: float) -> Tensor:
    """- w_y (1 - p_y)^gamma log p_y, the mean over the frames with a class. Lin et al. 2017; eq. 5 of the paper.

    logits: (..., C), truth: (...) with `NO_CLASS`, weights: (C,). Eq. 5 leaves the weights out, sec. 4.4 has them. The
    sum is divided by the number of frames (a microbatch's by that of its own), not by that of their weights. 0 of a
    batch in which no frame has a class.
    """
    flat, target = logits.flatten(0, -2).float(), truth.flatten()
    valid = target != NO_CLASS
    target = target.clamp(min=0)
    log_p = functional.log_softmax(flat, dim=-1).gather(1, target[:, None])[:, 0]
    # Where p is 1 a root of 1 - p would have no slope.
    doubt = (-torch.expm1(log_p)).clamp(min=_LEAST_DOUBT)
    each = -weights[target] * doubt**gamma * log_p
    return torch.where(valid, each, 0.0).sum() / valid.sum().clamp(min=1)
