"""Losses that the tasks share: with learned uncertainty, with weights that may be 0, and the published ones."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from model_compression.training.tasks.concordance import concordance

_LOG_STD_RANGE = (-4.0, 1.0)


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Mean over everything with a weight; 0 where nothing has one."""
    weights = weights.expand_as(values)
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)


def laplace_nll(mean: Tensor, log_std: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Heteroscedastic absolute loss (Kendall and Gal 2017, eq. 8, with a Laplace density).

    mean, log_std, truth: (B, n); weight: broadcast to them. log_std is the log of the Laplace deviation sqrt(2) b.
    """
    log_std = log_std.clamp(*_LOG_STD_RANGE)
    distance = (mean - truth).abs()
    return weighted_mean(2**0.5 * distance * torch.exp(-log_std) + log_std, weight)


def known_bce(logits: Tensor, truth: Tensor, smoothing: float = 0.0) -> Tensor:
    """Binary cross-entropy over the entries of `truth` that are not NaN."""
    known = ~torch.isnan(truth)
    target = torch.where(known, truth, 0.0)
    target = target * (1 - 2 * smoothing) + smoothing
    losses = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return weighted_mean(losses, known.to(losses.dtype))


def class_losses(
    logits: Tensor, label: Tensor, *, smoothing: float = 0.0, known: Tensor | None = None
) -> Tensor:
    """(B,) cross-entropy of each; known: (B, classes), the others take no part in its softmax nor in the smoothing."""
    logits = logits.float()
    if known is None:
        return functional.cross_entropy(logits, label, reduction="none", label_smoothing=smoothing)
    log_shares = logits.masked_fill(~known, -torch.inf).log_softmax(1)
    own = -log_shares.gather(1, label[:, None])[:, 0]
    spread = -log_shares.masked_fill(~known, 0.0).sum(1) / known.sum(1)
    return (1 - smoothing) * own + smoothing * spread


def discordance(prediction: Tensor, truth: Tensor) -> Tensor:
    """(1 - CCC) / 2 over the entries of `truth` that are not NaN, as in the code of paper 4; 0 of fewer than two.

    prediction, truth: (B,). It is of the batch as a whole: that of two halves is not its mean.
    """
    known = ~torch.isnan(truth)
    if known.sum() < 2:
        return (prediction.float() * 0).sum()  # still hangs together with the network
    return (1 - concordance(prediction[known], truth[known])) / 2


def wing(distance: Tensor, width: float, curvature: float) -> Tensor:
    """Wing loss (Feng et al. 2018, eq. 5): small errors keep a large gradient. All in the unit of `distance`."""
    offset = width - width * torch.log1p(torch.tensor(width / curvature))
    small = width * torch.log1p(distance / curvature)
    return torch.where(distance < width, small, distance - offset)


def standardized(pictures: Tensor) -> Tensor:
    """uint8 (B, 1, H, W) -> float with mean 0, deviation 1 each, as `edge_app.face.student_crops.standardized`."""
    from edge_app.face.student_crops import MIN_STD

    values = pictures.float()
    std, mean = torch.std_mean(values, dim=(1, 2, 3), keepdim=True, correction=0)
    return (values - mean) / std.clamp(min=MIN_STD)
