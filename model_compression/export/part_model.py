"""One part of a bundle on its way into files: the folded student with the names and shapes of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from edge_app.blink_head.rows import COLUMNS, MOST_BLINKS
from edge_app.bundle.heads import KNOWN_HEADS, PART_NAMES, PartName
from edge_app.errors import UserError
from edge_app.face.letterbox import DETECTOR_SIZE_PX
from edge_app.face.student_crops import EXPRESSION_PX, EYE_HEIGHT_PX, EYE_WIDTH_PX
from model_compression.export.flat_tokens import with_flat_tokens
from model_compression.export.folding import folded
from model_compression.export.temporal_step import TemporalStep, class_names, temporal_step

Shape = tuple[int, ...]
_EYES = 2  # both in one batch
_DEFAULT_FACE_PX = 112


@dataclass(frozen=True, slots=True)
class PartModel:
    """`model(x)` gives a dict of tensors in the order of `outputs`."""

    part: PartName
    model: nn.Module  # folded, eval mode
    input_name: str
    input_shape: Shape
    outputs: dict[str, Shape]
    rate_hz: float | None = None  # of the part temporal: its steps in a second
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # names, of its heads

    @torch.no_grad()
    def run(self, x: Tensor) -> dict[str, Tensor]:
        """x: `input_shape` -> the outputs."""
        given: dict[str, Tensor] = self.model(x)
        return given

    def example(self, seed: int = 0) -> Tensor:
        """Something like a picture after standardizing, or like an embedding and a memory."""
        return torch.randn(self.input_shape, generator=torch.Generator().manual_seed(seed))


def part_model(
    student: nn.Module, part: str, classes: Mapping[str, Any] | None = None
) -> PartModel:
    """classes: by label of a temporal head, as its file names them.

    Raises `UserError` where the student's outputs are not those of `part` in the bundle format.
    """
    if part not in PART_NAMES:
        raise UserError(f"a bundle has no part {part!r}; known are {', '.join(PART_NAMES)}.")
    if part == "temporal":
        return _of_a_head(student, classes)
    model = with_flat_tokens(folded(student))
    shape = _input_shape(part, student)
    with torch.no_grad():
        outputs = {name: tuple(value.shape) for name, value in model(torch.zeros(shape)).items()}
    for name in outputs:
        known = KNOWN_HEADS.get(name)
        if known is None or known.part != part:
            raise UserError(
                f"the student for the part {part} gives {name!r}, which bundle format 1 does not"
                f" know in {part}; train one whose outputs it knows."
            )
    return PartModel(part, model, str(student.input_name), shape, outputs)


def _of_a_head(head: nn.Module, classes: Mapping[str, Any] | None) -> PartModel:
    step: TemporalStep = temporal_step(head)
    shape = (1, step.features + step.hidden)
    with torch.no_grad():
        outputs = {name: tuple(value.shape) for name, value in step(torch.zeros(shape)).items()}
    logits = {name: shape[-1] for name, shape in outputs.items() if name != "memory"}
    return PartModel(
        "temporal",
        step,
        step.input_name,
        shape,
        outputs,
        rate_hz=step.rate_hz,
        classes=class_names(logits, classes),
    )


def _input_shape(part: PartName, student: nn.Module) -> Shape:
    if part == "detector":
        return (1, 1, DETECTOR_SIZE_PX, DETECTOR_SIZE_PX)
    if part == "eyes":
        return (_EYES, 1, EYE_HEIGHT_PX, EYE_WIDTH_PX)
    if part == "expression":
        return (1, 1, EXPRESSION_PX, EXPRESSION_PX)
    if part == "blinks":
        return (1, MOST_BLINKS, COLUMNS)
    side = int(getattr(student, "input_size_px", _DEFAULT_FACE_PX))
    return (1, 1, side, side)
