"""Expressions, valence and arousal of pictures together: AffectNet for the students of paper 4 (sec. 2.1, eq. 1).

The loss is that of the paper's code: cross-entropy with the weight max N / N_y outside the logarithm, and (1 - CCC) / 2
of valence and of arousal. Printed inside the logarithm (`class_weight: inside`) the weight is a constant: what is
learned from it is the unweighted loss.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from model_compression.training.config import Stage
from model_compression.training.pictures.asked import PictureLabel
from model_compression.training.pictures.figures import value_figures
from model_compression.training.pictures.learned_expressions import (
    ExpressionPictureOptions,
    LearnedExpressions,
)
from model_compression.training.pictures.network_input import network_input
from model_compression.training.pictures.source import VALUES
from model_compression.training.pictures.varied_picture import PictureAugmentation
from model_compression.training.task import Batch, Samples, Task, TaskInput
from model_compression.training.tasks.losses import discordance


class AffectOptions(ExpressionPictureOptions):
    """`task.options` of affect."""

    label: PictureLabel = Field(
        "expression_8",
        description="Which classes are told; pictures of others are left out, such as contempt where seven are told.",
    )
    class_weight_power: float = Field(
        1.0,
        ge=0,
        le=1,
        description="0: all pictures alike; 1: all classes alike, as paper 4 has it.",
    )
    class_weight: Literal["outside", "inside"] = Field(
        "outside",
        description="Of the logarithm: as in the code of paper 4, or as eq. 1 is printed.",
    )
    valence_arousal: bool = Field(
        True,
        description="Learn values too, where a set has them; false: expressions alone, as EmotiEffNet without MT.",
    )


OPTIONS, AUGMENTATION = AffectOptions, PictureAugmentation  # what settings are read by


class AffectTask:
    """See the module.

    Departs from the code: a weighted batch is divided by its size and not by the sum of its weights, which have mean 1
    over the pictures, so that microbatches add up to the batch. CCC does not: of a microbatch it is its own.
    """

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(AffectOptions)
        self.expressions = LearnedExpressions(given, self.options)
        self.goal = self.expressions.goal
        self._values = self.options.valence_arousal and any(
            not bool(torch.from_numpy(source.learned.values).isnan().all())
            for source in self.expressions.sources
        )

    def network_options(self) -> dict[str, Any]:
        return {**self.expressions.network_options(), "valence_arousal": self._values}

    def told(self) -> dict[str, Any]:
        told = self.expressions.told()
        return {**told, "values": list(VALUES)} if self._values else told

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return self.expressions.samples(stage, stage_index, seed)

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        out = student(network_input(batch["pictures"], student))
        losses = {"expression": self._expression(out["logits"], batch)}
        if self._values:
            said, truth = out["valence_arousal"], batch["values"]
            for column, name in enumerate(VALUES):
                losses[name] = discordance(said[:, column], truth[:, column])
        return {"loss": torch.stack(list(losses.values())).sum(), **losses}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Accuracy over eight and over seven classes, RMSE and CCC: the columns of paper 4, Table 1."""
        names = ("logits", "valence_arousal") if self._values else ("logits",)
        answers = self.expressions.answers(student, device, *names)
        figures = self.expressions.figures(answers)
        if self._values:
            figures |= value_figures(answers["valence_arousal"], answers["values"])
        return figures

    def fingerprints(self) -> dict[str, str]:
        return self.expressions.fingerprints()

    def _expression(self, logits: Tensor, batch: Batch) -> Tensor:
        label = batch["label"]
        each = self.expressions.losses(logits, label, batch["source"])
        if self.options.class_weight == "outside":
            return (each * self.expressions.weights.to(each.device)[label]).mean()
        # -log(softmax(z_y) max N / N_y); the 1 of eq. 1 stands in the two (1 - CCC) / 2.
        rarity = self.expressions.rarity.to(each.device)[label] ** self.options.class_weight_power
        return (each - rarity.log()).mean()


def open_task(given: TaskInput) -> Task:
    return AffectTask(given)
