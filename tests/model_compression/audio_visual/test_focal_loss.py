"""Focal loss against closed forms, and weights by the effective number of frames."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from model_compression.training.frames.focal_loss import effective_number_weights, focal_loss
from model_compression.training.frames.modality_dropout import taken_away

ALIKE = torch.ones(3)


def drawn() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.randn(2, 5, 3), torch.tensor([[0, 1, -1, 2, 1], [-1, -1, 0, 0, 2]])


def test_without_gamma_and_with_equal_weights_it_is_cross_entropy_of_valid_frames() -> None:
    logits, truth = drawn()
    expected = functional.cross_entropy(logits.flatten(0, 1), truth.flatten(), ignore_index=-1)
    assert torch.allclose(focal_loss(logits, truth, ALIKE, 0.0), expected)


def test_one_frame_has_the_loss_of_equation_5_with_its_weight() -> None:
    p = 0.8
    logits = torch.log(torch.tensor([[[p, 0.15, 0.05]]]))
    told = focal_loss(logits, torch.tensor([[0]]), torch.tensor([0.5, 1.0, 1.5]), 2.0)
    assert told.item() == pytest.approx(-0.5 * (1 - p) ** 2 * torch.tensor(p).log().item())


def test_frames_without_a_class_have_neither_loss_nor_gradient() -> None:
    logits, truth = drawn()
    logits.requires_grad_()
    focal_loss(logits, truth, ALIKE, 2.0).backward()
    assert logits.grad is not None and not logits.grad[truth == -1].any()
    assert logits.grad[truth != -1].abs().sum(-1).gt(0).all()


def test_batch_without_any_class_costs_nothing() -> None:
    logits, truth = drawn()
    logits.requires_grad_()
    loss = focal_loss(logits, torch.full_like(truth, -1), ALIKE, 2.0)
    loss.backward()
    assert loss.item() == 0 and logits.grad is not None and not logits.grad.any()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_a_frame_that_is_certain_has_a_gradient_that_is_a_number(gamma: float) -> None:
    logits = torch.tensor([[[200.0, 0.0, 0.0]]], requires_grad=True)
    focal_loss(logits, torch.tensor([[0]]), ALIKE, gamma).backward()
    assert logits.grad is not None and logits.grad.isfinite().all()


def test_weights_follow_the_effective_number_and_have_mean_one() -> None:
    beta, counts = 0.99, (10, 1000, 50)
    weights = effective_number_weights(counts, beta)
    raw = [(1 - beta) / (1 - beta**n) for n in counts]
    assert weights.mean().item() == pytest.approx(1.0)
    assert (weights / weights[0]).tolist() == pytest.approx([one / raw[0] for one in raw])


def test_without_beta_classes_weigh_alike_and_an_absent_one_takes_no_share() -> None:
    assert effective_number_weights((5, 500), 0.0).tolist() == [1.0, 1.0]
    assert effective_number_weights((5, 0, 500), 0.0).tolist() == [1.0, 0.0, 1.0]


def test_modality_dropout_takes_whole_windows_and_leaves_the_others_alone() -> None:
    torch.manual_seed(0)
    features, present = torch.randn(400, 4, 2), torch.rand(400, 4) < 0.8
    left, left_present = taken_away(features, present, 0.1)
    gone = ~left.flatten(1).any(1)
    assert not left_present[gone].any()
    assert torch.equal(left[~gone], features[~gone])
    assert torch.equal(left_present[~gone], present[~gone])
    assert 0.05 < gone.float().mean() < 0.16
