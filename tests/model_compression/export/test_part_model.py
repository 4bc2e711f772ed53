"""A student as parts of a bundle: names and shapes are those of the format."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.export.part_model import part_model
from model_compression.students import create_student
from tests.model_compression.export.tiny_students import seasoned, tiny_eyes


def test_eyes_come_in_pairs() -> None:
    part = part_model(tiny_eyes(), "eyes")
    assert part.input_shape == (2, 1, 48, 64)
    assert part.outputs == {"openness": (2, 2), "visible": (2, 1), "iris": (2, 3)}


@pytest.mark.parametrize(
    ("part", "name"), [("face", "mobilefacenet"), ("expression", "expression-net")]
)
def test_folded_student_says_what_the_student_says(part: str, name: str) -> None:
    torch.manual_seed(0)
    student = seasoned(create_student(name), (1, 112, 112))
    model = part_model(student, part)
    assert (model.input_name, model.input_shape) == ("face", (1, 1, 112, 112))
    x = model.example()
    with torch.no_grad():
        whole = student(x)
    said = model.run(x)
    assert set(said) == set(whole)
    for output, value in whole.items():
        torch.testing.assert_close(said[output], value, rtol=1e-3, atol=1e-4)


def test_output_that_the_format_does_not_know_is_one_sentence() -> None:
    class Odd(nn.Module):
        input_name = "eyes"

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"mood": x.mean()}

    with pytest.raises(UserError, match=r"part eyes gives 'mood'"):
        part_model(Odd(), "eyes")


def test_unknown_part_is_one_sentence() -> None:
    with pytest.raises(UserError, match="no part 'ears'"):
        part_model(tiny_eyes(), "ears")
