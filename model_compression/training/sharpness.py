"""Sharpness-aware minimisation: the gradient is taken where the loss nearby is highest. Foret et al. 2021."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def uphill(parameters: Iterable[nn.Parameter], rho: float) -> Iterator[None]:
    """Inside, the weights stand `rho` along their gradient; afterwards exactly where they were.

    Only weights that have a gradient move; the gradients themselves are cleared on entering.
    """
    moved = [p for p in parameters if p.grad is not None]
    before = [p.detach().clone() for p in moved]
    with torch.no_grad():
        gradients = [p.grad for p in moved if p.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        scale = rho / norm.clamp(min=1e-12)  # where nothing slopes, nothing moves
        for parameter, gradient in zip(moved, gradients, strict=True):
            parameter.add_(gradient * scale)
            parameter.grad = None
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, value in zip(moved, before, strict=True):
                parameter.copy_(value)


@contextmanager
def statistics_held(module: nn.Module) -> Iterator[None]:
    """Inside, running statistics may move (BatchNorm, observers); afterwards they are what they were."""
    buffers = list(module.buffers())
    before = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in zip(buffers, before, strict=True):
                buffer.copy_(value)
