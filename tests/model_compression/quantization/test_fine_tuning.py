"""Fine-tuning for rounding: a student whose rounding costs much says again what it said in float."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from model_compression.export.part_model import PartModel, part_model
from model_compression.quantization import fine_tuning
from model_compression.quantization.fine_tuning import RoundedLayer, fine_tuned
from tests.model_compression.export.tiny_students import tiny_eyes
from tests.model_compression.quantization.conftest import random_samples


@pytest.fixture
def part() -> PartModel:
    return part_model(tiny_eyes(), "eyes")


def rounded_error(model: nn.Module, part: PartModel, shown: list[np.ndarray]) -> float:
    """Mean difference of the openness from `part`, with `model` rounded over the ranges of `shown`."""
    rounded = fine_tuning._rounding(replace(part, model=model))
    errors = []
    with torch.no_grad():
        rounded.train()
        for x in shown[:8]:
            rounded(torch.from_numpy(x))
        rounded.eval()
        for x in shown:
            said, meant = rounded(torch.from_numpy(x)), part.run(torch.from_numpy(x))
            errors.append(float((said["openness"] - meant["openness"]).abs().mean()))
    return float(np.mean(errors))


def test_rounding_costs_less_after_it(part: PartModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fine_tuning, "_WEIGHT_LEVELS", 3)  # so coarse that it shows at once
    monkeypatch.setattr(fine_tuning, "_LEARNING_RATE", 1e-3)
    lessons, held_out = random_samples(part, 64, seed=1), random_samples(part, 32, seed=2)
    tuned = fine_tuned(part, lessons, steps=120, batch=8, seed=0, progress=lambda what: None)
    before = rounded_error(part.model, part, held_out)
    assert rounded_error(tuned.model, part, held_out) < 0.7 * before


def test_float_student_is_left_as_it_was(part: PartModel) -> None:
    before = deepcopy(part.model.state_dict())
    fine_tuned(
        part, random_samples(part, 8, seed=1), steps=2, batch=4, seed=0, progress=lambda what: None
    )
    for name, value in part.model.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_result_has_ordinary_layers_of_the_same_names(part: PartModel) -> None:
    tuned = fine_tuned(
        part, random_samples(part, 8, seed=1), steps=2, batch=4, seed=0, progress=lambda what: None
    )
    assert not any(isinstance(module, RoundedLayer) for module in tuned.model.modules())
    assert list(tuned.model.state_dict()) == list(part.model.state_dict())


def test_first_and_last_layers_are_not_rounded(part: PartModel) -> None:
    rounded = fine_tuning._rounding(part)
    layers = [m for m in rounded.modules() if isinstance(m, RoundedLayer)]
    assert len(layers) == 8
    assert all(isinstance(m.layer, nn.Conv2d) and m.layer.in_channels > 1 for m in layers)
