"""The losses of teaching, beside the same by hand."""

from __future__ import annotations

import math

import pytest
import torch

from model_compression.distillation.losses import (
    feature_loss,
    ramp,
    relation_loss,
    soft_label_loss,
)


def softmax(logits: list[float], temperature: float) -> list[float]:
    raised = [math.exp(value / temperature) for value in logits]
    return [value / sum(raised) for value in raised]


def test_soft_labels_are_compared_at_the_temperature() -> None:
    student, teacher, temperature = [0.2, -1.0, 0.5], [2.0, 0.0, -1.0], 3.0
    p, q = softmax(teacher, temperature), softmax(student, temperature)
    by_hand = temperature**2 * sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    found = soft_label_loss(torch.tensor(student), torch.tensor(teacher), temperature)
    assert float(found) == pytest.approx(by_hand, rel=1e-5)


def test_one_logit_is_one_of_two_classes() -> None:
    one = soft_label_loss(torch.tensor([0.7]), torch.tensor([-1.2]), 2.0)
    two = soft_label_loss(torch.tensor([0.0, 0.7]), torch.tensor([0.0, -1.2]), 2.0)
    assert float(one) == pytest.approx(float(two))


def test_teacher_itself_loses_nothing() -> None:
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    assert float(soft_label_loss(logits, logits, 2.0).abs().max()) < 1e-6
    assert float(feature_loss(logits, 3 * logits)) == pytest.approx(0.0, abs=1e-6)


def test_relations_do_not_depend_on_size_or_on_how_many_numbers_tell_them() -> None:
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    longer = torch.cat([2 * x, torch.zeros(6, 4)], dim=1)
    assert float(relation_loss(x, longer)) == pytest.approx(0.0, abs=1e-6)
    assert float(relation_loss(x, torch.flip(x, (0,)).square())) > 0.01


def test_relations_are_those_of_distances_over_their_mean() -> None:
    student = torch.tensor([[0.0], [1.0], [3.0]])  # distances 1, 3, 2; mean 2
    teacher = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 5.0]])  # 5, 5, sqrt(10)
    mean = (5 + 5 + math.sqrt(10)) / 3
    apart = [1 / 2 - 5 / mean, 3 / 2 - 5 / mean, 2 / 2 - math.sqrt(10) / mean]
    by_hand = sum(0.5 * a * a for a in apart) / 3  # all below 1: half the square
    assert float(relation_loss(student, teacher)) == pytest.approx(by_hand, rel=1e-5)


def test_lone_clip_has_no_relations() -> None:
    assert float(relation_loss(torch.ones(1, 3), torch.ones(1, 3))) == 0.0


def test_later_frames_weigh_more() -> None:
    weights = ramp(4, torch.zeros(1))
    assert weights.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4])
