"""A student as parts of a bundle: names and shapes are those of the format, and expression is a file of its own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.export.part_model import part_models
from model_compression.students import create_student
from tests.model_compression.export.tiny_students import tiny_eyes


def test_eyes_come_in_pairs() -> None:
    (part,) = part_models(tiny_eyes(), "eyes")
    assert part.input_shape == (2, 1, 48, 64)
    assert part.outputs == {"openness": (2, 2), "visible": (2, 1), "iris": (2, 3)}


def test_face_student_becomes_two_files_that_say_what_it_said() -> None:
    torch.manual_seed(0)
    student = create_student("mobilefacenet").eval()
    face, expression = part_models(student, "face")
    x = face.example()
    with torch.no_grad():
        whole = student(x)
    said = face.run(x)
    said |= expression.run(said["features"])
    assert set(said) == set(whole)
    assert "expression" not in face.outputs
    for name, value in whole.items():
        torch.testing.assert_close(said[name], value, rtol=1e-3, atol=1e-4)


def test_output_that_the_format_does_not_know_is_one_sentence() -> None:
    class Odd(nn.Module):
        input_name = "eyes"

        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"mood": x.mean()}

    with pytest.raises(UserError, match=r"part eyes gives 'mood'"):
        part_models(Odd(), "eyes")


def test_unknown_part_is_one_sentence() -> None:
    with pytest.raises(UserError, match="no part 'ears'"):
        part_models(tiny_eyes(), "ears")
