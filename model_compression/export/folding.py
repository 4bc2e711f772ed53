"""BatchNorm folded into the layer before it: what every runtime computes, and what quantization has to see."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from model_compression.students.blocks import GlobalDepthwise

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def folded(student: nn.Module) -> nn.Module:
    """A copy in eval mode that computes the same without BatchNorm or dropout.

    Raises `ValueError` where a BatchNorm follows neither a convolution nor a linear layer.
    """
    copy = deepcopy(student).eval()
    _fold_inside(copy)
    left = [name for name, module in copy.named_modules() if isinstance(module, _NORMS)]
    if left:
        raise ValueError(f"{', '.join(left)}: a BatchNorm without a layer to fold it into")
    return copy


def _fold_inside(parent: nn.Module) -> None:
    for name, child in list(parent.named_children()):
        if isinstance(child, GlobalDepthwise):
            setattr(parent, name, _as_convolution(child))
        elif isinstance(child, nn.Dropout):
            setattr(parent, name, nn.Identity())
        else:
            _fold_inside(child)
    if isinstance(parent, nn.Sequential):
        _fold_neighbours(parent)


def _fold_neighbours(chain: nn.Sequential) -> None:
    layers: list[Any] = []
    for layer in chain:
        before = layers[-1] if layers else None
        if isinstance(layer, nn.BatchNorm2d) and isinstance(before, nn.Conv2d):
            layers[-1] = fuse_conv_bn_eval(before, layer)
        elif isinstance(layer, nn.BatchNorm1d) and isinstance(before, nn.Linear):
            layers[-1] = fuse_linear_bn_eval(before, layer)
        elif not isinstance(layer, nn.Identity):
            layers.append(layer)
    while len(chain):
        del chain[0]
    chain.extend(layers)


def _as_convolution(pool: GlobalDepthwise) -> nn.Sequential:
    """At its own size the pool is an ordinary depthwise convolution to one pixel."""
    channels = pool.weight.shape[0]
    convolution = nn.Conv2d(channels, channels, pool.size, groups=channels, bias=False)
    convolution.weight.data = pool.weight.data.clone()
    return nn.Sequential(fuse_conv_bn_eval(convolution.eval(), pool.norm), nn.Flatten(1))
