"""`create_teacher(name, classes=...)`: every clip network by its name."""

from __future__ import annotations

import difflib
import inspect
from importlib import import_module
from typing import Any

from torch import nn

from edge_app.errors import UserError

_FAMILIES = {
    "xception3d": "xception3d.Xception3d",
    "resnet3d-18": "resnet3d.ResNet3d18",
    "x3d-m": "x3d.X3dM",
    "clip-vit": "clip_vit.ClipViT",
}
TEACHERS = tuple(_FAMILIES)
_GIVEN = ("classes", "channels")


def create_teacher(name: str, *, classes: int, channels: int = 3, **options: Any) -> nn.Module:
    """A freshly initialised clip network: clips (B, channels, T, H, W) -> `logits` (B, classes) and `embedding`.

    options: keyword arguments of the family's class. Raises `UserError` for an unknown name or option.
    """
    if name not in _FAMILIES:
        raise UserError(f"there is no teacher named {name!r}: {_known(name, TEACHERS)}")
    if classes < 1 or channels < 1:
        raise UserError(
            f"teacher {name} needs at least one class and one channel, not classes: {classes}, "
            f"channels: {channels}"
        )
    module, family_name = _FAMILIES[name].rsplit(".", 1)
    family: type[nn.Module] = getattr(
        import_module(f"model_compression.teachers.{module}"), family_name
    )
    allowed = [option for option in inspect.signature(family).parameters if option not in _GIVEN]
    for option in options:
        if option not in allowed:
            raise UserError(f"teacher {name} has no option {option!r}: {_known(option, allowed)}")
    return family(classes=classes, channels=channels, **options)


def _known(name: str, names: tuple[str, ...] | list[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"known are {', '.join(names)}{hint}"
