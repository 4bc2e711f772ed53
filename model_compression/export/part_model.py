"""One part of a bundle on its way into files: the folded student with the names and shapes of a bundle."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edge_app.bundle.heads import KNOWN_HEADS, PART_NAMES, PartName
from edge_app.errors import UserError
from edge_app.face.letterbox import DETECTOR_SIZE_PX
from edge_app.face.student_crops import EXPRESSION_PX, EYE_HEIGHT_PX, EYE_WIDTH_PX
from model_compression.export.flat_tokens import with_flat_tokens
from model_compression.export.folding import folded

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

    @torch.no_grad()
    def run(self, x: Tensor) -> dict[str, Tensor]:
        """x: `input_shape` -> the outputs."""
        given: dict[str, Tensor] = self.model(x)
        return given

    def example(self, seed: int = 0) -> Tensor:
        """Something like a picture after standardizing."""
        return torch.randn(self.input_shape, generator=torch.Generator().manual_seed(seed))


def part_model(student: nn.Module, part: str) -> PartModel:
    """Raises `UserError` where the student's outputs are not those of `part` in the bundle format."""
    if part not in PART_NAMES:
        raise UserError(f"a bundle has no part {part!r}; known are {', '.join(PART_NAMES)}.")
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


def _input_shape(part: PartName, student: nn.Module) -> Shape:
    if part == "detector":
        return (1, 1, DETECTOR_SIZE_PX, DETECTOR_SIZE_PX)
    if part == "eyes":
        return (_EYES, 1, EYE_HEIGHT_PX, EYE_WIDTH_PX)
    if part == "expression":
        return (1, 1, EXPRESSION_PX, EXPRESSION_PX)
    side = int(getattr(student, "input_size_px", _DEFAULT_FACE_PX))
    return (1, 1, side, side)
