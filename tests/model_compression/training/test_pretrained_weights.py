"""Weights of others in a safetensors file: every naming, pictures made clips, what is left behind, bad files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.teachers.clip_vit import ClipViT
from model_compression.teachers.masked_autoencoder import MaskedClipAutoencoder, reconstruction_loss
from model_compression.training.network_file import take_over

save_file = pytest.importorskip("safetensors.torch").save_file

SMALL: dict[str, Any] = {"size": "ti", "depth": 2, "patch_px": 8}
CLIPS = torch.randn(2, 3, 4, 16, 16, generator=torch.Generator().manual_seed(2))
FIRST = "encoder.blocks.0."


def _classifier(**options: Any) -> ClipViT:
    torch.manual_seed(3)
    return ClipViT(**{"classes": 3, **SMALL, **options}).eval()


def _random(network: nn.Module) -> dict[str, Tensor]:
    """Weights of which none, a bias neither, is what a network begins with."""
    generator = torch.Generator().manual_seed(4)
    return {
        name: 0.05 * torch.randn(value.shape, generator=generator) + (value.ndim == 1)
        for name, value in network.state_dict().items()
    }


def _saved(path: Path, weights: dict[str, Tensor]) -> Path:
    save_file({name: value.contiguous() for name, value in weights.items()}, path)
    return path


def _of_videomae(kind: str) -> nn.Module:
    """Hugging Face's network of the size of ours, with weights of its own."""
    transformers = pytest.importorskip("transformers")
    config = transformers.VideoMAEConfig(
        image_size=16,
        patch_size=8,
        num_frames=4,
        tubelet_size=2,
        hidden_size=192,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=768,
        layer_norm_eps=1e-6,
        decoder_hidden_size=96,
        decoder_num_attention_heads=3,
        decoder_num_hidden_layers=4,
        decoder_intermediate_size=384,
        use_mean_pooling=kind == "VideoMAEModel",
    )
    network: nn.Module = getattr(transformers, kind)(config).eval()
    network.load_state_dict(_random(network))
    return network


@pytest.mark.parametrize("prefix", ["", "videomae."])
@pytest.mark.parametrize("older", [False, True])
@torch.no_grad()
def test_hugging_faces_videomae_says_the_same_here(
    prefix: str, older: bool, tmp_path: Path
) -> None:
    theirs = _of_videomae("VideoMAEModel")
    weights = {f"{prefix}{name}": value for name, value in theirs.state_dict().items()}
    if older:  # as files on the hub have it
        for letter, layer in (("q", "query"), ("v", "value")):
            weights = {
                name.replace(f"{layer}.bias", f"{letter}_bias"): value
                for name, value in weights.items()
            }
    ours = _classifier()
    taken = take_over(ours, _saved(tmp_path / "videomae.safetensors", weights))
    assert {name for name in ours.state_dict() if name not in taken.taken} == {
        "fc_norm.weight",
        "fc_norm.bias",
        "classifier.weight",
        "classifier.bias",
    }
    assert (taken.misshapen, taken.unused) == ((), ())
    said = theirs(CLIPS.transpose(1, 2)).last_hidden_state
    assert torch.allclose(ours.encoder(CLIPS)[0], said, atol=1e-4)


@torch.no_grad()
def test_hugging_faces_masked_autoencoder_tells_the_same_pieces_here(tmp_path: Path) -> None:
    theirs = _of_videomae("VideoMAEForPreTraining")
    torch.manual_seed(5)
    ours = MaskedClipAutoencoder(**SMALL).eval()
    taken = take_over(ours, _saved(tmp_path / "mae.safetensors", theirs.state_dict()))
    assert set(taken.taken) == set(ours.state_dict()) and not taken.unused
    masked = torch.tensor([0, 1, 1, 0, 1, 1, 1, 1], dtype=torch.bool)
    visible = torch.tensor([[0, 3]]).expand(2, 2)
    # Theirs norms once more, by its config, and its decoder with another eps than its authors'.
    ours.decoder.norm.eps = 1e-5
    said = ours(CLIPS, visible)
    reference = theirs(CLIPS.transpose(1, 2), bool_masked_pos=masked.expand(2, 8))
    assert torch.allclose(said["prediction"], reference.logits, atol=1e-3)
    loss = reconstruction_loss(said, visible=visible)
    assert float(loss) == pytest.approx(float(reference.loss), rel=1e-3)


def test_masked_autoencoder_of_the_paper_has_as_many_parameters_as_hugging_faces() -> None:
    transformers = pytest.importorskip("transformers")
    with torch.device("meta"):
        theirs = transformers.VideoMAEForPreTraining(
            transformers.VideoMAEConfig(use_mean_pooling=False)
        )
        ours = MaskedClipAutoencoder()
    assert {sum(p.numel() for p in network.parameters()) for network in (theirs, ours)} == {
        94_210_944
    }


@pytest.mark.parametrize("prefix", ["", "module.", "model."])
@torch.no_grad()
def test_original_names_of_videomae_fill_the_whole_autoencoder(prefix: str, tmp_path: Path) -> None:
    given = _random(MaskedClipAutoencoder(**SMALL))
    assert f"{FIRST}attn.qkv.weight" in given and "decoder.blocks.3.mlp.fc2.bias" in given
    weights = {f"{prefix}{name}": value for name, value in given.items()}
    ours = MaskedClipAutoencoder(**SMALL)
    taken = take_over(ours, _saved(tmp_path / "mae.safetensors", weights))
    assert (taken.missing, taken.misshapen, taken.unused) == ((), (), ())
    for name, value in ours.state_dict().items():
        assert torch.equal(value, given[name]), name


def test_fine_tuned_videomae_brings_all_but_its_classes(tmp_path: Path) -> None:
    ours = _classifier()
    given = _random(ours)
    weights = {
        name.removeprefix("encoder.").replace("classifier.", "head."): value
        for name, value in given.items()
    }
    taken = take_over(ours, _saved(tmp_path / "kinetics.safetensors", weights))
    assert taken.missing == ("classifier.weight", "classifier.bias")
    assert set(taken.unused) == {"head.weight", "head.bias"}
    assert torch.equal(ours.fc_norm.weight, given["fc_norm.weight"])


def _of_pictures() -> dict[str, Tensor]:
    """An image transformer as timm names it, with a bias of queries, keys and values."""
    network = _classifier()
    weights = {
        name.removeprefix("encoder."): value
        for name, value in _random(network).items()
        if not name.startswith(("classifier.", "fc_norm."))
    }
    for block in range(2):
        q, v = (weights.pop(f"blocks.{block}.attn.{letter}_bias") for letter in "qv")
        weights[f"blocks.{block}.attn.qkv.bias"] = torch.cat((q, torch.full_like(q, 3.0), v))
    weights["patch_embed.proj.weight"] = weights["patch_embed.proj.weight"][:, :, 0].clone()
    return {
        **weights,
        "cls_token": torch.zeros(1, 1, 192),
        "pos_embed": torch.zeros(1, 5, 192),
        "norm.weight": torch.ones(192),
        "head.weight": torch.zeros(1000, 192),
    }


@torch.no_grad()
def test_image_transformer_sees_in_a_still_clip_what_it_saw_in_the_picture(tmp_path: Path) -> None:
    weights = _of_pictures()
    ours = _classifier()
    taken = take_over(ours, _saved(tmp_path / "vit.safetensors", weights))
    assert all(name.startswith(("fc_norm.", "classifier.")) for name in taken.missing)
    assert taken.inflated == ("encoder.patch_embed.proj.weight",)
    assert {"cls_token", "pos_embed", "head.weight"} < set(taken.unused)
    picture = CLIPS[:, :, :1]
    seen = ours.encoder.patch_embed(ours.encoder.tubelet.cut(picture))
    kernel, bias = weights["patch_embed.proj.weight"], weights["patch_embed.proj.bias"]
    flat = nn.functional.conv2d(picture[:, :, 0], kernel, bias, stride=8).flatten(2).transpose(1, 2)
    assert torch.allclose(seen, flat, atol=1e-5)


@torch.no_grad()
def test_bias_of_the_keys_that_is_left_behind_is_not_missed(tmp_path: Path) -> None:
    weights = _of_pictures()
    ours = _classifier()
    take_over(ours, _saved(tmp_path / "vit.safetensors", weights))
    attention = ours.encoder.blocks[0].attn
    x = torch.randn(2, 5, 192, generator=torch.Generator().manual_seed(6))
    joined = nn.functional.linear(
        x, weights["blocks.0.attn.qkv.weight"], weights["blocks.0.attn.qkv.bias"]
    )
    q, k, v = joined.view(2, 5, 3, 3, 64).permute(2, 0, 3, 1, 4)
    theirs = (q @ k.transpose(2, 3) / 8).softmax(-1) @ v
    assert torch.allclose(
        attention(x), attention.proj(theirs.transpose(1, 2).flatten(2)), atol=1e-4
    )


def test_image_transformer_of_hugging_face_is_named_alike(tmp_path: Path) -> None:
    block, names = "vit.encoder.layer.1.", {}
    for theirs, shape in {
        "attention.attention.query": (192, 192),
        "attention.attention.key": (192, 192),
        "attention.attention.value": (192, 192),
        "attention.output.dense": (192, 192),
        "intermediate.dense": (768, 192),
        "output.dense": (192, 768),
    }.items():
        names[f"{block}{theirs}.weight"] = torch.randn(shape)
        names[f"{block}{theirs}.bias"] = torch.randn(shape[0])
    for theirs in ("layernorm_before", "layernorm_after"):
        names |= {f"{block}{theirs}.{tensor}": torch.randn(192) for tensor in ("weight", "bias")}
    ours = _classifier()
    taken = take_over(ours, _saved(tmp_path / "vit.safetensors", names))
    second = {name for name in ours.state_dict() if name.startswith("encoder.blocks.1.")}
    assert set(taken.taken) == second and not taken.unused
    weight = ours.encoder.blocks[1].attn.qkv.weight
    assert torch.equal(weight[192:384], names[f"{block}attention.attention.key.weight"])


@torch.no_grad()
def test_network_that_sees_grey_sees_what_coloured_weights_saw_in_grey(tmp_path: Path) -> None:
    colourful, grey = _classifier(), _classifier(channels=1)
    colourful.load_state_dict(_random(colourful))
    taken = take_over(grey, _saved(tmp_path / "colour.safetensors", colourful.state_dict()))
    assert taken.summed == ("encoder.patch_embed.proj.weight",)
    one = CLIPS[:, :1]
    said = colourful.encoder(one.expand(-1, 3, -1, -1, -1))[0]
    assert torch.allclose(grey.encoder(one)[0], said, atol=1e-4)


def test_sentence_tells_what_was_taken_changed_and_left(tmp_path: Path) -> None:
    sentence = take_over(
        _classifier(channels=1), _saved(tmp_path / "vit.safetensors", _of_pictures())
    ).sentence()
    assert sentence.startswith("28 tensors taken over; 1 of them spread over frames")
    assert "1 of them summed over colours" in sentence
    assert "4 not in the file (fc_norm.weight" in sentence and "of the file unused" in sentence


def test_weights_of_videomae_become_those_of_experts(tmp_path: Path) -> None:
    plain = _random(_classifier())
    ours = _classifier(experts="ffn")
    taken = take_over(ours, _saved(tmp_path / "plain.safetensors", plain))
    assert "encoder.blocks.1.experts.w1" in taken.taken
    assert taken.missing[0] == "encoder.blocks.1.experts.gate.weight"
    weight = plain["encoder.blocks.1.mlp.fc1.weight"]
    assert torch.equal(ours.encoder.blocks[1].experts.w1[5], weight)


def test_file_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    torn = tmp_path / "torn.safetensors"
    torn.write_bytes(b"\x00\x10\x00\x00 no header")
    with pytest.raises(UserError, match=r"torn\.safetensors: is not a safetensors file"):
        take_over(_classifier(), torn)
    with pytest.raises(UserError, match=r"gone\.safetensors: cannot be read"):
        take_over(_classifier(), tmp_path / "gone.safetensors")
    other = _saved(tmp_path / "other.safetensors", {"embedding.weight": torch.zeros(5, 5)})
    with pytest.raises(UserError, match="holds no weight that fits this network"):
        take_over(_classifier(), other)


def test_other_networks_take_names_as_they_are(tmp_path: Path) -> None:
    network = nn.Sequential(nn.Linear(3, 2))
    weights = {"0.weight": torch.ones(2, 3), "norm.weight": torch.ones(2)}
    taken = take_over(network, _saved(tmp_path / "linear.safetensors", weights))
    assert (taken.taken, taken.unused) == (("0.weight",), ("norm.weight",))
