"""Clips and pictures of faces learned jointly, each kind by a head of its own (paper 3, UniLearn, eq. 13).

A batch is of clips or of pictures: the loss is the cross-entropy of its kind. A set whose clips have one frame each is
a set of pictures; a run may learn from one kind alone. Weights are chosen on clips of people that are not learned from,
without clips on pictures; the authors' code chooses them on the clips that it reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from edge_app.errors import UserError
from model_compression.data.clips.store import ClipStore
from model_compression.evaluation.classification import mean_recall
from model_compression.training.clips.alternating import share_of_pictures
from model_compression.training.clips.answering import Seen, answers_to
from model_compression.training.clips.joint_samples import (
    JointAugmentation,
    JointSamples,
    Kind,
    Order,
)
from model_compression.training.clips.labels import Label, Question
from model_compression.training.clips.mixing import Mixing
from model_compression.training.clips.network_input import network_input
from model_compression.training.clips.source import ClipSource, holds_pictures, open_sources
from model_compression.training.clips.task_options import ClipTaskOptions
from model_compression.training.config import DataSet, Stage
from model_compression.training.task import Batch, Goal, Samples, Task, TaskInput


class JointOptions(ClipTaskOptions):
    """`task.options` of joint."""

    frames: int = Field(16, ge=2, le=256, description="Frames that the network sees of a clip.")
    picture_label: Label | None = Field(
        None, description="What is to be told of pictures; the label of clips without it."
    )
    picture_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Share of the pictures that is learned from while each clip is once; 0: clips alone.",
    )
    picture_batches: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of the batches that are of pictures, whatever the sizes of the sets; as `picture_share` "
        "asks without it.",
    )
    pictures_by_class: bool = Field(
        False, description="Draw pictures of all classes alike often, as the authors' code does."
    )
    mixup: float = Field(0.8, ge=0, description="Strength of clips faded into each other; 0: off.")
    cutmix: float = Field(
        1.0, ge=0, description="Strength of clips pasted into each other; 0: off."
    )
    mixed_pictures: bool = Field(False, description="Mix pictures too.")
    balance_weight: float = Field(
        1e-3, ge=0, description="Of the loss by which all experts are used alike."
    )

    @property
    def picture_question(self) -> Question:
        if self.picture_label is None:
            return self.question
        return Question(self.picture_label)

    def seen(self) -> Seen:
        return self._with_heads(super().seen())

    def glanced_at(self) -> Seen:
        return self._with_heads(super().glanced_at())

    def sources(self, sets: Sequence[DataSet]) -> tuple[ClipSource, ...]:
        """Those of clips; without any, those of pictures."""
        clips, pictures = _kinds(sets)
        return super().sources(clips) if clips else self.picture_sources(pictures)

    def picture_sources(self, sets: Sequence[DataSet]) -> tuple[ClipSource, ...]:
        """A fold is of clips alone. Raises `UserError`."""
        return open_sources(
            sets,
            self.picture_question,
            fold=None,
            held_out_share=self.held_out_share,
            choose_by=self.choose_by,
        )

    def is_measured_on(self, store: ClipStore) -> bool:
        return not holds_pictures(store)

    def _with_heads(self, seen: Seen) -> Seen:
        """The head of pictures can only be asked where it tells the same as that of clips."""
        same = self.picture_label in (None, self.label)
        return seen.asking_pictures() if self.picture_share and same else seen


OPTIONS, AUGMENTATION = JointOptions, JointAugmentation  # what settings are read by


class JointTask:
    """See the module."""

    goal = Goal("uar", "max")

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(JointOptions)
        self._augmentation = given.augmentation.read(JointAugmentation)
        clips, pictures = _kinds(given.sets)
        if not clips and not (pictures and self.options.picture_share):
            raise UserError(
                "data: there are neither clips to learn from nor pictures; name a folder of 'vigil data prepare' with"
                " --clips."
            )
        if not pictures and self.options.picture_share:
            raise UserError(
                "data: joint learns from pictures too, and there is no set whose clips have one frame; name one with"
                " --clips, or set task.options.picture_share=0."
            )
        if not clips and self.options.picture_question != self.options.question:
            raise UserError(
                "task.options.picture_label: there are pictures alone, and the head of clips is made for them too; set"
                " task.options.label to it."
            )
        self.clips: _Told | None = None
        self.pictures: _Told | None = None
        if clips:
            self.clips = _Told(self.options, self.options.question, self.options.sources(clips))
        if self.options.picture_share:
            sources = self.options.picture_sources(pictures)
            self.pictures = _Told(self.options, self.options.picture_question, sources)
            if self.clips is not None and self.pictures.channels != self.clips.channels:
                raise UserError(
                    "data: some sets are prepared in colour and some in grey; prepare all with one --channels."
                )

    def network_options(self) -> dict[str, Any]:
        """What the network has to be made with."""
        first = self._first
        options = {"classes": len(first.classes), "channels": first.channels}
        if self.pictures is not None:
            options["picture_classes"] = len(self.pictures.classes)
        return options

    def told(self) -> dict[str, Any]:
        """For the network's file: the classes of each head, in the order of its logits."""
        told = {"classes": {self.options.label: list(self._first.classes)}}
        if self.pictures is not None:
            label = self.options.picture_question.label
            told["picture_classes"] = {label: list(self.pictures.classes)}
        return told

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        clips: Kind | None = None
        pictures: Kind | None = None
        if self.clips is not None:
            clips = Kind(self.clips.sources, Order(), self._augmentation.clips)
        if self.pictures is not None:
            order = Order(self.options.picture_share, self.options.pictures_by_class)
            pictures = Kind(self.pictures.sources, order, self._augmentation.pictures)
        return JointSamples(
            clips,
            pictures,
            share=share_of_pictures(
                pictures.of_a_round if pictures else 0,
                clips.of_a_round if clips else 0,
                self.options.picture_batches,
            ),
            mixing=Mixing(self.options.mixup, self.options.cutmix),
            mixed_pictures=self.options.mixed_pictures,
            frames=self.options.frames,
            sampling=self.options.sampling,
            stride=self.options.stride,
            side_px=stage.crop_px,
            batch=stage.batch,
            seed=seed,
            stage_index=stage_index,
        )

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        clips, label, own = network_input(batch["clips"]), batch["label"], batch["own_share"]
        if batch["clips"].shape[1] > 1:
            assert self.clips is not None
            told, name, out = self.clips, "clips", student(clips, label)
        else:
            assert self.pictures is not None
            told, name, out = self.pictures, "pictures", student(clips, label, head="picture")
        each = own * told.entropy(out["logits"], label)
        each = each + (1 - own) * told.entropy(out["logits"], batch["other_label"])
        losses = {name: each.mean()}
        loss = losses[name]
        if "balance" in out:
            losses["balance"] = out["balance"].float()
            loss = loss + self.options.balance_weight * losses["balance"]
        return {"loss": loss, **losses}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Of what is held out: `uar`, `accuracy` and `loss` of clips, and with `picture_` before it of pictures.

        Without clips those of pictures have the bare names too: weights are chosen by `uar`.
        """
        metrics: dict[str, float] = {}
        if self.clips is not None:
            metrics = self.clips.metrics(student, self.options.glanced_at(), torch.device(device))
        if self.pictures is not None:
            seen = self.options.glanced_at().asking_pictures()
            of_pictures = self.pictures.metrics(student, seen, torch.device(device))
            metrics |= {f"picture_{name}": value for name, value in of_pictures.items()}
            metrics = {**of_pictures, **metrics}
        return metrics

    def fingerprints(self) -> dict[str, str]:
        kinds = [kind for kind in (self.clips, self.pictures) if kind is not None]
        return {source.name: source.store.fingerprint for kind in kinds for source in kind.sources}

    @property
    def _first(self) -> _Told:
        """Clips, or pictures where there are no others: what the head of clips is made for."""
        first = self.clips or self.pictures
        assert first is not None
        return first


class _Told:
    """One kind: its sets, its classes, and how good what is said of it is."""

    def __init__(
        self, options: JointOptions, question: Question, sources: tuple[ClipSource, ...]
    ) -> None:
        self.sources = sources
        self.classes = question.classes(sources[0].store.classes[question.label])
        self.channels = sources[0].store.channels
        self._smoothing = options.label_smoothing
        labels = [clip.label for source in sources for clip in source.learned]
        counts = np.maximum(np.bincount(labels, minlength=len(self.classes)), 1)
        weights = (counts.max() / counts) ** options.class_weight_power
        weights /= (weights * counts).sum() / counts.sum()  # mean 1 over the samples
        self._weights = torch.from_numpy(weights.astype(np.float32))

    def entropy(self, logits: Tensor, label: Tensor) -> Tensor:
        """(B,)"""
        each = functional.cross_entropy(
            logits.float(), label, reduction="none", label_smoothing=self._smoothing
        )
        return each * self._weights.to(logits.device)[label]

    def metrics(self, student: nn.Module, seen: Seen, device: torch.device) -> dict[str, float]:
        logits = torch.from_numpy(
            np.concatenate([_said(student, source, seen, device) for source in self.sources])
        )
        truth = np.array([clip.label for source in self.sources for clip in source.held_out])
        chosen = logits.argmax(1).numpy()
        recall = mean_recall(truth, chosen, np.unique(truth))
        return {
            "uar": 0.0 if recall is None else recall,
            "accuracy": float((chosen == truth).mean()),
            "loss": float(self.entropy(logits, torch.from_numpy(truth)).mean()),
        }


def _said(
    student: nn.Module, source: ClipSource, seen: Seen, device: torch.device
) -> NDArray[np.float32]:
    rows = [clip.row for clip in source.held_out]
    return answers_to(student, source.store, rows, seen, device)["logits"]


def _kinds(sets: Sequence[DataSet]) -> tuple[list[DataSet], list[DataSet]]:
    """Sets of clips, and sets of pictures. Raises `UserError` for folders that are neither."""
    clips: list[DataSet] = []
    pictures: list[DataSet] = []
    for entry in sets:
        store = ClipStore.open(Path(entry.name).expanduser())
        (pictures if holds_pictures(store) else clips).append(entry)
    return clips, pictures


def open_task(given: TaskInput) -> Task:
    return JointTask(given)
