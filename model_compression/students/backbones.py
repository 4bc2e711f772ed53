"""`create_backbone(name)`: every picture network without its heads, by its name."""

from __future__ import annotations

import difflib
import inspect
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from edge_app.errors import UserError
from model_compression.students.backbone import Backbone


@dataclass(frozen=True, slots=True)
class _Family:
    place: str  # module and class in this package
    options: dict[str, Any] = field(default_factory=dict)


_FAMILIES = {
    "mobilefacenet": _Family("mobilefacenet.MobileFaceNet"),
    "mobilefacenet-2x": _Family("mobilefacenet.MobileFaceNet", {"width": 2.0}),
    "mobilevit-xxs": _Family("mobilevit.MobileViT", {"size": "xxs"}),
    "mobilevit-xs": _Family("mobilevit.MobileViT", {"size": "xs"}),
    "mobilevit-s": _Family("mobilevit.MobileViT", {"size": "s"}),
    "efficientnet-b0": _Family("efficientnet.EfficientNet", {"size": "b0"}),
    "efficientnet-b2": _Family("efficientnet.EfficientNet", {"size": "b2"}),
    "efficientnet-v2-m": _Family("efficientnet_v2.EfficientNetV2M"),
    "ddamfn": _Family("ddamfn.Ddamfn"),
    "resnet-50": _Family("resnet.ResNet50"),
    "vit-b16": _Family("vit.VitB16"),
    "beit-l16": _Family("vit.BeitL16"),
}
BACKBONES = tuple(_FAMILIES)


def create_backbone(
    name: str, *, channels: int = 3, side_px: int | None = None, **options: Any
) -> Backbone:
    """side_px: of the pictures (None: the backbone's own). options: keyword arguments of the family; None is left out.

    Raises `UserError` for an unknown name or option.
    """
    if name not in _FAMILIES:
        raise UserError(f"there is no backbone named {name!r}: {_known(name, BACKBONES)}")
    chosen = _FAMILIES[name]
    module, family_name = chosen.place.rsplit(".", 1)
    family: Any = getattr(import_module(f"model_compression.students.{module}"), family_name)
    given = {n: value for n, value in {"side_px": side_px, **options}.items() if value is not None}
    taken = [n for n in inspect.signature(family).parameters if n not in chosen.options]
    for option in given:
        if option not in taken:
            raise UserError(
                f"the backbone {name} has no option {option!r}: {_known(option, tuple(taken))}"
            )
    backbone: Backbone = family(channels=channels, **chosen.options, **given)
    return backbone


def _known(name: str, names: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"known are {', '.join(names)}" + (f"; did you mean {near[0]}?" if near else "")
