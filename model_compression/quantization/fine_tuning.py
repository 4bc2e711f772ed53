"""Quantization-aware fine-tuning: a student learns to say what it said in float although its numbers are rounded.

Weights are rounded to 7 bits by channel and activations to 8 bits in the forward pass; gradients pass as if they were
not (straight through: Bengio et al. 2013; Jacob et al. 2018, sec. 3). What is learned are float weights again, which
each runtime then quantizes in its own way. BatchNorm is folded before, so that what is rounded is what will run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from model_compression.export.flat_tokens import FlatMobileViTBlock
from model_compression.export.part_model import PartModel

Floats = NDArray[np.float32]
Progress = Callable[[str], None]

_WEIGHT_LEVELS = 63  # of 7 bits with a sign
_ACTIVATION_LEVELS = 255
_RANGE_MEMORY = 0.95
_RANGES_FROZEN_AFTER = 0.5  # of the steps: then only weights move
_LEARNING_RATE = 1e-4
_TELLS = 10  # times


def fine_tuned(
    part: PartModel,
    inputs: Sequence[Floats],
    *,
    steps: int,
    batch: int,
    seed: int,
    progress: Progress,
) -> PartModel:
    """inputs: N inputs of the part, of one picture (or one pair of eyes) each."""
    teacher = part.model
    student = _rounding(part)
    shown = torch.from_numpy(np.stack(inputs))  # (N, *input_shape)
    drawn = torch.Generator().manual_seed(seed)
    scales = _scales(teacher, shown[: 4 * batch])
    optimizer = torch.optim.AdamW(student.parameters(), lr=_LEARNING_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    student.train()
    for step in range(steps):
        rows = torch.randint(len(shown), (batch,), generator=drawn)
        if step == int(steps * _RANGES_FROZEN_AFTER):
            student.eval()
        loss = torch.zeros(())
        for x in _batches(part, shown[rows]):
            with torch.no_grad():
                wanted = teacher(x)
            said = student(x)
            loss = loss + sum(
                ((said[name] - wanted[name]) ** 2).mean() / scale for name, scale in scales.items()
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if step % max(1, steps // _TELLS) == 0 or step == steps - 1:
            progress(f"{part.part}: fine-tuning, step {step + 1} of {steps}, loss {loss:.4g}")
    return replace(part, model=_plain(student).eval())


def _batches(part: PartModel, x: Tensor) -> list[Tensor]:
    """One batch where the model takes any; one picture at a time where it was flattened for one."""
    if any(isinstance(module, FlatMobileViTBlock) for module in part.model.modules()):
        return list(x)
    return [x.flatten(0, 1)]


@torch.no_grad()
def _scales(teacher: nn.Module, shown: Tensor) -> dict[str, float]:
    """Variance of each output over pictures: a head that hardly moves must not be drowned by one that does."""
    given = [teacher(x) for x in shown]
    return {
        name: max(float(torch.stack([o[name] for o in given]).var(dim=0).mean()), 1e-6)
        for name in given[0]
    }


class Rounding(nn.Module):
    """Activations rounded to 8 bits over a range that follows the pictures while training."""

    low: Tensor
    high: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("low", torch.tensor(float("nan")))
        self.register_buffer("high", torch.tensor(float("nan")))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self._follow(x.detach())
        return _rounded_activation(x, self.low, self.high)

    def _follow(self, x: Tensor) -> None:
        each = x.flatten(1)  # the mean of the pictures' extremes, as where ranges are measured
        low = each.amin(dim=1).mean().clamp(max=0.0)
        high = each.amax(dim=1).mean().clamp(min=0.0)
        if torch.isnan(self.low):
            self.low.copy_(low)
            self.high.copy_(high)
            return
        self.low.lerp_(low, 1 - _RANGE_MEMORY)
        self.high.lerp_(high, 1 - _RANGE_MEMORY)


class RoundedLayer(nn.Module):
    """A convolution or linear layer whose input and weights are rounded as they will be in int8.

    added: its sums are rounded too, since an addition and no activation follows.
    """

    def __init__(self, layer: nn.Conv2d | nn.Linear, *, added: bool) -> None:
        super().__init__()
        self.layer = layer
        self.before = Rounding()
        self.after = Rounding() if added else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        weight, of = _rounded_weight(self.layer.weight), self.layer
        if isinstance(of, nn.Linear):
            out = functional.linear(x, weight, of.bias)
        else:
            out = functional.conv2d(
                x, weight, of.bias, of.stride, of.padding, of.dilation, of.groups
            )
        rounded: Tensor = self.after(out)
        return rounded


def _rounded_weight(weight: Tensor) -> Tensor:
    """By output channel, symmetric."""
    largest = weight.detach().abs().flatten(1).amax(dim=1).clamp(min=1e-8)
    step = (largest / _WEIGHT_LEVELS).reshape(-1, *[1] * (weight.ndim - 1))
    return weight + (torch.round(weight / step) * step - weight).detach()


def _rounded_activation(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The gradient is cut where the range is: beyond it nothing changes."""
    step = ((high - low) / _ACTIVATION_LEVELS).clamp(min=1e-8)
    inside = torch.clamp(x, min=low, max=high)
    return inside + (torch.round(inside / step) * step - inside).detach()


def _rounding(part: PartModel) -> nn.Module:
    """A copy whose layers round; the first and the last, which stay float, do not."""
    copy = deepcopy(part.model)
    final = _gives_outputs(copy, part)
    for parent in list(copy.modules()):
        if isinstance(parent, RoundedLayer):
            continue
        within_attention = type(parent).__module__ == FlatMobileViTBlock.__module__
        children = list(parent.named_children())
        for place, (name, child) in enumerate(children):
            is_layer = (isinstance(child, nn.Conv2d) and not _opens(child)) or (
                isinstance(child, nn.Linear) and (within_attention or _inside_mlp(copy, parent))
            )
            if is_layer and child not in final:
                is_last = place == len(children) - 1
                setattr(parent, name, RoundedLayer(child, added=is_last))  # type: ignore[arg-type]
    return copy


def _opens(layer: nn.Conv2d) -> bool:
    """Whether it reads the picture itself, which stays float."""
    return layer.in_channels == 1 and layer.groups == 1


def _inside_mlp(model: nn.Module, parent: nn.Module) -> bool:
    """Whether `parent` is the MLP of a transformer layer."""
    return any(getattr(module, "mlp", None) is parent for module in model.modules())


@torch.no_grad()
def _gives_outputs(model: nn.Module, part: PartModel) -> set[nn.Module]:
    """The convolutions whose results are outputs as they are."""
    made: dict[int, nn.Module] = {}
    keep: list[Tensor] = []  # an address is only unique while its tensor lives
    hooks = []
    for module in model.modules():
        if isinstance(module, nn.Conv2d):

            def remember(of: nn.Module, _: object, out: Tensor) -> None:
                keep.append(out)
                made[out.data_ptr()] = of

            hooks.append(module.register_forward_hook(remember))
    outputs = model(part.example())
    for hook in hooks:
        hook.remove()
    heads = [tensor.data_ptr() for tensor in outputs.values()]
    return {made[place] for place in heads if place in made}


def _plain(model: nn.Module) -> nn.Module:
    """The same with ordinary layers."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, RoundedLayer):
                setattr(parent, name, child.layer)
    return model
