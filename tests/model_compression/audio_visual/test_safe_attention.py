"""Attention over what is present: nothing of what is not is heard, and nobody to hear gives zero, never NaN."""

from __future__ import annotations

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from model_compression.audio_visual.safe_attention import SafeAttention

WIDTH, FRAMES = 32, 6
KERNELS = [
    pytest.param("cpu", SDPBackend.MATH, id="cpu-math"),
    pytest.param("cpu", SDPBackend.FLASH_ATTENTION, id="cpu-flash"),
    *(
        pytest.param(
            "cuda",
            kernel,
            id=f"cuda-{name}",
            marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"),
        )
        for name, kernel in (
            ("math", SDPBackend.MATH),
            # The flash kernel of CUDA takes no mask.
            ("efficient", SDPBackend.EFFICIENT_ATTENTION),
        )
    ),
]


def drawn(device: str) -> tuple[SafeAttention, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Of three windows the first is whole, the second has gaps, and in the third nothing is present."""
    torch.manual_seed(0)
    attention = SafeAttention(WIDTH, heads=4).to(device)
    asking, heard = torch.randn(2, 3, FRAMES, WIDTH, device=device)
    present = torch.ones(3, FRAMES, dtype=torch.bool, device=device)
    present[1, :2] = present[1, 4] = present[2] = False
    return attention, asking, heard, present


@pytest.mark.parametrize(("device", "kernel"), KERNELS)
def test_nobody_to_hear_gives_zero_and_gradients_that_are_numbers(
    device: str, kernel: SDPBackend
) -> None:
    attention, asking, heard, present = drawn(device)
    asking.requires_grad_()
    with sdpa_kernel(kernel):
        out = attention(asking, heard, present)
        out.square().sum().backward()
    assert not out[2].any()
    assert out[:2].abs().amin(dim=(1, 2)).gt(0).all()
    gradients = [asking.grad, *(parameter.grad for parameter in attention.parameters())]
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize(("device", "kernel"), KERNELS)
def test_what_is_not_present_changes_nothing(device: str, kernel: SDPBackend) -> None:
    attention, asking, heard, present = drawn(device)
    other = torch.where(present[:, :, None], heard, 100 * torch.randn_like(heard))
    with torch.no_grad(), sdpa_kernel(kernel):
        assert torch.equal(attention(asking, heard, present), attention(asking, other, present))


@pytest.mark.parametrize(("device", "kernel"), KERNELS)
def test_attention_is_that_of_the_frames_present_alone(device: str, kernel: SDPBackend) -> None:
    attention, asking, heard, present = drawn(device)
    kept = present[1].nonzero()[:, 0]
    with torch.no_grad(), sdpa_kernel(kernel):
        out = attention(asking[1:2], heard[1:2], present[1:2])
        everything = torch.ones(1, len(kept), dtype=torch.bool, device=device)
        alone = attention(asking[1:2], heard[1:2, kept], everything)
    assert torch.allclose(out, alone, atol=1e-5)


def test_heads_share_the_width_evenly_or_are_refused() -> None:
    with pytest.raises(ValueError, match="5 attention heads"):
        SafeAttention(WIDTH, heads=5)
