"""MobileViT's blocks rewritten for export: other movements of the same numbers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from model_compression.export.flat_tokens import FlatMobileViTBlock, with_flat_tokens
from model_compression.students.mobilevit import MobileViTBlock


@pytest.mark.parametrize("patch_px", [1, 2])
def test_flat_block_says_the_same(patch_px: int) -> None:
    torch.manual_seed(patch_px)
    block = MobileViTBlock(8, 16, depth=2, patch_px=patch_px).eval()
    model = nn.Sequential(block)
    flat = with_flat_tokens(model)
    assert isinstance(flat[0], FlatMobileViTBlock)  # type: ignore[index]
    x = torch.randn(1, 8, 6, 10)
    with torch.no_grad():
        torch.testing.assert_close(flat(x), model(x), rtol=1e-4, atol=1e-5)


def test_trained_block_keeps_its_weights() -> None:
    block = MobileViTBlock(8, 16, depth=1, patch_px=2)
    before = {name: value.clone() for name, value in block.state_dict().items()}
    with_flat_tokens(nn.Sequential(block))
    for name, value in block.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_student_without_such_blocks_comes_back_as_it_is() -> None:
    model = nn.Sequential(nn.ReLU())
    assert with_flat_tokens(model) is model
