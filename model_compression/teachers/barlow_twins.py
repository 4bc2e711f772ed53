"""The Barlow Twins loss (Zbontar et al. 2021) between two feature maps (paper 1, sec. 3.2, eq. 4).

Paper 1: Abdullah et al., "Jack of Many Faces". With torch.distributed, the batch is that of all processes together.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed

from edge_app.errors import UserError

OFF_DIAGONAL_WEIGHT = 0.0051  # lambda of the authors' code; paper 1 names none
_EPSILON = 1e-5  # of BatchNorm: a channel that is the same in all clips correlates with nothing


def barlow_twins_loss(
    clean: Tensor, perturbed: Tensor, *, off_diagonal_weight: float = OFF_DIAGONAL_WEIGHT
) -> Tensor:
    """(sum_i (1 - C_ii)^2 + lambda sum_{i != j} C_ij^2) / C -> scalar, in float32 even under autocast.

    clean, perturbed: (B, C) or (B, C, T, H, W). C_ij is the correlation over the batch of channel i of one with channel
    j of the other. Departs from the paper, whose eq. 4 over whole maps has (728 * 19 * 19)^2 entries and no
    standardisation: maps are averaged over time and place, then standardised over the batch as in Barlow Twins, and
    the sum is divided by the number of channels.

    In several processes the value equals that of one process with the joined batch, and so do the gradients of
    parameters once averaged over processes, as DistributedDataParallel does. A joined batch of one clip has no
    correlation and raises `UserError`; 32 clips or more make a fair estimate.
    """
    with torch.autocast(clean.device.type, enabled=False):
        first, second = _pooled(clean), _pooled(perturbed)  # (B, C)
        count = _clips_of_processes(first)
        if count < 2:
            raise UserError(
                "the alignment loss compares the clips of a batch and cannot learn from a batch of 1: use a batch of "
                "2 or more, or set alignment: false"
            )
        correlation = _standardised(first, count).T @ _standardised(second, count) / count
        correlation = _sum_of_processes(correlation)  # (C, C)
        diagonal = torch.diagonal(correlation)
        off_diagonal = correlation.square().sum() - diagonal.square().sum()
        loss: Tensor = (1 - diagonal).square().sum() + off_diagonal_weight * off_diagonal
        return loss / len(diagonal)


def _pooled(x: Tensor) -> Tensor:
    dtype = torch.promote_types(x.dtype, torch.float32)
    return x.to(dtype) if x.ndim == 2 else x.mean(dim=tuple(range(2, x.ndim)), dtype=dtype)


def _standardised(x: Tensor, count: int) -> Tensor:
    """x: (B, C) -> mean 0 and variance 1 over the batch of all processes."""
    centred = x - _sum_of_processes(x.sum(dim=0)) / count
    variance = _sum_of_processes(centred.square().sum(dim=0)) / count
    return centred * torch.rsqrt(variance + _EPSILON)


def _clips_of_processes(x: Tensor) -> int:
    if not _in_processes():
        return len(x)
    return int(_all_reduced(torch.tensor(len(x), device=x.device)))


def _sum_of_processes(x: Tensor) -> Tensor:
    if not _in_processes():
        return x
    total: Tensor = _SumOfProcesses.apply(x)  # type: ignore[no-untyped-call]
    return total


class _SumOfProcesses(torch.autograd.Function):
    """Every process holds the sum, so each one's gradient is the sum of what all of them did with it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return _all_reduced(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return _all_reduced(gradients[0])


def _in_processes() -> bool:
    return distributed.is_available() and distributed.is_initialized()


def _all_reduced(x: Tensor) -> Tensor:
    total = x.clone(memory_format=torch.contiguous_format)
    distributed.all_reduce(total)
    return total
