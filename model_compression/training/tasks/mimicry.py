"""What a head learns of the intensity of mimicked emotions of whole videos (paper 4, sec. 2.4): 1 - sum w_k PCC_k.

The paper says that the correlation is minimised, which its public code reads as it is meant; so does this. Weights w
sum to 1. The penalty is that code's: the sum of the kernels' squares, added to the loss.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from model_compression.downstream.agreement import PairedSums
from model_compression.downstream.descriptors import PARTS, Statistics
from model_compression.downstream.head_options import HeadOptions
from model_compression.downstream.held_out import opened
from model_compression.downstream.intensities import INTENSITIES, descriptor, truths_of
from model_compression.downstream.labelled import check_video_values
from model_compression.downstream.shuffled import ShuffledRows
from model_compression.downstream.streams import stream_named
from model_compression.training.config import Stage
from model_compression.training.task import Batch, Goal, Samples, Task, TaskInput
from model_compression.training.tasks.concordance import pearson


class MimicryOptions(HeadOptions):
    """`task.options` of mimicry."""

    streams: tuple[str, ...] = Field(
        ("scores",),
        min_length=1,
        description="Streams of faces or sound, described one after another.",
    )
    statistics: Statistics = Field(
        "stat", description="Mean, deviation, minimum and maximum over frames, or the mean alone."
    )
    face_every: int = Field(1, ge=1, description="Every so many frames with a face.")
    intensities: tuple[str, ...] = Field(
        INTENSITIES, min_length=1, description="Values of the videos that are to be told."
    )
    weights: tuple[float, ...] = Field(
        (), description="Of the intensities in the loss, scaled to sum 1; none: all alike."
    )


OPTIONS, AUGMENTATION = MimicryOptions, SettingsModel  # what settings are read by


class MimicryTask:
    """See the module."""

    goal = Goal("mean_pearson", "max")

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(MimicryOptions)
        given.augmentation.read(SettingsModel)  # features are learned as they are
        self.features = opened(given.sets)
        self.streams = [stream_named(self.features, name) for name in self.options.streams]
        names = self.options.intensities
        weights = np.array(self.options.weights or [1.0] * len(names))
        if len(weights) != len(names) or (weights < 0).any() or not weights.sum():
            raise UserError(
                f"task.options.weights: {len(names)} intensities need as many weights, none of them below 0 and not"
                " all 0."
            )
        self._weights = torch.from_numpy((weights / weights.sum()).astype(np.float32))
        check_video_values(self.features, names)
        parts = self.options.parts(self.features)
        self._learned = self._described(parts.learned)
        self._held_out = self._described(parts.chosen_by)
        counts = len(self._learned[0]), len(self._held_out[0])
        if min(counts) < 2:
            raise UserError(
                f"{self.features.folder}: {counts[0]} videos to learn from and {counts[1]} to choose weights by have"
                f" {', '.join(self.streams)} and {', '.join(names)}; two of each are needed."
            )

    def network_options(self) -> dict[str, Any]:
        size = sum(self.features.streams[name].size for name in self.streams)
        return {
            "inputs": size * PARTS[self.options.statistics],
            "outputs": len(self.options.intensities),
        }

    def told(self) -> dict[str, Any]:
        """For the network's file: what it reads, and what it tells."""
        return {
            "streams": list(self.streams),
            "made_by": [self.features.streams[name].made_by for name in self.streams],
            "statistics": self.options.statistics,
            "face_every": self.options.face_every,
            "intensities": list(self.options.intensities),
            "fingerprint": self.features.fingerprint,
        }

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        said, truth = self._learned
        return ShuffledRows(
            {"descriptor": said, "truth": truth}, seed=seed, stage_index=stage_index
        )

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        told = student(batch["descriptor"])["intensities"].float()
        agreed = pearson(told, batch["truth"].float())
        loss = 1 - (self._weights.to(told.device) * agreed).sum() + self.options.penalty(student)
        return {"loss": loss, "pearson": agreed.mean()}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Over all videos held out of which something can be said."""
        said, truth = self._held_out
        told = student(torch.from_numpy(said).to(device))["intensities"].float().cpu().numpy()
        # An intensity of which always the same is said is not followed at all.
        values = np.nan_to_num(PairedSums.of([(told, truth)]).agree("pearson"))
        each = zip(self.options.intensities, values, strict=True)
        return {"mean_pearson": float(values.mean()), **{name: float(v) for name, v in each}}

    def fingerprints(self) -> dict[str, str]:
        return {str(self.features.folder): self.features.fingerprint}

    def _described(
        self, numbers: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Descriptors and truths of the videos that have both."""
        truths = truths_of([self.features.rows[n] for n in numbers], self.options.intensities)
        said, true = [], []
        for number, truth in zip(numbers, truths, strict=True):
            if not np.isfinite(truth).all():
                continue
            one = descriptor(
                self.features,
                number,
                self.streams,
                self.options.statistics,
                self.options.face_every,
            )
            if one is not None:
                said.append(one)
                true.append(truth)
        return np.array(said, np.float32), np.array(true, np.float32)


def open_task(given: TaskInput) -> Task:
    return MimicryTask(given)
