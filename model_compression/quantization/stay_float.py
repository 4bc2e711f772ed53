"""Which layers stay float: the first, which reads a picture of one channel, and from the last linear ones on.

Eight bits over the range of a standardized picture are coarser than the camera's own: rounding the input costs as
much as rounding all that follows (measured on the eyes' part), and the first layer is a hundredth of the work.
Behind the last layers nothing averages their rounding out.
A recurrent part, which is known by having no convolution, is rounded in its linear layers before the last and nowhere
else: what it remembers goes round and round.
A model of any runtime comes in as a list of layers; names go out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["convolution", "linear", "attention", "activation", "average", "shape", "other"]

_BEFORE = ("shape", "average")
_SEEING = ("convolution", "attention")


@dataclass(frozen=True, slots=True)
class Layer:
    """`attention` is a product of two activations; `average` is a pool's; `shape` only moves numbers, or adds a
    constant to them.
    """

    name: str
    kind: Kind
    after: tuple[str, ...]  # names of the layers whose outputs it takes
    of_one_channel: bool = False  # a convolution of a luma picture


def stay_float(layers: Sequence[Layer], outputs: Collection[str]) -> set[str]:
    """outputs: names of the layers that give the model's outputs."""
    if not any(layer.kind in _SEEING for layer in layers):
        return recurrent_layers(layers)
    return opening_layers(layers) | final_layers(layers, outputs)


def recurrent_layers(layers: Sequence[Layer]) -> set[str]:
    """All but linear layers behind which another linear one comes, and the activations right behind those."""
    followers = _followers(layers)
    linear = {layer.name for layer in layers if layer.kind == "linear"}
    inner = {name for name in linear if linear & _all_after(name, followers)}
    activated = {
        layer.name for layer in layers if layer.kind == "activation" and set(layer.after) <= inner
    }
    return {layer.name for layer in layers} - inner - activated


def opening_layers(layers: Sequence[Layer]) -> set[str]:
    """The convolution of the picture itself, what moves or shrinks the picture before it, and the activation behind."""
    by_name = {layer.name: layer for layer in layers}
    found: set[str] = set()
    for layer in layers:
        before = _all_before(layer.name, by_name)
        if layer.of_one_channel and all(by_name[name].kind in _BEFORE for name in before):
            found |= {layer.name, *before}
    return found | {
        layer.name for layer in layers if layer.kind == "activation" and set(layer.after) & found
    }


def final_layers(layers: Sequence[Layer], outputs: Collection[str]) -> set[str]:
    """outputs: names of the layers that give the model's outputs.

    Linear layers behind the last convolution or attention with all that follows them, such as the sum of two of them:
    an output of eight bits is coarse, and cut off where no calibration picture went. And convolutions whose sums are
    outputs as they are, or what a last linear layer reads without any mean in between.
    """
    kinds = {layer.name: layer.kind for layer in layers}
    followers = _followers(layers)

    def is_last_linear(name: str) -> bool:
        return not any(kinds[f] in _SEEING for f in _all_after(name, followers))

    def is_output_as_it_is(name: str) -> bool:
        behind = _all_after(name, followers)
        ends = name in outputs or any(f in outputs for f in behind)
        return ends and all(kinds[f] == "shape" for f in behind)

    def is_read_by_linear(name: str) -> bool:
        following = followers[name]
        return any(
            kinds[f] == "linear" or (kinds[f] == "shape" and is_read_by_linear(f))
            for f in following
        )

    last = {name for name, kind in kinds.items() if kind == "linear" and is_last_linear(name)}
    for name in tuple(last):
        last |= _all_after(name, followers)
    return last | {
        name
        for name, kind in kinds.items()
        if kind == "convolution" and (is_output_as_it_is(name) or is_read_by_linear(name))
    }


def _followers(layers: Sequence[Layer]) -> dict[str, list[str]]:
    followers: dict[str, list[str]] = {layer.name: [] for layer in layers}
    for layer in layers:
        for name in layer.after:
            followers.setdefault(name, []).append(layer.name)
    return followers


def _all_before(name: str, by_name: dict[str, Layer]) -> set[str]:
    found: set[str] = set()
    waiting = list(by_name[name].after)
    while waiting:
        before = waiting.pop()
        if before in by_name and before not in found:
            found.add(before)
            waiting += by_name[before].after
    return found


def _all_after(name: str, followers: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(followers.get(name, ()))
    while waiting:
        following = waiting.pop()
        if following not in found:
            found.add(following)
            waiting += followers.get(following, ())
    return found
