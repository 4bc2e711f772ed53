"""Picture transformers: ViT-B/16 for MAE-B (He et al. 2022), and BEiT-L/16 (Bao et al. 2022), of papers 2 and 4.

Their layers are transformers' own, so that published weights mean here what they mean there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.students.backbone import HALF, Backbone
from model_compression.students.transformers_offline import transformers_offline

_PATCH_PX = 16
_COLOURS = 3
# Of a configuration; published ones name thousands of classes.
_NO_SHAPE = ("architectures", "id2label", "label2id", "transformers_version")


class _Tokens(nn.Module):
    """(B, C, S, S) -> (B, 1 + N, d), the class token first."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pictures: Tensor) -> Tensor:
        tokens: Tensor = self.model(pixel_values=pictures).last_hidden_state
        return tokens


class _MeanOfPatches(nn.Module):
    """(B, 1 + N, d) -> (B, d)."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens[:, 1:].mean(1)


class VitB16(Backbone):
    """pictures: (B, channels, S, S), S = 224 -> (B, 768): the mean of the patches' tokens after the last LayerNorm.

    weights: a folder of transformers with a ViT or a masked autoencoder (its decoder is left behind), such as
    `facebook/vit-mae-base`; the network is as large as the folder says. transformer: what was kept of such a network,
    to make it again without the folder. Departs from MAE's fine-tuning: the norm stands before the mean, as it did in
    pre-training.
    """

    def __init__(
        self,
        *,
        channels: int = 3,
        side_px: int | None = None,
        weights: str | None = None,
        transformer: Mapping[str, Any] | None = None,
    ) -> None:
        if weights is None:
            own = {"image_size": side_px or 224, "num_channels": channels}
            config = transformers_offline().ViTConfig.from_dict(dict(transformer or own))
            model = transformers_offline().ViTModel(config, add_pooling_layer=False)
        else:
            model = _from_folder(
                "ViTModel", Path(weights), ("vit", "vit_mae"), side_px, add_pooling_layer=False
            )
            _take_channels(model, channels)
        super().__init__(
            side_px=model.config.image_size,
            embedding_size=model.config.hidden_size,
            early_channels=channels,
        )
        self.transformer = _shape_of(model)
        self.early = nn.Identity()
        self.late = _Tokens(model)
        self.pool = _MeanOfPatches()


class BeitL16(Backbone):
    """pictures: (B, channels, S, S), S = 224 -> (B, 1024): the LayerNorm of the mean of the patches' tokens.

    weights: a folder of transformers with a BEiT, such as `microsoft/beit-large-patch16-224`; the network is as large
    as the folder says. Without: positions relative to each other in each layer, as in its fine-tuned form.
    transformer: what was kept of such a network, to make it again without the folder.
    """

    mean, std = HALF

    def __init__(
        self,
        *,
        channels: int = 3,
        side_px: int | None = None,
        weights: str | None = None,
        transformer: Mapping[str, Any] | None = None,
    ) -> None:
        if weights is None:
            own = {
                "image_size": side_px or 224,
                "num_channels": channels,
                "hidden_size": 1024,
                "num_hidden_layers": 24,
                "num_attention_heads": 16,
                "intermediate_size": 4096,
                "layer_scale_init_value": 1e-5,
                "use_relative_position_bias": True,
            }
            config = transformers_offline().BeitConfig.from_dict(dict(transformer or own))
            model = transformers_offline().BeitModel(config)
        else:
            model = _from_folder(
                "BeitModel", Path(weights), ("beit",), side_px, use_mean_pooling=True
            )
            _take_channels(model, channels)
        super().__init__(
            side_px=model.config.image_size,
            embedding_size=model.config.hidden_size,
            early_channels=channels,
        )
        self.transformer = _shape_of(model)
        self.early = nn.Identity()
        self.pool = model.pooler
        model.pooler = None
        self.late = _Tokens(model)


def _from_folder(
    family: str, folder: Path, kinds: tuple[str, ...], side_px: int | None, **options: Any
) -> Any:
    """Raises `UserError` where the folder has no such network, or lacks some of its weights."""
    if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
        raise UserError(
            f"{folder}: weights names no folder with config.json and weights as safetensors."
        )
    library = transformers_offline()
    try:
        config = library.AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{folder}: weights cannot be loaded ({_brief(error)}).") from error
    if config.model_type not in kinds:
        raise UserError(
            f"{folder}: weights names a network of the kind {config.model_type!r}; this backbone takes"
            f" {' or '.join(kinds)}."
        )
    if side_px not in (None, config.image_size):
        raise UserError(
            f"{folder}: these weights are for pictures of {config.image_size} px, not {side_px}; leave out side_px."
        )
    if config.patch_size != _PATCH_PX:
        raise UserError(
            f"{folder}: these weights have patches of {config.patch_size} px; this backbone takes {_PATCH_PX}."
        )
    try:
        model, told = getattr(library, family).from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            dtype=torch.float32,
            **options,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise UserError(f"{folder}: weights cannot be loaded ({_brief(error)}).") from error
    # A BEiT that was not fine-tuned has no norm after the mean: it begins as it is made.
    missing = [name for name in told["missing_keys"] if not name.startswith("pooler.")]
    if missing:
        raise UserError(
            f"{folder}: lacks {len(missing)} weights of this backbone, such as {missing[0]}."
        )
    return model


def _shape_of(model: Any) -> dict[str, Any]:
    """Its configuration in plain values, without where it lay."""
    told: dict[str, Any] = json.loads(model.config.to_json_string(use_diff=False))
    return {
        name: value
        for name, value in told.items()
        if name not in _NO_SHAPE and not name.startswith("_")
    }


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _take_channels(model: Any, channels: int) -> None:
    """A grey picture is a colour picture whose three channels are equal: their filters are summed."""
    patches = model.embeddings.patch_embeddings
    given = patches.projection
    if given.in_channels == channels:
        return
    if (given.in_channels, channels) != (_COLOURS, 1):
        raise UserError(
            f"the weights take {given.in_channels} channels, not {channels}; choose channels: 1 or {given.in_channels}."
        )
    kept = nn.Conv2d(1, given.out_channels, given.kernel_size, given.stride)
    with torch.no_grad():
        kept.weight.copy_(given.weight.sum(dim=1, keepdim=True))
        kept.bias.copy_(given.bias)  # type: ignore[union-attr]
    patches.projection = kept
    patches.num_channels = model.config.num_channels = 1
