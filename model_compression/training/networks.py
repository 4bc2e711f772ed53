"""Every network that can be trained, by its name: students of the vehicle, teachers they learn from, and others."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Any

from torch import nn

from edge_app.errors import UserError
from model_compression.students import create_student
from model_compression.students.create import STUDENTS
from model_compression.teachers import TEACHERS, create_teacher

_OTHERS = {
    "clip-vit-mae": "teachers.masked_autoencoder.MaskedClipAutoencoder",
    "safe-cross-attention": "audio_visual.safe_cross_attention.SafeCrossAttention",
    "lambda-fusion": "audio_visual.lambda_fusion.LambdaFusion",
    "picture-network": "students.picture_network.PictureNetwork",
    "valence-arousal-head": "downstream.valence_arousal.ValenceArousalHead",
    "mimicry-head": "downstream.mimicry.MimicryHead",
    "blink-set": "blinks.network.BlinkSetNetwork",
}  # name -> module and class in `model_compression`


def create_network(name: str, **options: Any) -> nn.Module:
    """A freshly initialised network. options: its keyword arguments. Raises `UserError`."""
    if name not in (*STUDENTS, *TEACHERS, *_OTHERS):
        near = get_close_matches(name, (*STUDENTS, *TEACHERS, *_OTHERS), n=1)
        hint = f"did you mean `{near[0]}`?" if near else ""
        known = (
            f"students {', '.join(STUDENTS)}; teachers {', '.join(TEACHERS)};"
            f" others {', '.join(_OTHERS)}"
        )
        raise UserError(
            f"network.name: there is no network `{name}`; {hint or f'known are {known}.'}"
        )
    try:
        if name in TEACHERS:
            return create_teacher(name, **options)
        if name in _OTHERS:
            return _other(name)(**options)
        return create_student(name, **options)
    except (TypeError, ValueError) as error:
        raise UserError(f"network.options: {name} does not take these ({error}).") from error


def _other(name: str) -> type[nn.Module]:
    module, family_name = _OTHERS[name].rsplit(".", 1)
    family: type[nn.Module] = getattr(import_module(f"model_compression.{module}"), family_name)
    return family
