"""The clip transformer: its size as printed, its pictures, positions and experts, and what begins from what."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from edge_app.errors import UserError
from model_compression.teachers.clip_vit import ClipViT
from model_compression.teachers.macs import count_macs
from model_compression.teachers.vit_positions import TokenPositions

CLIPS = torch.randn(2, 3, 4, 16, 16, generator=torch.Generator().manual_seed(6))
PICTURES = CLIPS[:, :, :1]


def _small(**options: Any) -> ClipViT:
    torch.manual_seed(7)
    given = {"classes": 3, "size": "ti", "depth": 4, "patch_px": 8, **options}
    return ClipViT(**given).eval()


def _of_paper(**options: Any) -> ClipViT:
    with torch.device("meta"):
        return ClipViT(classes=7, **options)


def _parameters(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


# Paper 3, table 3: 86, 101 (90 activated), 285 (115) M parameters. With eq. 4's fixed noise UniLearn would have
# 100.48 M, which rounds to 100: what was counted has the learned noise of the authors' code.
@pytest.mark.parametrize(
    ("options", "learned_m", "activated_m"),
    [
        ({}, 86.23, 86.23),
        ({"experts": "adapter", "picture_classes": 7, "gate_noise": "learned"}, 100.51, 89.82),
        ({"experts": "adapter", "picture_classes": 7}, 100.48, 89.82),
        ({"experts": "ffn", "picture_classes": 7}, 284.62, 114.60),
    ],
)
def test_network_has_the_parameters_that_the_paper_prints(
    options: dict[str, Any], learned_m: float, activated_m: float
) -> None:
    network = _of_paper(**options)
    counts = _parameters(network), network.activated_parameters("clip")
    assert tuple(round(count / 1e6, 2) for count in counts) == (learned_m, activated_m)


@pytest.mark.parametrize(("size", "millions"), [("s", 22.0), ("ti", 5.6)])
def test_smaller_sizes_are_those_of_vision_transformers(size: Any, millions: float) -> None:
    # Touvron et al. 2021, table 1: 22 and 5 M, with patches of 16 px; tubelets of two frames add 0.3 and 0.15 M.
    assert _parameters(_of_paper(size=size)) / 1e6 == pytest.approx(millions, abs=0.3)


def test_clip_of_16_frames_of_160_px_has_800_tokens_and_a_picture_100() -> None:
    seen = []
    network = _of_paper().eval()
    network.encoder.register_forward_hook(lambda _part, _given, out: seen.append(out[0].shape))
    for frames in (16, 1):
        network(torch.empty(2, 3, frames, 160, 160, device="meta"))
    assert seen == [(2, 800, 768), (2, 100, 768)]


@torch.no_grad()
def test_picture_is_a_clip_of_two_equal_frames() -> None:
    network = _small()
    said, twice = network(PICTURES), network(PICTURES.expand(-1, -1, 2, -1, -1))
    assert torch.equal(said["logits"], twice["logits"])


@torch.no_grad()
def test_pictures_and_clips_are_told_by_heads_of_their_own() -> None:
    network = _small(picture_classes=5)
    clip, picture = network(PICTURES), network(PICTURES, head="picture")
    assert (clip["logits"].shape, picture["logits"].shape) == ((2, 3), (2, 5))
    assert torch.equal(clip["embedding"], picture["embedding"])


def test_head_of_pictures_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match="picture_classes"):
        _small()(PICTURES, head="picture")


def test_flat_positions_are_those_of_videomae() -> None:
    table = TokenPositions(8, "flat").of((2, 3, 4), CLIPS)
    # Dimension 5 of 8 of token 7: the cosine of the pair that begins at 4.
    expected = torch.cos(torch.tensor(7 / 10000 ** (4 / 8)))
    assert table.shape == (24, 8) and torch.allclose(table[7, 5], expected)
    assert torch.equal(table[0, ::2], torch.zeros(4)) and torch.equal(table[0, 1::2], torch.ones(4))


@pytest.mark.parametrize("kind", ["flat", "grid"])
def test_picture_takes_the_first_positions_of_a_clip(kind: Any) -> None:
    positions = TokenPositions(192, kind)
    clip = positions.of((8, 3, 3), CLIPS)
    assert torch.equal(positions.of((1, 3, 3), CLIPS), clip[:9])
    assert len(clip.unique(dim=0)) == 72


def test_grid_positions_say_the_same_of_a_place_in_pictures_of_any_width() -> None:
    small, wide = (TokenPositions(192, "grid").of((1, 4, side), CLIPS) for side in (4, 6))
    assert torch.equal(small.view(4, 4, -1), wide.view(4, 6, -1)[:, :4])
    flat = TokenPositions(192, "flat").of((1, 4, 6), CLIPS).view(4, 6, -1)[:, :4]
    assert not torch.equal(TokenPositions(192, "flat").of((1, 4, 4), CLIPS).view(4, 4, -1), flat)


@torch.no_grad()
def test_adapters_begin_as_the_network_without_them() -> None:
    plain, mixed = _small(), _small(experts="adapter")
    missing = mixed.load_state_dict(plain.state_dict(), strict=False).missing_keys
    assert missing and all(".experts." in name for name in missing)
    assert torch.equal(mixed(CLIPS)["logits"], plain(CLIPS)["logits"])


@torch.no_grad()
def test_experts_of_vit_moe_begin_as_copies_of_the_network_in_their_place() -> None:
    plain, mixed = _small(), _small(experts="ffn")
    mixed.load_state_dict(mixed.weights_from(plain.state_dict()), strict=False)
    assert torch.allclose(mixed(CLIPS)["logits"], plain(CLIPS)["logits"], atol=1e-5)
    assert mixed.encoder.blocks[3].mlp is None and mixed.encoder.blocks[1].mlp is not None


@pytest.mark.parametrize(("asked", "layers"), [(None, [3, 4]), ([1, 3], [1, 3]), ((2,), [2])])
def test_experts_are_in_the_later_half_or_where_they_are_asked_for(asked: Any, layers: Any) -> None:
    network = _small(experts="adapter", expert_layers=asked)
    found = [n for n, block in enumerate(network.encoder.blocks, 1) if block.experts is not None]
    assert found == layers
    assert network.routed(CLIPS).shape == (len(layers), 8)


def test_routed_tells_the_share_of_each_expert() -> None:
    network = _small(experts="adapter", expert_count=4, top_k=1)
    chosen: list[torch.Tensor] = []
    for block in network.encoder.blocks[2:]:
        block.experts.gate.register_forward_hook(lambda _gate, _u, out: chosen.append(out.chosen))
    shares = network.routed(CLIPS)
    for layer in range(2):  # 2 clips of 8 tokens
        counts = chosen[layer].flatten().bincount(minlength=4)
        assert shares[layer].tolist() == (counts / 16).tolist()


def test_balance_is_told_in_training_alone() -> None:
    network = _small(experts="adapter")
    assert "balance" not in network(CLIPS)
    balance = network.train()(CLIPS)["balance"]
    assert balance.shape == () and balance.requires_grad
    assert "balance" not in _small().train()(CLIPS)


def test_branches_are_left_out_in_training_alone_and_more_in_later_layers() -> None:
    network = _small(drop_path=0.6)
    rates = [block.drop_path.probability for block in network.encoder.blocks]
    assert rates == pytest.approx([0, 0.2, 0.4, 0.6])
    assert torch.equal(network(CLIPS)["logits"], network(CLIPS)["logits"])
    network.train()
    assert not torch.equal(network(CLIPS)["logits"], network(CLIPS)["logits"])


@pytest.mark.parametrize("experts", ["none", "adapter", "ffn"])
@torch.no_grad()
def test_multiply_accumulates_are_what_torch_counts(experts: Any) -> None:
    network = _small(experts=experts)
    # Of the kernels of attention, torch counts those of the plain one on a CPU.
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        network(CLIPS[:1])
    assert 2 * count_macs(network, (3, 4, 16, 16)) == counter.get_total_flops()


def test_clips_that_do_not_divide_are_named() -> None:
    with pytest.raises(UserError, match=r"3 frames of 16 x 16 px .* pieces of 2 frames"):
        _small()(torch.zeros(1, 3, 3, 16, 16))
    with pytest.raises(UserError, match=r"20 x 20 px"):
        _small()(torch.zeros(1, 3, 4, 20, 20))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"size": "l"}, "size of clip-vit is one of b, s, ti"),
        ({"experts": "moe"}, "experts .* none, adapter, ffn"),
        ({"positions": "learned"}, "positions .* flat, grid"),
        ({"gate_noise": "none"}, "gate_noise"),
        ({"expert_layers": [0, 2]}, "expert_layers .* from 1 to 4"),
        ({"top_k": 9}, "top_k"),
        ({"dropout": 1.0}, "dropout"),
        ({"patch_px": 0}, "patch_px"),
        ({"expert_width": 0}, "expert_width"),
        ({"picture_classes": 0}, "picture_classes"),
    ],
)
def test_option_that_cannot_be_is_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(UserError, match=named):
        _small(**options)
