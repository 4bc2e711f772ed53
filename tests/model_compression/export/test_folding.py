"""Folding changes how a student is written down, not what it says."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from model_compression.export.folding import folded
from tests.model_compression.export.tiny_students import seasoned, tiny_eyes


def test_folded_student_says_the_same() -> None:
    student = tiny_eyes()
    x = torch.randn(4, 1, 48, 64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        before, after = student(x), folded(student)(x)
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, rtol=1e-4, atol=1e-5)


def test_no_norm_or_dropout_is_left() -> None:
    student = seasoned(
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout()), (1, 8, 8)
    )
    kinds = {type(module) for module in folded(student).modules()}
    assert not kinds & {nn.BatchNorm2d, nn.Dropout}


def test_student_itself_is_left_as_it_is() -> None:
    student = tiny_eyes()
    folded(student)
    assert any(isinstance(module, nn.BatchNorm2d) for module in student.modules())


def test_norm_without_a_layer_before_it_is_an_error() -> None:
    student = nn.Sequential(nn.ReLU(), nn.BatchNorm2d(4)).eval()
    with pytest.raises(ValueError, match="1: a BatchNorm"):
        folded(student)
