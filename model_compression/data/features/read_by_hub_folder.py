"""Faces read by a network of Hugging Face's transformers from a folder: BEiT, ViT, ResNet and their kin.

`embedding` is its pooled last layer (paper 2, sec. 4.2): what the network itself pools; where the folder's weights have
no pooling of their own (a ViT that was trained to classify), the class token after the last norm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edge_app.errors import UserError
from model_compression.data.features.face_pixels import FacePixels
from model_compression.data.features.feature_set import Stream
from model_compression.data.features.hub_folder import open_hub_folder, refuse_untrained
from model_compression.data.features.seen_frame import Face
from model_compression.training.device import DeviceChoice, chosen_device

_POOLER = "pooler."
_HALF = (0.5, 0.5, 0.5)


class HubFolderReader:
    """Departs from the folder's own preparing in one thing: squares are cut and scaled in one step."""

    def __init__(self, what: str, device: DeviceChoice) -> None:
        """Raises `UserError`."""
        folder = Path(what).expanduser()
        hub = open_hub_folder(folder)
        refuse_untrained(folder, hub, but=_POOLER)
        self._pools = not any(name.startswith(_POOLER) for name in hub.missing)
        try:
            self._pixels = pixels_of(hub.preparing, folder)
        except (TypeError, ValueError) as error:
            raise UserError(
                f"{folder}: its preprocessor_config.json makes no sense ({error}); copy it again."
            ) from error
        self._device = chosen_device(device)
        self._network = hub.network.to(self._device)
        side = self._pixels.side_px
        try:
            with torch.no_grad():
                size = self._embedding(torch.zeros(1, 3, side, side, device=self._device)).shape[1]
        except (ValueError, TypeError, RuntimeError, AttributeError) as error:
            raise UserError(
                f"{folder}: a {hub.config.model_type} does not read pictures ({error})."
            ) from error
        self.streams = {"embedding": Stream("face", size, hub.made_by)}

    @torch.no_grad()
    def read(self, faces: Sequence[Face]) -> Mapping[str, NDArray[np.float32]]:
        pictures = torch.from_numpy(self._pixels.of(faces)).to(self._device)
        return {"embedding": self._embedding(pictures).float().cpu().numpy()}

    def _embedding(self, pictures: Tensor) -> Tensor:
        given = self._network(pixel_values=pictures)
        pooled = getattr(given, "pooler_output", None)
        if pooled is not None and self._pools:
            return torch.flatten(pooled, start_dim=1)
        last: Tensor = given.last_hidden_state
        # (B, tokens, d), the class token first, or a map (B, d, H, W).
        return last[:, 0] if last.ndim == 3 else last.mean(dim=(2, 3))


def pixels_of(preparing: Mapping[str, Any], folder: Path) -> FacePixels:
    """Of a `preprocessor_config.json`. Raises `UserError` where it does not tell the size of pictures."""
    size = _side(preparing.get("size"))
    if size is None or not preparing.get("do_resize", True):
        raise UserError(
            f"{folder}: its preprocessor_config.json does not tell the size of pictures; copy it again."
        )
    side, shown = size, 1.0
    crop = _side(preparing.get("crop_size"))
    share = preparing.get("crop_pct")
    if preparing.get("do_center_crop") and crop is not None:
        side, shown = crop, min(1.0, crop / size)
    elif (
        share is not None and size < 384
    ):  # ConvNeXt: pictures are made larger, and their middle taken
        shown = float(share)
    normalises = preparing.get("do_normalize", True)
    return FacePixels(
        side,
        tuple(preparing.get("image_mean", _HALF)) if normalises else (0.0, 0.0, 0.0),
        tuple(preparing.get("image_std", _HALF)) if normalises else (1.0, 1.0, 1.0),
        shown,
        float(preparing.get("rescale_factor", 1 / 255))
        if preparing.get("do_rescale", True)
        else 1.0,
    )


def _side(told: Any) -> int | None:
    """A number, or what a mapping says of height, width or the shortest edge."""
    if isinstance(told, Mapping):
        told = told.get("height", told.get("shortest_edge"))
    return int(told) if isinstance(told, int | float) else None
