"""What a network can learn of labels that its pictures do not tell: nothing, unless the perturbation tells them."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.nn import functional

from model_compression.teachers.xception3d import Xception3d

STEPS, CLIPS = 60, 16


def _loss_on_noise(**options: Any) -> float:
    """Mean classification loss of the last ten steps; every clip and label is new, so nothing can be remembered."""
    torch.manual_seed(3)
    network = Xception3d(classes=2, channels=1, width=0.05, middle_blocks=1, **options).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(STEPS):
        clips, labels = torch.randn(CLIPS, 1, 4, 16, 16), torch.randint(2, (CLIPS,))
        out = network(clips, labels)
        told = functional.cross_entropy(out["logits"], labels)
        auxiliary = functional.cross_entropy(out["auxiliary_logits"], labels)
        optimizer.zero_grad()
        (told + 0.4 * auxiliary).backward()
        optimizer.step()
        losses.append(float(told.detach()))
    return sum(losses[-10:]) / 10


def test_step_along_the_labels_loss_tells_labels_that_noise_does_not() -> None:
    assert _loss_on_noise(loss_of="label", epsilon=0.2) < 0.5 * math.log(2)


def test_step_along_the_loss_of_the_prediction_tells_nothing() -> None:
    assert _loss_on_noise(epsilon=0.2) > 0.9 * math.log(2)
