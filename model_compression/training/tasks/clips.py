"""What clip networks learn: expression, drowsiness or intoxication of prepared clips (paper 1, sec. 4 and 5).

The loss is cross-entropy (of one logit where `objective` is `sigmoid`, as paper 1 does on NTHU-DDD), and, of networks
that give them, an auxiliary loss and an alignment loss (paper 1, eq. 3 and 4), whose weights the paper does not state.
Weights are chosen on people that are not learned from, by the mean recall over the classes.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from edge_app.errors import UserError
from model_compression.evaluation.classification import mean_recall
from model_compression.training.clips.answering import answers_to
from model_compression.training.clips.network_input import network_input
from model_compression.training.clips.samples import ClipSamples
from model_compression.training.clips.task_options import ClipTaskOptions
from model_compression.training.clips.varied_clip import ClipAugmentation
from model_compression.training.config import Stage
from model_compression.training.task import Batch, Goal, Samples, Task, TaskInput


class ClipOptions(ClipTaskOptions):
    """`task.options` of clips."""

    objective: Literal["softmax", "sigmoid"] = Field(
        "softmax", description="A logit for each class, or one for two classes."
    )
    auxiliary_weight: float = Field(
        0.4, ge=0, description="Of the auxiliary head's loss, which the perturbation follows."
    )
    alignment_weight: float = Field(0.1, ge=0, description="Of the Barlow Twins loss.")


OPTIONS, AUGMENTATION = ClipOptions, ClipAugmentation  # what settings are read by


class ClipTask:
    """See the module."""

    goal = Goal("uar", "max")

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(ClipOptions)
        self._augmentation = given.augmentation.read(ClipAugmentation)
        self.question = self.options.question
        self.sources = self.options.sources(given.sets)
        self.classes = self.question.classes(self.sources[0].store.classes[self.options.label])
        if self.options.objective == "sigmoid" and len(self.classes) != 2:
            raise UserError(
                f"task.options.objective: sigmoid is for two classes, and {self.options.label} has"
                f" {len(self.classes)}; use softmax, or positive_from."
            )
        labels = [clip.label for source in self.sources for clip in source.learned]
        counts = np.maximum(np.bincount(labels, minlength=len(self.classes)), 1)
        weights = (counts.max() / counts) ** self.options.class_weight_power
        # With mean 1 over the clips, the loss of a batch is a mean over its clips, however it is cut into pieces.
        weights /= (weights * counts).sum() / counts.sum()
        self._class_weights = torch.from_numpy(weights.astype(np.float32))

    def network_options(self) -> dict[str, Any]:
        """What the network has to be made with."""
        outputs = 1 if self.options.objective == "sigmoid" else len(self.classes)
        return {"classes": outputs, "channels": self.sources[0].store.channels}

    def told(self) -> dict[str, Any]:
        """For the network's file: its classes, in the order of its logits."""
        return {"classes": {self.options.label: list(self.classes)}}

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return ClipSamples(
            self.sources,
            self._augmentation,
            frames=self.options.frames,
            sampling=self.options.sampling,
            stride=self.options.stride,
            side_px=stage.crop_px,
            seed=seed,
            stage_index=stage_index,
        )

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        label = batch["label"]
        target = label.float() if self.options.objective == "sigmoid" else label
        out = student(network_input(batch["clips"]), target)
        losses = {"classification": self._classification(out["logits"], label)}
        loss = losses["classification"]
        if "auxiliary_logits" in out:
            losses["auxiliary"] = self._classification(out["auxiliary_logits"], label)
            loss = loss + self.options.auxiliary_weight * losses["auxiliary"]
        if "alignment" in out:
            losses["alignment"] = out["alignment"].float()
            loss = loss + self.options.alignment_weight * losses["alignment"]
        return {"loss": loss, **losses}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Of the clips held out, all sources together."""
        said = [
            answers_to(
                student,
                source.store,
                [clip.row for clip in source.held_out],
                self.options.glanced_at(),
                torch.device(device),
            )["logits"]
            for source in self.sources
        ]
        logits = torch.from_numpy(np.concatenate(said))
        truth = np.array([clip.label for source in self.sources for clip in source.held_out])
        chosen = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1)
        recall = mean_recall(truth, chosen.numpy(), np.unique(truth))
        return {
            "uar": 0.0 if recall is None else recall,
            "accuracy": float((chosen.numpy() == truth).mean()),
            "loss": float(self._classification(logits, torch.from_numpy(truth))),
        }

    def fingerprints(self) -> dict[str, str]:
        return {source.name: source.store.fingerprint for source in self.sources}

    def _classification(self, logits: Tensor, label: Tensor) -> Tensor:
        logits = logits.float()
        weights = self._class_weights.to(logits.device)
        if self.options.objective == "sigmoid":
            each = functional.binary_cross_entropy_with_logits(
                logits[:, 0], label.float(), reduction="none"
            )
            return (each * weights[label]).mean()
        smoothing = self.options.label_smoothing
        each = functional.cross_entropy(logits, label, reduction="none", label_smoothing=smoothing)
        return (each * weights[label]).mean()


def open_task(given: TaskInput) -> Task:
    return ClipTask(given)
