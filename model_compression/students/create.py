"""`create_student(name, heads)`: every network of the vehicle by its name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from torch import nn

from edge_app.errors import UserError
from model_compression.students.backbones import create_backbone
from model_compression.students.face_student import FaceStudent
from model_compression.students.heads import FACE_HEADS

Student = nn.Module
"""Takes one tensor, gives a dict of tensors by the output names of a bundle; `input_name` names what it takes."""

# Backbones of face students, with what makes them quick in the vehicle and places points.
_WITH_HEADS: dict[str, dict[str, Any]] = {
    "mobilefacenet": {},
    "mobilevit-xxs": {"pool": "depthwise"},
    "mobilevit-xs": {"pool": "depthwise"},
    "mobilevit-s": {"pool": "depthwise"},
    "efficientnet-b0": {"pool": "depthwise", "stochastic_depth": 0.0},
    "efficientnet-b2": {"pool": "depthwise", "stochastic_depth": 0.0},
    "ddamfn": {},
}
_PLAIN = {
    "eye-branch": "eye_branch.EyeBranch",
    "expression-net": "expression_net.ExpressionNet",
    "face-detector": "face_detector.FaceDetector",
    "temporal-head": "temporal_head.TemporalHead",
}
FACE_STUDENTS = tuple(_WITH_HEADS)
STUDENTS = (*_WITH_HEADS, *_PLAIN)


def create_student(name: str, heads: Sequence[str] | None = None, **options: Any) -> Student:
    """A freshly initialised student. heads: of `FACE_HEADS` (None: all); only face students have a choice.

    Raises `UserError` for an unknown name.
    """
    if name in _WITH_HEADS:
        chosen = tuple(FACE_HEADS) if heads is None else tuple(heads)
        given = {"activation": "relu", **_WITH_HEADS[name], **options}
        return FaceStudent(create_backbone(name, channels=1, **given), heads=chosen)
    if name in _PLAIN:
        return _family(_PLAIN[name])(**options)
    near = difflib.get_close_matches(name, STUDENTS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UserError(f"there is no student named {name!r}: known are {', '.join(STUDENTS)}{hint}")


def _family(place: str) -> type[nn.Module]:
    module, name = place.rsplit(".", 1)
    family: type[nn.Module] = getattr(import_module(f"model_compression.students.{module}"), name)
    return family
