"""The change of a feature map that hurts a loss most, for a given step (paper 1, sec. 3.2, eq. 3).

Paper 1: Abdullah et al., "Jack of Many Faces". It speaks of PGD; its equation is one FGSM step (Goodfellow et al.
2015) without iterations or projection, and that is what is done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

EpsMode = Literal["relative", "absolute"]


def perturbation(
    features: Tensor,
    loss_of: Callable[[Tensor], Tensor],
    *,
    epsilon: float,
    mode: EpsMode = "relative",
) -> Tensor:
    """delta = eps * sign(gradient of the loss by the features), as a constant of the same shape.

    features: (B, C, T, H, W). loss_of: the same shape -> scalar; only its gradient by the features is asked for, so no
    parameter receives one. Departs from the paper: it gives eps = 8/255, made for pictures in 0..1, while features
    behind BatchNorm have no bounds, so with `relative` eps counts in root mean squares of each sample's features
    (`absolute` gives the paper's form). The paper leaves open whether delta belongs to the graph; here it does not:
    the loss reaches the network through the features alone.
    """
    with torch.enable_grad():
        probed = features.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(loss_of(probed), probed)
    step = epsilon * gradient.sign()
    if mode == "relative":
        length = torch.linalg.vector_norm(
            features.detach(), dim=(1, 2, 3, 4), keepdim=True, dtype=torch.float32
        )  # (B, 1, 1, 1, 1)
        step = step * length / math.sqrt(features[0].numel())
    return step.to(features.dtype)


def probe_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Classification loss summed over the clips: a mean's gradients over a large map would underflow in float16.

    logits: (B, K); labels: (B,) classes, or (B,) 0/1 where there is one logit.
    """
    if logits.shape[1] == 1:
        return functional.binary_cross_entropy_with_logits(
            logits[:, 0].float(), labels.float(), reduction="sum"
        )
    return functional.cross_entropy(logits.float(), labels, reduction="sum")


def predicted(logits: Tensor) -> Tensor:
    """(B, K) -> (B,) the class that is said; of one logit 0 or 1."""
    said = logits.detach()
    return (said[:, 0] > 0).long() if said.shape[1] == 1 else said.argmax(dim=1)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """The network in evaluation: BatchNorm keeps its statistics, dropout passes all; each part's mode comes back."""
    training = [module for module in network.modules() if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True
