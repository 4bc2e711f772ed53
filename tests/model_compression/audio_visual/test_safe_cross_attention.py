"""Faces and sound told together: whatever is missing, the answer is a number and owes nothing to what is missing."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from model_compression.audio_visual.safe_cross_attention import SafeCrossAttention, sinusoids
from model_compression.training.networks import create_network

B, W, VISUAL, SOUND = 3, 8, 10, 6


@pytest.fixture
def network() -> SafeCrossAttention:
    torch.manual_seed(0)
    return SafeCrossAttention(
        visual_size=VISUAL, sound_size=SOUND, classes=4, width=32, layers=2, attention_heads=4
    )


def given(faces: str = "some", sound: str = "some") -> dict[str, Tensor]:
    torch.manual_seed(1)
    shares = {"some": 0.6, "none": 0.0}
    return {
        "visual": torch.randn(B, W, VISUAL),
        "sound": torch.randn(B, W, SOUND),
        "visual_present": torch.rand(B, W) < shares[faces],
        "sound_present": torch.rand(B, W) < shares[sound],
    }


@pytest.mark.parametrize("faces", ["some", "none"])
@pytest.mark.parametrize("sound", ["some", "none"])
def test_whatever_is_missing_answers_and_gradients_are_numbers(
    faces: str, sound: str, network: SafeCrossAttention
) -> None:
    logits = network(**given(faces, sound))["logits"]
    assert logits.shape == (B, W, 4) and logits.isfinite().all()
    logits.logsumexp(-1).sum().backward()
    told = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    assert told and all(gradient.isfinite().all() for gradient in told)


@pytest.mark.parametrize("faces", ["some", "none"])
@pytest.mark.parametrize("sound", ["some", "none"])
def test_what_stands_where_nothing_is_present_changes_nothing(
    faces: str, sound: str, network: SafeCrossAttention
) -> None:
    first = given(faces, sound)
    other = dict(first)
    for name in ("visual", "sound"):
        present = first[f"{name}_present"][:, :, None]
        other[name] = torch.where(present, first[name], float("nan"))
    network.eval()
    with torch.no_grad():
        assert torch.equal(network(**first)["logits"], network(**other)["logits"])


def test_a_window_without_a_face_is_told_by_its_sound_as_if_alone(
    network: SafeCrossAttention,
) -> None:
    """One window of a batch that has no face changes nothing for the others, nor they for it."""
    together = given()
    together["visual_present"][1] = False
    alone = {name: value[1:2] for name, value in together.items()}
    network.eval()
    with torch.no_grad():
        one, all_of_them = network(**alone)["logits"], network(**together)["logits"]
        assert torch.allclose(one[0], all_of_them[1], atol=1e-6)
        alone["sound"] = alone["sound"] + 1.0 * torch.randn(1, W, SOUND)
        assert not torch.allclose(network(**alone)["logits"], one, atol=1e-2)


def test_both_modalities_are_heard_at_other_frames_too(network: SafeCrossAttention) -> None:
    whole = given()
    whole["visual_present"][:], whole["sound_present"][:] = True, True
    whole["visual"].requires_grad_()
    whole["sound"].requires_grad_()
    network.eval()(**whole)["logits"][:, 0].sum().backward()
    for name in ("visual", "sound"):
        gradient = whole[name].grad
        assert gradient is not None and gradient[:, -1].abs().max() > 0, name


def test_order_of_frames_is_heard(network: SafeCrossAttention) -> None:
    """Attention alone would tell of a window played backwards the same, backwards."""
    forwards = given()
    backwards = {name: value.flip(1) for name, value in forwards.items()}
    network.eval()
    with torch.no_grad():
        said, turned = network(**forwards)["logits"], network(**backwards)["logits"]
    assert not torch.allclose(said, turned.flip(1), atol=1e-2)


def test_a_missing_modality_leaves_its_own_gate_empty(network: SafeCrossAttention) -> None:
    """Weights of the encoder of faces make no difference to the gate's own term where there is no face."""
    own, crossed = torch.randn(2, B, W, 32)
    present = torch.zeros(B, W).bool()
    with torch.no_grad():
        gate = torch.sigmoid(network.visual_gate.weigh(torch.cat([own, crossed], -1)))
        assert torch.equal(network.visual_gate(own, crossed, present), (1 - gate) * crossed)


def test_paper_sized_network_has_about_six_million_parameters() -> None:
    network = create_network("safe-cross-attention", visual_size=1024, sound_size=1024, classes=8)
    assert sum(p.numel() for p in network.parameters()) == 6_190_856


def test_positions_are_sines_and_cosines_of_vaswani() -> None:
    there = sinusoids(torch.zeros(1, 5, 6))
    assert there[3, 0].item() == pytest.approx(torch.tensor(3.0).sin().item())
    assert there[3, 5].item() == pytest.approx(torch.tensor(3 / 10_000 ** (4 / 6)).cos().item())
    assert sinusoids(torch.zeros(1, 5, 7)).shape == (5, 7)
