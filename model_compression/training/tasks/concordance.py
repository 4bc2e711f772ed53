"""How well numbers follow a truth: Lin's concordance and Pearson's correlation, as losses and as measures.

Both go over the first axis: (N,) -> a scalar, (N, K) -> (K,), one for each column. Moments are those of the N numbers
themselves (divided by N, not N - 1), everywhere alike: mixed conventions make a perfect prediction score below 1.
"""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST_VARIANCE = 1e-8  # a column that hardly varies scores near 0, with a finite gradient


def concordance(prediction: Tensor, truth: Tensor) -> Tensor:
    """CCC = 2 cov(x, y) / (var x + var y + (mean x - mean y)^2), Lin 1989; -1..1, 1 only where x = y.

    A loss is 1 - CCC. Of one number, or of a constant truth, it is 0.
    """
    of = _Moments(prediction, truth)
    spread = of.variance + of.true_variance + of.offset**2
    return 2 * of.covariance / spread.clamp(min=_LEAST_VARIANCE)


def pearson(prediction: Tensor, truth: Tensor) -> Tensor:
    """PCC = cov(x, y) / sqrt(var x var y); -1..1, blind to offset and scale. 0 where either is constant."""
    of = _Moments(prediction, truth)
    # Clamped inside the root, whose slope at 0 is infinite.
    spread = (of.variance * of.true_variance).clamp(min=_LEAST_VARIANCE**2).sqrt()
    return of.covariance / spread


class _Moments:
    """Of a prediction and its truth over the first axis, in float32 or better."""

    def __init__(self, prediction: Tensor, truth: Tensor) -> None:
        if prediction.shape != truth.shape or not prediction.numel():
            shapes = f"{tuple(prediction.shape)} and {tuple(truth.shape)}"
            raise ValueError(
                f"prediction and truth have to be of one shape and not empty: {shapes}"
            )
        wide = torch.promote_types(
            torch.promote_types(prediction.dtype, truth.dtype), torch.float32
        )
        x, y = prediction.to(wide), truth.to(wide)
        mean, true_mean = x.mean(0), y.mean(0)
        self.offset = mean - true_mean
        self.variance = (x - mean).square().mean(0)
        self.true_variance = (y - true_mean).square().mean(0)
        self.covariance = ((x - mean) * (y - true_mean)).mean(0)
