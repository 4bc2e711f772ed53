"""Pictures of a batch mixed with one another: mixup and CutMix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor

from edge_app.settings_model import SettingsModel


class MixingSettings(SettingsModel):
    """How batches are mixed."""

    mixup: float = Field(
        0.0, ge=0, description="Beta distribution of mixup (Zhang et al. 2018); 0 is off."
    )
    cutmix: float = Field(
        0.0, ge=0, description="Beta distribution of CutMix (Yun et al. 2019); 0 is off."
    )
    share: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Share of batches that are mixed; with both, each half of them.",
    )


@dataclass(frozen=True, slots=True)
class Mixed:
    """Pictures that are `share` their own and for the rest those at `other`."""

    pictures: Tensor  # (B, C, H, W)
    other: Tensor  # (B,) positions in the batch
    share: float


def mixed(pictures: Tensor, settings: MixingSettings) -> Mixed | None:
    """None: this batch stays as it is. What torch draws here follows from the seed and the step."""
    ways = [way for way in ("mixup", "cutmix") if getattr(settings, way) > 0]
    if not ways or float(torch.rand(())) >= settings.share:
        return None
    way = ways[int(torch.randint(len(ways), ()))]
    strength = getattr(settings, way)
    share = float(torch.distributions.Beta(strength, strength).sample())
    other = torch.randperm(len(pictures)).to(pictures.device)
    if way == "mixup":
        return Mixed(share * pictures + (1 - share) * pictures[other], other, share)
    top, left, tall, wide = _patch(pictures.shape[2], pictures.shape[3], 1 - share)
    patched = pictures.clone()
    patched[:, :, top : top + tall, left : left + wide] = pictures[
        other, :, top : top + tall, left : left + wide
    ]
    return Mixed(patched, other, 1 - tall * wide / (pictures.shape[2] * pictures.shape[3]))


def _patch(height: int, width: int, area: float) -> tuple[int, int, int, int]:
    """top, left, height, width of a patch with a share of the area, wholly inside."""
    tall, wide = round(height * math.sqrt(area)), round(width * math.sqrt(area))
    top, left = (int(torch.randint(room + 1, ())) for room in (height - tall, width - wide))
    return top, left, tall, wide
