"""ELCA: its kernel, and weights that depend on the averages of neighbouring channels alone."""

from __future__ import annotations

import pytest
import torch

from model_compression.teachers.efficient_channel_attention import (
    EfficientChannelAttention,
    kernel_size,
)


@pytest.mark.parametrize(("channels", "kernel"), [(728, 5), (2048, 7), (256, 5), (128, 5), (16, 3)])
def test_kernel_follows_the_rule_of_eca_net(channels: int, kernel: int) -> None:
    # ECA-Net, eq. 12 with gamma 2 and b 1, even floors up by one as in timm's `EcaModule`.
    assert kernel_size(channels) == kernel
    across = EfficientChannelAttention(channels).across
    assert sum(p.numel() for p in across.parameters()) == kernel


def test_channel_is_weighed_by_the_averages_around_it() -> None:
    elca = EfficientChannelAttention(16)
    x = torch.randn(2, 16, 3, 4, 5)
    pooled = torch.nn.functional.pad(x.mean(dim=(2, 3, 4)), (1, 1))
    taps = elca.across.weight.flatten()
    expected = sum(taps[k] * pooled[:, k : k + 16] for k in range(3)).sigmoid()
    assert torch.allclose(elca(x), x * expected[:, :, None, None, None], atol=1e-6)
