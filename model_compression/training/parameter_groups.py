"""The parameters of a network, grouped by what their steps have in common: weight decay, and the layer's own pace."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import nn

from edge_app.errors import UserError

_BLOCK = re.compile(r"^encoder\.blocks\.(\d+)\.")
# Experts that are kept as one tensor have their biases in rows.
_BIAS = re.compile(r"(^|[._])(bias|b\d+)$")


@dataclass(frozen=True)
class ParameterGroup:
    """One group of an optimiser; `vars` of it is what torch takes."""

    params: list[nn.Parameter]
    decays: bool  # kernels and matrices do, biases and the weights of norms do not
    rate: float  # share of the step's learning rate


def parameter_groups(
    network: nn.Module, layer_decay: float, others: Iterable[nn.Parameter] = ()
) -> list[ParameterGroup]:
    """others: parameters of the task, which learn at the full rate.

    The rate of layer l of L is `layer_decay ** (L - l)` (Clark et al. 2020, ELECTRA; Bao et al. 2022, BEiT): what comes
    before the blocks is layer 0, each block is one, what comes after them is the last. Raises `UserError` for a network
    without blocks.
    """
    named = list(network.named_parameters())
    layers = _layers([name for name, _ in named], layer_decay)
    top = max(layers, default=0)
    groups: dict[tuple[int, bool], list[nn.Parameter]] = {
        (layer, decays): [] for layer in range(top + 1) for decays in (True, False)
    }
    for (name, parameter), layer in zip(named, layers, strict=True):
        decays = parameter.ndim > 1 and not _BIAS.search(name)
        groups[layer, decays].append(parameter)
    for parameter in others:
        groups[top, parameter.ndim > 1].append(parameter)
    return [
        ParameterGroup(own, decays, layer_decay ** (top - layer))
        for (layer, decays), own in groups.items()
        if own
    ]


def _layers(names: Sequence[str], layer_decay: float) -> list[int]:
    """The layer of each parameter, in the order of the network."""
    if layer_decay == 1:
        return [0] * len(names)
    blocks = [int(found[1]) if (found := _BLOCK.match(name)) else None for name in names]
    depth = max((block + 1 for block in blocks if block is not None), default=0)
    if not depth:
        raise UserError(
            "layer_decay: this network has no blocks in an encoder, whose learning rates could fall layer by layer;"
            " leave layer_decay at 1."
        )
    first = next(place for place, block in enumerate(blocks) if block is not None)
    before, after = 0, depth + 1
    return [
        block + 1 if block is not None else before if place < first else after
        for place, block in enumerate(blocks)
    ]
