"""The baseline: a weight decides between two modalities that never meet."""

from __future__ import annotations

import pytest
import torch

from edge_app.errors import UserError
from model_compression.audio_visual.lambda_fusion import LambdaFusion
from model_compression.training.networks import create_network

B, W, CONTEXT = 2, 9, 2


def network(visual_weight: float) -> LambdaFusion:
    torch.manual_seed(0)
    made = LambdaFusion(
        visual_size=5, sound_size=3, classes=4, visual_weight=visual_weight, context=CONTEXT
    )
    return made.eval()


def given() -> list[torch.Tensor]:
    torch.manual_seed(1)
    return [torch.randn(B, W, 5), torch.randn(B, W, 3), *(torch.rand(2, B, W) < 0.7)]


def test_weight_mixes_the_logits_of_both() -> None:
    with torch.no_grad():
        face, sound, mixed = (network(w)(*given())["logits"] for w in (1.0, 0.0, 0.3))
    assert torch.allclose(mixed, 0.3 * face + 0.7 * sound, atol=1e-6)


def test_with_all_weight_on_the_face_the_sound_is_not_heard() -> None:
    visual, sound, seen, heard = given()
    with torch.no_grad():
        first = network(1.0)(visual, sound, seen, heard)["logits"]
        other = network(1.0)(visual, sound + 5, seen, ~heard)["logits"]
    assert torch.equal(first, other)


def test_sound_is_the_mean_of_what_is_present_around_a_frame() -> None:
    _, sound, _, heard = given()
    around = network(0.0)._around(sound, heard)
    for frame in range(W):
        near = slice(max(0, frame - CONTEXT), frame + CONTEXT + 1)
        for window in range(B):
            own = sound[window, near][heard[window, near]]
            expected = own.mean(0) if len(own) else torch.zeros(3)
            assert torch.allclose(around[window, frame], expected, atol=1e-6)


def test_no_sound_at_all_is_zeros() -> None:
    _, sound, _, heard = given()
    assert not network(0.0)._around(sound, torch.zeros_like(heard)).any()


def test_weight_beyond_one_is_refused() -> None:
    with pytest.raises(UserError, match=r"visual_weight is 1\.5"):
        create_network("lambda-fusion", visual_size=5, sound_size=3, classes=4, visual_weight=1.5)
