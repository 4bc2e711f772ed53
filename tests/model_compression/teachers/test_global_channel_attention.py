"""EGCA: attention over channels, its short way for a network that averages, and why it has a residual."""

from __future__ import annotations

import pytest
import torch

from model_compression.teachers.global_channel_attention import (
    EfficientGlobalChannelAttention,
)


@pytest.mark.parametrize("residual", [True, False])
def test_averaging_first_gives_what_averaging_the_map_gives(residual: bool) -> None:
    egca = EfficientGlobalChannelAttention(64, residual=residual)
    x = torch.randn(2, 64, 2, 3, 4)
    assert egca(x).shape == x.shape
    averaged = egca(x).mean(dim=(2, 3, 4))
    assert torch.allclose(averaged, egca(x.mean(dim=(2, 3, 4))), atol=1e-5)


def test_attended_map_is_the_equation_worked_out_by_hand() -> None:
    egca = EfficientGlobalChannelAttention(16, residual=False)
    x = torch.randn(1, 16, 1, 2, 2)
    pooled = x.mean(dim=(2, 3, 4))
    q, k = (conv(pooled.unsqueeze(1)).flatten().tolist() for conv in (egca.query, egca.key))
    expected = torch.zeros_like(x)
    for i in range(16):
        shares = torch.softmax(torch.tensor([q[i] * k[j] for j in range(16)]), dim=0)
        for j in range(16):
            expected[0, i] += shares[j] * x[0, j]
    assert torch.allclose(egca(x), expected, atol=1e-5)


def test_only_the_residual_keeps_channels_apart() -> None:
    torch.manual_seed(7)
    pooled = 0.5 + 0.185 * torch.randn(4, 2048)
    kept = EfficientGlobalChannelAttention(2048)(pooled).std(dim=1)
    lost = EfficientGlobalChannelAttention(2048, residual=False)(pooled).std(dim=1)
    assert (kept > 0.9 * 0.185).all()
    assert (lost < 0.01 * 0.185).all()


def test_weight_of_the_attended_map_is_learned_from_one() -> None:
    gamma = EfficientGlobalChannelAttention(64).gamma
    assert gamma.item() == 1.0 and gamma.requires_grad
    assert EfficientGlobalChannelAttention(64, residual=False).gamma is None


def test_kernel_is_seven_at_2048_channels() -> None:
    egca = EfficientGlobalChannelAttention(2048)
    assert egca.query.weight.shape == egca.key.weight.shape == (1, 1, 7)
