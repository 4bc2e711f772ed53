"""Clip networks as the training loop takes them: names, outputs, evaluation that needs no labels."""

from __future__ import annotations

import pytest
import torch

from edge_app.errors import UserError
from model_compression.teachers import TEACHERS, create_teacher

SMALL = {"xception3d": {"middle_blocks": 1}, "clip-vit": {"size": "ti", "depth": 2}}
CLIPS = torch.rand(2, 1, 4, 32, 32, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module", params=TEACHERS)
def teacher(request: pytest.FixtureRequest) -> torch.nn.Module:
    torch.manual_seed(2)
    name = request.param
    return create_teacher(name, classes=3, channels=1, **SMALL.get(name, {}))


def test_teacher_gives_logits_and_an_embedding_of_its_size(teacher: torch.nn.Module) -> None:
    with torch.no_grad():
        said = teacher.eval()(CLIPS)
    assert {name: tuple(tensor.shape) for name, tensor in said.items()} == {
        "logits": (2, 3),
        "embedding": (2, teacher.embedding_size),
    }
    assert teacher.input_name == "clips"


def test_evaluation_says_the_same_with_labels_without_and_again(teacher: torch.nn.Module) -> None:
    teacher.eval()
    with torch.no_grad():
        without, again = teacher(CLIPS), teacher(CLIPS)
        with_labels = teacher(CLIPS, torch.tensor([0, 2]))
    assert without.keys() == with_labels.keys()
    for name, tensor in without.items():
        assert torch.equal(tensor, again[name]) and torch.equal(tensor, with_labels[name])


def test_training_reaches_every_parameter(teacher: torch.nn.Module) -> None:
    teacher.train().zero_grad()
    said = teacher(CLIPS, torch.tensor([0, 2]))
    sum(tensor.square().sum() for tensor in said.values()).backward()
    assert [name for name, p in teacher.named_parameters() if p.grad is None] == []


def test_teacher_learns_under_autocast(teacher: torch.nn.Module) -> None:
    teacher.train().zero_grad()
    with torch.autocast("cpu", torch.bfloat16):
        said = teacher(CLIPS, torch.tensor([0, 2]))
        loss = sum(tensor.float().mean() for tensor in said.values())
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in teacher.parameters())


def test_unknown_teacher_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean xception3d"):
        create_teacher("xception-3d", classes=7)


def test_unknown_option_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"no option 'middle_block'.*did you mean middle_blocks"):
        create_teacher("xception3d", classes=7, middle_block=3)


def test_teacher_without_classes_is_refused() -> None:
    with pytest.raises(UserError, match="classes: 0"):
        create_teacher("x3d-m", classes=0)
