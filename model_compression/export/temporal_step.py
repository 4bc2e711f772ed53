"""A temporal head as the vehicle runs it: one step, what it remembers goes in and out beside the embedding.

A head trained on sequences comes in; a module of one input and plain matrix products goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from edge_app.bundle.heads import PART_INPUTS, TEMPORAL_HEADS
from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES
from model_compression.students.temporal_head import TemporalHead

# The bundle has a head of this name that reads one picture.
_OUTPUTS = {"expression": "expression_over_time"}


class TemporalStep(nn.Module):
    """step: (1, features + hidden) -> `<label>` (1, classes), `memory` (1, hidden).

    The GRU cell (Cho et al. 2014, with torch's place of the reset gate) stands in matrix products, sigmoids and
    hyperbolic tangents, so that every converter takes it. A label of one logit z goes out as two, 0 and z, whose
    softmax is the same.
    """

    input_name = PART_INPUTS["temporal"]

    def __init__(self, head: TemporalHead) -> None:
        super().__init__()
        self.hidden, self.rate_hz = head.hidden, head.rate_hz
        self.enter = head.enter
        self.features = int(next(iter(head.enter.parameters())).shape[0])  # of its LayerNorm
        weights = head.recall.state_dict()
        self.from_entered = _linear(weights["weight_ih_l0"], weights["bias_ih_l0"])
        self.from_memory = _linear(weights["weight_hh_l0"], weights["bias_hh_l0"])
        self.heads = nn.ModuleDict(
            {_OUTPUTS.get(label, label): _two_sided(head.heads[label]) for label in head.heads}
        )

    def forward(self, step: Tensor) -> dict[str, Tensor]:
        features, memory = torch.split(step, [self.features, self.hidden], dim=1)
        # Of the gates: reset, update, and what would be remembered anew.
        reset, update, new = self.from_entered(self.enter(features)).chunk(3, dim=1)
        reset_before, update_before, new_before = self.from_memory(memory).chunk(3, dim=1)
        keep = torch.sigmoid(update + update_before)
        new = torch.tanh(new + torch.sigmoid(reset + reset_before) * new_before)
        memory = new + keep * (memory - new)
        return {**{name: head(memory) for name, head in self.heads.items()}, "memory": memory}


def temporal_step(head: nn.Module) -> TemporalStep:
    """Raises `UserError` where it is no temporal head, or says what the bundle format has no head for."""
    if not isinstance(head, TemporalHead):
        raise UserError(
            f"the part temporal is made of a temporal head, and this is a {type(head).__name__}; give one that"
            " 'vigil distill' left."
        )
    step = TemporalStep(head).eval()
    unknown = sorted(set(step.heads) - set(TEMPORAL_HEADS))
    if unknown:
        raise UserError(f"bundle format 1 has no head for {', '.join(unknown)} over time.")
    return step


def class_names(
    outputs: Mapping[str, int], told: Mapping[str, Any] | None = None
) -> dict[str, tuple[str, ...]]:
    """By output of the step, in the order of its logits. A space in a name becomes `_`: the bundle format has none.

    outputs: how many logits each has. told: by label, the names that the head's file holds; without them those of
    prepared clips are meant. Raises `UserError` where these are of another number.
    """
    labels = {output: label for label, output in _OUTPUTS.items()}
    named: dict[str, tuple[str, ...]] = {}
    for output, count in outputs.items():
        label = labels.get(output, output)
        names = tuple((told or {}).get(label, CLASSES[label]))
        if len(names) != count:
            raise UserError(
                f"the temporal head tells {count} classes of {label}, and its file does not name them; teach it"
                " again with 'vigil distill'."
            )
        named[output] = tuple("_".join(name.split()) for name in names)
    return named


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        linear.weight.copy_(weight)
        linear.bias.copy_(bias)
    return linear


def _two_sided(linear: nn.Module) -> nn.Linear:
    assert isinstance(linear, nn.Linear)
    if linear.out_features > 1:
        return linear
    zero = torch.zeros_like(linear.weight)
    return _linear(torch.cat([zero, linear.weight]), torch.cat([zero[:, 0], linear.bias]))
