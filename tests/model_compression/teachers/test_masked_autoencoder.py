"""The masked autoencoder: what it sees and what it is asked, its targets, its loss, and that it learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from edge_app.errors import UserError
from model_compression.teachers.clip_vit import ClipViT
from model_compression.teachers.masked_autoencoder import (
    MaskedClipAutoencoder,
    draw_visible,
    reconstruction_loss,
)

SMALL: dict[str, Any] = {"channels": 1, "size": "ti", "depth": 2, "patch_px": 8}
CLIPS = torch.randn(2, 1, 4, 16, 16, generator=torch.Generator().manual_seed(8))  # 8 tokens each
VISIBLE = torch.tensor([[0, 5], [2, 7]])
MASKED = ([1, 2, 3, 4, 6, 7], [0, 1, 3, 4, 5, 6])


def _small(**options: Any) -> MaskedClipAutoencoder:
    torch.manual_seed(9)
    return MaskedClipAutoencoder(**{**SMALL, **options})


def _piece(clip: Tensor, token: int) -> Tensor:
    """A view of (C, t, 8, 8) pixels of a clip (C, T, 16, 16)."""
    time, row, column = token // 4, token // 2 % 2, token % 2
    return clip[:, 2 * time : 2 * time + 2, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8]


def test_network_of_the_paper_is_videomae() -> None:
    with torch.device("meta"):
        network = MaskedClipAutoencoder()
    # Hugging Face's VideoMAEForPreTraining of the same configuration has as many.
    assert sum(p.numel() for p in network.parameters()) == 94_210_944
    assert (network.tokens(16, 160), network.tokens(1, 160)) == (800, 100)
    assert network.decoder.head.out_features == 1536


def test_it_tells_the_masked_pieces_of_clips_and_of_pictures() -> None:
    said = _small()(CLIPS, VISIBLE)
    assert {name: tuple(value.shape) for name, value in said.items()} == {
        "prediction": (2, 6, 128),
        "target": (2, 6, 128),
        "embedding": (2, 192),
    }
    picture = _small()(CLIPS[:, :, :1], torch.tensor([[3], [0]]))
    assert picture["prediction"].shape == (2, 3, 128)


@torch.no_grad()
def test_what_is_masked_cannot_change_the_prediction_and_what_is_seen_does() -> None:
    network = _small().eval()
    before = network(CLIPS, VISIBLE)
    clips = CLIPS.clone()
    for token in MASKED[0]:
        _piece(clips[0], token)[:] = 9 * torch.randn(1, 2, 8, 8)
    blind = network(clips, VISIBLE)
    assert torch.equal(blind["prediction"], before["prediction"])
    assert torch.equal(blind["embedding"], before["embedding"])
    assert not torch.equal(blind["target"][0], before["target"][0])
    _piece(clips[0], 5).neg_()
    seeing = network(clips, VISIBLE)
    assert not torch.equal(seeing["prediction"][0], before["prediction"][0])
    assert torch.equal(seeing["prediction"][1], before["prediction"][1])


def test_targets_are_the_masked_pieces_in_order_normed_by_channel() -> None:
    clips = torch.cat((CLIPS, 50 + 7 * CLIPS.flip(4)), dim=1)
    target = _small(channels=2)(clips, VISIBLE)["target"].view(2, 6, 128, 2)
    for sample, tokens in enumerate(MASKED):
        for place, token in enumerate(tokens):
            pixels = _piece(clips[sample], token).flatten(1)  # (C, t p p)
            normed = (pixels - pixels.mean(1, keepdim=True)) / pixels.std(1, keepdim=True)
            assert torch.allclose(target[sample, place], normed.T, atol=1e-3)


def test_loss_is_a_mean_over_masked_pieces() -> None:
    said = {"prediction": torch.zeros(1, 3, 4), "target": torch.tensor([1.0, 2.0, 0.0])}
    said["target"] = said["target"].view(1, 3, 1).expand(1, 3, 4)
    visible = torch.zeros(1, 2, dtype=torch.int64)
    assert float(reconstruction_loss(said, visible=visible)) == pytest.approx(5 / 3)
    # Eq. 2 as it is printed: the sum over masked pieces, by the number of seen ones.
    of_paper = reconstruction_loss(said, visible=visible, normaliser="visible")
    assert float(of_paper) == pytest.approx(5 / 2)


@pytest.mark.parametrize(
    ("tokens", "ratio", "seen"), [(800, 0.95, 40), (100, 0.9, 10), (4, 0.9, 1)]
)
def test_as_many_tokens_stay_as_the_ratio_leaves(tokens: int, ratio: float, seen: int) -> None:
    drawn = draw_visible(np.random.default_rng(3), tokens=tokens, ratio=ratio)
    assert len(drawn) == seen
    assert (np.diff(drawn) > 0).all() and drawn[0] >= 0 and drawn[-1] < tokens
    assert np.array_equal(drawn, draw_visible(np.random.default_rng(3), tokens=tokens, ratio=ratio))


def test_every_token_is_seen_as_often() -> None:
    random = np.random.default_rng(5)
    drawn = np.concatenate([draw_visible(random, tokens=10, ratio=0.8) for _ in range(2000)])
    assert (np.abs(np.bincount(drawn, minlength=10) - 400) < 80).all()


@pytest.mark.parametrize(("tokens", "ratio"), [(8, 0.0), (8, 1.0), (1, 0.5)])
def test_mask_that_leaves_nothing_is_refused(tokens: int, ratio: float) -> None:
    with pytest.raises(UserError, match="masking"):
        draw_visible(np.random.default_rng(0), tokens=tokens, ratio=ratio)


def test_two_clips_are_learned_by_heart() -> None:
    network = _small().train()
    smooth = torch.nn.functional.interpolate(CLIPS, scale_factor=(1, 0.25, 0.25))
    clips = torch.nn.functional.interpolate(smooth, size=(4, 16, 16), mode="trilinear")
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    losses = []
    for _ in range(80):
        loss = reconstruction_loss(network(clips, VISIBLE), visible=VISIBLE)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 0.8 and losses[-1] < 0.1


@pytest.mark.parametrize("experts", ["none", "adapter", "ffn"])
def test_its_encoder_is_that_of_the_classifier(experts: Any) -> None:
    given = _small().state_dict()
    classifier = ClipViT(classes=3, experts=experts, **SMALL).eval()
    weights = {
        name: value
        for name, value in classifier.weights_from(given).items()
        if name in classifier.state_dict()
    }
    missing = classifier.load_state_dict(weights, strict=False).missing_keys
    assert all(".experts." in name or not name.startswith("encoder.") for name in missing)
    own, other = _small().eval(), classifier
    own.encoder.norm = torch.nn.Identity()
    with torch.no_grad():
        assert torch.allclose(other.encoder(CLIPS)[0], own.encoder(CLIPS)[0], atol=1e-5)


@pytest.mark.parametrize("option", [{"size": "l"}, {"positions": "none"}, {"channels": 0}])
def test_option_that_cannot_be_is_named(option: dict[str, Any]) -> None:
    (name,) = option
    with pytest.raises(UserError, match=f"{name} of clip-vit"):
        _small(**option)
