"""Expressions on pictures of one set or several: FER2013, RAF-DB, FERPlus, AffectNet, frames of clips.

The loss is cross-entropy; class weights, smoothing, mixup and CutMix are off unless asked for. So the visual stage of
paper 2 is made (seven expressions of three sets, then the eight of Aff-Wild2; it states neither loss nor augmentation
nor schedule) and the `EXPR_ft` networks of paper 4 (Table 5).
"""

from __future__ import annotations

from typing import Any

from pydantic import Field
from torch import Tensor, nn

from model_compression.training.config import Stage
from model_compression.training.pictures.learned_expressions import (
    ExpressionPictureOptions,
    LearnedExpressions,
)
from model_compression.training.pictures.mixed import MixingSettings, mixed
from model_compression.training.pictures.network_input import network_input
from model_compression.training.pictures.varied_picture import PictureAugmentation
from model_compression.training.task import Batch, Samples, Task, TaskInput


class PictureOptions(ExpressionPictureOptions):
    """`task.options` of pictures."""

    mix: MixingSettings = Field(MixingSettings(), description="Pictures mixed with one another.")


OPTIONS, AUGMENTATION = PictureOptions, PictureAugmentation  # what settings are read by


class PictureTask:
    """See the module."""

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(PictureOptions)
        self.expressions = LearnedExpressions(given, self.options)
        self.goal = self.expressions.goal

    def network_options(self) -> dict[str, Any]:
        return self.expressions.network_options()

    def told(self) -> dict[str, Any]:
        return self.expressions.told()

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return self.expressions.samples(stage, stage_index, seed)

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        pictures = network_input(batch["pictures"], student)
        mix = mixed(pictures, self.options.mix)
        if mix is None:
            return {"loss": self._loss(student(pictures)["logits"], batch)}
        logits = student(mix.pictures)["logits"]
        others = {name: batch[name][mix.other] for name in ("label", "source")}
        own, other = self._loss(logits, batch), self._loss(logits, others)
        return {"loss": mix.share * own + (1 - mix.share) * other}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        return self.expressions.figures(self.expressions.answers(student, device, "logits"))

    def fingerprints(self) -> dict[str, str]:
        return self.expressions.fingerprints()

    def _loss(self, logits: Tensor, batch: Batch) -> Tensor:
        each = self.expressions.losses(logits, batch["label"], batch["source"])
        return (each * self.expressions.weights.to(each.device)[batch["label"]]).mean()


def open_task(given: TaskInput) -> Task:
    return PictureTask(given)
