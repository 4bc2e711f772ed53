"""A small network on a set of blinks, many of the same kind in one graph.

What a blink is, is said by its three features (asinh: a few blinks are a hundred deviations long) and by how it differs
from the others of its sequence, which a wrong personal reference does not touch. Mean and root mean square over the
blinks that are there make any number of them one description; their order does not matter.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edge_app.bundle.heads import PART_INPUTS

FEATURES = 3  # amplitude, duration, velocity
CLASSES = 3
LEVEL_MOST = 10.0
_LARGEST = 1000.0  # personal deviations
_LEAST_VARIANCE = 0.01  # of asinh of a feature within a sequence


class MemberLinear(nn.Module):
    """One linear layer for each member. x: (members, N, inputs) -> (members, N, outputs)."""

    def __init__(self, members: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(members, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(members, 1, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        return torch.matmul(x, self.weight) + self.bias


class BlinkSetNetwork(nn.Module):
    """Twice `members` networks of the same kind, each with a beginning and lessons of its own.

    One half says the classes, the other the level, each half by its mean: what ranks best and what classes best is not
    learned in one.

    blinks: (B, 30, 4) amplitude, duration, velocity, 1 where there is a blink -> `logits` (B, 3), `level` (B, 1) 0..10.
    """

    input_name = PART_INPUTS["blinks"]
    sharpness: Tensor

    def __init__(
        self,
        *,
        members: int = 6,
        width: int = 24,
        description: int = 24,
        hidden: int = 24,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.members = members
        both = 2 * members
        self.first = MemberLinear(both, 2 * FEATURES, width)
        self.second = MemberLinear(both, width, width)
        self.third = MemberLinear(both, width, description)
        self.fourth = MemberLinear(both, 2 * description + 2 * FEATURES, hidden)
        self.last = MemberLinear(both, hidden, CLASSES + 1)
        self.dropout = nn.Dropout(dropout)
        # What logits are multiplied with so that probabilities hold for people who were not learned from.
        self.register_buffer("sharpness", torch.ones(1))

    def forward(self, blinks: Tensor) -> dict[str, Tensor]:
        said = self.each(blinks.unsqueeze(0))
        logits = said[: self.members, :, :CLASSES].mean(dim=0)
        level = torch.sigmoid(said[self.members :, :, CLASSES:]).mean(dim=0)
        return {
            "logits": logits * self.sharpness,
            "level": LEVEL_MOST * level,
        }

    def each(self, blinks: Tensor) -> Tensor:
        """blinks: (2 members or 1, B, 30, 4) -> (2 members, B, 4): logits of the classes, then of the level."""
        own, batch, count, _ = blinks.shape
        there = blinks[..., FEATURES:]  # (own, B, 30, 1)
        number = there.sum(dim=2).clamp(min=1.0)
        features = _asinh(blinks[..., :FEATURES]) * there
        mean = features.sum(dim=2) / number
        around = (features - mean.unsqueeze(2)) * there
        deviation = torch.sqrt((around * around).sum(dim=2) / number + _LEAST_VARIANCE)
        x = torch.cat([features, around / deviation.unsqueeze(2)], dim=3)
        x = x.reshape(own, batch * count, 2 * FEATURES)
        x = torch.relu(self.first(x))
        x = torch.relu(self.second(x))
        x = self.third(x).reshape(2 * self.members, batch, count, -1) * there
        pooled = x.sum(dim=2) / number
        positive = torch.relu(x)
        spread = torch.sqrt((positive * positive).sum(dim=2) / number + 1e-4)
        simple = torch.cat([mean, deviation], dim=2).expand(2 * self.members, -1, -1)
        x = torch.cat([pooled, spread, simple], dim=2)
        x = torch.relu(self.fourth(self.dropout(x)))
        said: Tensor = self.last(self.dropout(x))
        return said


def _asinh(x: Tensor) -> Tensor:
    """Of numbers within ±1000, in operators that every runtime has and that keep their digits below zero."""
    size = x.abs().clamp(max=_LARGEST)
    return torch.sign(x) * torch.log(size + torch.sqrt(size * size + 1.0))
