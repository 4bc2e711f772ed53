"""One adversarial step: its length, its direction, and nothing else moved by it."""

from __future__ import annotations

import torch
from torch import nn

from model_compression.teachers.adversarial_perturbation import (
    frozen,
    perturbation,
    probe_loss,
)

FEATURES = torch.randn(2, 5, 2, 3, 3) * torch.tensor([1.0, 10.0]).reshape(2, 1, 1, 1, 1)


def _loss(features: torch.Tensor) -> torch.Tensor:
    return (features**3).sum()


def test_relative_step_is_epsilon_of_each_samples_root_mean_square() -> None:
    delta = perturbation(FEATURES, _loss, epsilon=0.1)
    for sample, moved in zip(FEATURES, delta, strict=True):
        rms = sample.square().mean().sqrt()
        assert torch.allclose(moved.abs(), (0.1 * rms).expand_as(moved))


def test_absolute_step_is_epsilon_everywhere() -> None:
    delta = perturbation(FEATURES, _loss, epsilon=0.1, mode="absolute")
    assert torch.allclose(delta.abs(), torch.tensor(0.1).expand_as(delta))


def test_step_raises_the_loss_it_follows() -> None:
    head = nn.Linear(5, 3)
    labels = torch.tensor([0, 2])

    def loss_of(features: torch.Tensor) -> torch.Tensor:
        return probe_loss(head(features.mean(dim=(2, 3, 4))), labels)

    delta = perturbation(FEATURES, loss_of, epsilon=0.01)
    assert loss_of(FEATURES + delta) > loss_of(FEATURES)


def test_step_is_a_constant_and_leaves_no_gradient_behind() -> None:
    head = nn.Linear(5, 3)
    features = FEATURES.clone().requires_grad_()
    delta = perturbation(
        features, lambda probed: head(probed.mean(dim=(2, 3, 4))).square().sum(), epsilon=0.1
    )
    assert not delta.requires_grad
    assert features.grad is None and all(p.grad is None for p in head.parameters())


def test_step_can_be_taken_where_gradients_are_off() -> None:
    with torch.no_grad():
        assert perturbation(FEATURES, _loss, epsilon=0.1).abs().sum() > 0


def test_one_logit_is_probed_by_binary_cross_entropy() -> None:
    logits = torch.tensor([[2.0], [-1.0]])
    chances = torch.sigmoid(logits[:, 0])
    expected = -torch.log(chances[0]) - torch.log(1 - chances[1])
    assert torch.allclose(probe_loss(logits, torch.tensor([1.0, 0.0])), expected)


def test_frozen_network_keeps_its_statistics_and_gets_its_modes_back() -> None:
    network = nn.Sequential(nn.BatchNorm3d(5), nn.Dropout(), nn.BatchNorm3d(5).eval())
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with frozen(network):
        network(FEATURES)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert [part.training for part in network] == [True, True, False]
