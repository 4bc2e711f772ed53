"""Which layers stay float: the last linear ones, whose rounding nothing behind them would average out.

A model of any runtime comes in as a list of layers; the names of those that nothing spatial follows go out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["convolution", "linear", "attention", "shape", "other"]


@dataclass(frozen=True, slots=True)
class Layer:
    """`attention` is a product of two activations; `shape` only moves numbers, or adds a constant to them."""

    name: str
    kind: Kind
    after: tuple[str, ...]  # names of the layers whose outputs it takes


def final_layers(layers: Sequence[Layer], outputs: Collection[str]) -> set[str]:
    """outputs: names of the layers that give the model's outputs.

    Linear layers behind the last convolution or attention, and convolutions whose sums are outputs as they are.
    """
    kinds = {layer.name: layer.kind for layer in layers}
    followers: dict[str, list[str]] = {layer.name: [] for layer in layers}
    for layer in layers:
        for name in layer.after:
            followers.setdefault(name, []).append(layer.name)

    def is_last_linear(name: str) -> bool:
        return not any(
            kinds[f] in ("convolution", "attention") for f in _all_after(name, followers)
        )

    def is_output_as_it_is(name: str) -> bool:
        behind = _all_after(name, followers)
        ends = name in outputs or any(f in outputs for f in behind)
        return ends and all(kinds[f] == "shape" for f in behind)

    return {
        name
        for name, kind in kinds.items()
        if (kind == "linear" and is_last_linear(name))
        or (kind == "convolution" and is_output_as_it_is(name))
    }


def _all_after(name: str, followers: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(followers.get(name, ()))
    while waiting:
        following = waiting.pop()
        if following not in found:
            found.add(following)
            waiting += followers.get(following, ())
    return found
