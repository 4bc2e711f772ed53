"""A task as small as one can be: how much brighter is the left half of a noisy picture than the right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from edge_app.settings_model import SettingsModel
from model_compression.training.config import Stage
from model_compression.training.seeds import generator_at
from model_compression.training.task import Batch, Goal, Sample, TaskInput


class TinyOptions(SettingsModel):
    """Options of the task."""

    noise: float = Field(default=0.1, ge=0, le=1, description="Standard deviation of the noise.")


class TinyAugmentation(SettingsModel):
    """Options of the augmentation."""

    flip: bool = Field(default=False, description="Mirror half of the pictures.")


class TinyStudent(nn.Module):
    """Convolution, BatchNorm, dropout and a linear layer: everything an exact resume has to carry."""

    def __init__(self, *, width: int = 4) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.pool = nn.AdaptiveAvgPool2d((1, 2))
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(2 * width, 1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        pooled = self.pool(self.trunk(image)).flatten(1)
        return {"difference": self.head(self.drop(pooled))[:, 0]}


@dataclass(frozen=True)
class TinySamples:
    stage: Stage
    stage_index: int
    seed: int
    noise: float

    def __getitem__(self, position: int) -> Sample:
        rng = generator_at(self.seed, self.stage_index, position)
        side = self.stage.crop_px
        left, right = rng.random(2)
        image = rng.normal(0.0, self.noise, (1, side, side))
        image[..., : side // 2] += left
        image[..., side // 2 :] += right
        return {"image": image.astype("float32"), "difference": float(left - right)}


class TinyTask:
    goal = Goal("error", "min")

    def __init__(self, options: TinyOptions) -> None:
        self._options = options
        self.sizes_seen: list[int] = []

    def samples(self, stage: Stage, stage_index: int, seed: int) -> TinySamples:
        return TinySamples(stage, stage_index, seed, self._options.noise)

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        self.sizes_seen.append(batch["image"].shape[-1])
        error = student(batch["image"])["difference"] - batch["difference"].float()
        loss = error.square().mean()
        return {"loss": loss, "absolute": error.abs().mean()}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        samples = TinySamples(
            Stage(crop_px=16, steps=1, learning_rate=1), 99, 7, self._options.noise
        )
        drawn = [samples[position] for position in range(64)]
        image = torch.stack([torch.from_numpy(sample["image"]) for sample in drawn]).to(device)
        truth = torch.tensor([sample["difference"] for sample in drawn], device=device)
        return {"error": float((student(image)["difference"] - truth).abs().mean())}

    def fingerprints(self) -> dict[str, str]:
        return {"noise": f"{self._options.noise}"}


def open_task(given: TaskInput) -> TinyTask:
    given.augmentation.read(TinyAugmentation)
    return TinyTask(given.options.read(TinyOptions))
