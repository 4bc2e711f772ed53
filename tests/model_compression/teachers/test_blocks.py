"""Blocks of the clip networks against their figures, put together by hand from the same layers."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from model_compression.teachers.resnet3d import BasicBlock
from model_compression.teachers.x3d import Bottleneck, X3dM
from model_compression.teachers.xception_blocks import XceptionBlock

X = torch.randn(2, 4, 4, 6, 6, generator=torch.Generator().manual_seed(10))


@pytest.mark.parametrize("first_relu", [True, False])
def test_entry_block_halves_a_branch_of_two_beside_a_strided_skip(first_relu: bool) -> None:
    block = XceptionBlock(4, 8, 8, temporal_stride=1, first_relu=first_relu).eval()
    first, second = (layer for layer in block.layers if len(list(layer.children())) == 3)
    branch = second(functional.relu(first(functional.relu(X) if first_relu else X)))
    pooled = functional.max_pool3d(branch, 3, (1, 2, 2), padding=1)
    assert torch.allclose(block(X.clone()), pooled + block.skip(X), atol=1e-6)


def test_middle_block_adds_three_convolutions_to_what_it_was_given() -> None:
    block = XceptionBlock(4, 4, 4, 4).eval()
    branch = X
    for layer in block.layers:
        if list(layer.children()):
            branch = layer(functional.relu(branch))
    assert torch.allclose(block(X.clone()), X + branch, atol=1e-6)


def test_residual_block_passes_every_second_place_and_zeros_for_missing_channels() -> None:
    block = BasicBlock(4, 6, stride=2).eval()
    torch.nn.init.zeros_(block.layers[-1].weight)
    out = block(X)
    assert torch.equal(out[:, :4], X[:, :, ::2, ::2, ::2].relu())
    assert torch.equal(out[:, 4:], torch.zeros(2, 2, 2, 3, 3))


def test_bottleneck_strides_space_and_never_time() -> None:
    block = Bottleneck(4, 6, hidden=8, stride=2, squeeze=True)
    assert block(X).shape == (2, 6, 4, 3, 3)


def test_x3d_begins_with_branches_that_say_nothing() -> None:
    network = X3dM(classes=2, channels=1)
    blocks = [layer for layer in network.layers if isinstance(layer, Bottleneck)]
    assert len(blocks) == 3 + 5 + 11 + 7
    assert all((block.layers[-1].weight == 0).all() for block in blocks)


def test_x3d_embedding_is_rectified() -> None:
    with torch.no_grad():
        said = X3dM(classes=2, channels=1).eval()(torch.rand(1, 1, 4, 32, 32))
    assert said["embedding"].min() == 0
