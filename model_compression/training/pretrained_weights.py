"""Weights that others trained, from a local `.safetensors` file, under the names of our clip transformer.

Read are VideoMAE's (of its authors and of Hugging Face) and those of image transformers (MAE, ViT; timm or Hugging
Face). Whatever stands in such a file, nothing of it is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.teachers.vit_encoder import ClipEncoder

SUFFIX = ".safetensors"

_WRAPPERS = re.compile(r"^(?:module|model|backbone|videomae|vit)\.")
_BLOCK = re.compile(r"^(?:encoder\.)?(?:blocks|layers?)\.(\d+)\.(.+)$")
_DECODER_BLOCK = re.compile(r"^decoder\.(?:blocks|decoder_layers)\.(\d+)\.(.+)$")
_IN_BLOCK = {
    "layernorm_before": "norm1",
    "layernorm_after": "norm2",
    "attention.output.dense": "attn.proj",
    "attention.o_proj": "attn.proj",
    "attention.attention.q_bias": "attn.q_bias",
    "attention.attention.v_bias": "attn.v_bias",
    "intermediate.dense": "mlp.fc1",
    "output.dense": "mlp.fc2",
}  # Hugging Face -> ours
_PROJECTION = re.compile(
    r"^attention\.(?:attention\.(query|key|value)|([qkv])_proj)\.(weight|bias)$"
)
_OUTSIDE = {
    "embeddings.patch_embeddings.projection": "encoder.patch_embed.proj",
    "patch_embed.proj": "encoder.patch_embed.proj",
    "layernorm": "encoder.norm",
    "norm": "encoder.norm",
}
_PATCHES = "encoder.patch_embed.proj.weight"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A file's weights as the network names them."""

    weights: Mapping[str, Tensor]
    inflated: tuple[str, ...] = ()  # of pictures: spread over the frames of a tubelet
    summed: tuple[str, ...] = ()  # of colour: channels added up, for a network that sees grey
    unused: tuple[str, ...] = ()  # under the file's own names


def read_safetensors(file: Path) -> dict[str, Tensor]:
    """Raises `UserError`."""
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ModuleNotFoundError as error:
        raise UserError(
            f"{file}: reading it needs the package {error.name}: pip install 'vigil-driver-monitoring[train]'."
        ) from error
    try:
        return load_file(file, device="cpu")
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror or error}).") from error
    except SafetensorError as error:
        raise UserError(
            f"{file}: is not a safetensors file, or is damaged; download it again."
        ) from error


def foreign_weights(given: Mapping[str, Tensor], network: nn.Module) -> Foreign:
    """`given` as `network` names and shapes it; as it is, where the network is no clip transformer."""
    if not isinstance(getattr(network, "encoder", None), ClipEncoder):
        return Foreign(given)
    named: dict[str, Tensor] = {}
    parts: dict[str, dict[str, Tensor]] = {}  # block -> q, k, v of Hugging Face, apart
    unused: list[str] = []
    for name, value in given.items():
        place, rest = _place(_bare(name))
        projection = _PROJECTION.match(rest) if place else None
        if projection:
            letter = (projection[1] or projection[2])[0]
            parts.setdefault(place, {})[f"{letter}.{projection[3]}"] = value
        elif place and rest == "attn.qkv.bias":
            named |= _without_key_bias(place, value)
        elif place or _is_ours(rest):
            named[place + (_renamed(rest, _IN_BLOCK) if place else rest)] = value
        else:
            unused.append(name)
    for place, own in parts.items():
        named |= _joined(place, own)
    return _fitted(named, network, tuple(unused))


def _bare(name: str) -> str:
    while (bare := _WRAPPERS.sub("", name)) != name:
        name = bare
    return name


def _place(name: str) -> tuple[str, str]:
    """('encoder.blocks.3.', what stands there), or ('', our name of what stands outside the blocks)."""
    for pattern, blocks in ((_DECODER_BLOCK, "decoder.blocks"), (_BLOCK, "encoder.blocks")):
        found = pattern.match(name)
        if found:
            return f"{blocks}.{found[1]}.", found[2]
    return "", _renamed(name, _OUTSIDE)


def _renamed(name: str, names: Mapping[str, str]) -> str:
    if name in names:
        return names[name]
    layer, _, tensor = name.rpartition(".")
    return f"{names[layer]}.{tensor}" if layer in names else name


def _is_ours(name: str) -> bool:
    """What a masked autoencoder and a classifier have beside blocks. Classifiers of other classes are left behind."""
    return name.startswith(
        ("encoder.", "fc_norm.", "encoder_to_decoder.", "mask_token", "decoder.")
    )


def _without_key_bias(place: str, bias: Tensor) -> dict[str, Tensor]:
    # The keys' is left behind: softmax does not see it (see `Attention`).
    q, _, v = bias.chunk(3)
    return {f"{place}attn.q_bias": q, f"{place}attn.v_bias": v}


def _joined(place: str, parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    named = {
        f"{place}attn.{letter}_bias": parts[f"{letter}.bias"]
        for letter in "qv"
        if f"{letter}.bias" in parts
    }
    weights = [parts[f"{letter}.weight"] for letter in "qkv" if f"{letter}.weight" in parts]
    if len(weights) == 3:
        named[f"{place}attn.qkv.weight"] = torch.cat(weights)
    return named


def _fitted(named: dict[str, Tensor], network: nn.Module, unused: tuple[str, ...]) -> Foreign:
    """Patches of pictures and of colour made those of clips and of grey, where the network has these."""
    patches, own = named.get(_PATCHES), network.state_dict()[_PATCHES]
    if patches is None or patches.ndim not in (4, 5):
        return Foreign(named, unused=unused)
    flat, colourful = patches.ndim == 4, patches.shape[1] == 3 and own.shape[1] == 1
    if flat:
        # Divided, so that equal frames give what the picture gave.
        frames = own.shape[2]
        patches = patches.unsqueeze(2).expand(-1, -1, frames, -1, -1) / frames
    if colourful:
        # A grey picture in three equal channels gave the same.
        patches = patches.sum(1, keepdim=True)
    named[_PATCHES] = patches
    return Foreign(
        named,
        inflated=(_PATCHES,) if flat else (),
        summed=(_PATCHES,) if colourful else (),
        unused=unused,
    )
