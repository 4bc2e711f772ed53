"""An exponential moving average of a student's weights: what is validated, kept and shipped."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn


class AveragedStudent(nn.Module):
    """A copy of the student whose weights and statistics follow it slowly. Polyak and Juditsky 1992.

    The decay warms up as (1 + n) / (10 + n), so that a short run is not held back by its random beginning; decay 0
    keeps a plain copy. Buffers (the statistics of BatchNorm) are averaged like weights, counters are copied.
    """

    updates: torch.Tensor

    def __init__(self, student: nn.Module, decay: float) -> None:
        super().__init__()
        self.student = deepcopy(student).eval().requires_grad_(False)
        self._decay = decay
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))
        self._count: int | None = None  # the same, without waiting for the device; None until read

    def train(self, mode: bool = True) -> AveragedStudent:
        """Stays in eval mode, whatever the module around it is told."""
        return super().train(False)

    @torch.no_grad()
    def update(self, student: nn.Module) -> None:
        """Take one more step of `student` in."""
        count = self._count = (int(self.updates) if self._count is None else self._count) + 1
        self.updates.fill_(count)
        follow = 1.0 - min(self._decay, (1 + count) / (10 + count)) if self._decay else 1.0
        own, new = self.student.state_dict(), student.state_dict()
        floats = [name for name, value in own.items() if value.is_floating_point()]
        if follow < 1.0:
            torch._foreach_lerp_([own[n] for n in floats], [new[n] for n in floats], follow)
        for name in own.keys() if follow == 1.0 else own.keys() - set(floats):
            own[name].copy_(new[name])
