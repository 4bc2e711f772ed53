"""Expressions of pictures out of several sets: what the tasks that learn them share."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from edge_app.settings_model import SettingsModel
from model_compression.data.clips.classes import CLASSES, EXPRESSION
from model_compression.training.config import Stage
from model_compression.training.pictures.answering import answers_to
from model_compression.training.pictures.asked import PictureLabel, expression_answer
from model_compression.training.pictures.figures import class_figures
from model_compression.training.pictures.samples import Mixing, PictureSamples, shares_of
from model_compression.training.pictures.source import Choosing, open_stores, picture_source
from model_compression.training.pictures.varied_picture import PictureAugmentation
from model_compression.training.task import Goal, Samples, TaskInput
from model_compression.training.tasks.losses import class_losses

_SEVEN = len(CLASSES[EXPRESSION])


class ExpressionPictureOptions(SettingsModel):
    """`task.options` that `pictures` and `affect` share."""

    label: PictureLabel = Field(
        "expression",
        description="Which classes are told; pictures of others are left out, such as contempt where seven are told.",
    )
    class_weight_power: float = Field(
        0.0, ge=0, le=1, description="0: all pictures alike; 1: all classes alike."
    )
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Of the labels.")
    mask_unknown: bool = Field(
        True,
        description="Of sets that lack some of the classes, leave these out of the softmax: whoever labelled them could"
        " not choose them.",
    )
    mixing: Mixing = Field(
        "pictures",
        description="Of several sets all pictures are alike, or all sets; times a set's weight.",
    )
    measured_px: int | None = Field(
        None,
        ge=16,
        le=1024,
        description="Side of the pictures measured on, px; none: the network's own.",
    )
    fold: int | None = Field(
        None, ge=1, description="The fold that is kept for measuring, of sets with folds."
    )
    choose_by: Literal["val", "people"] = Field(
        "val",
        description="Weights are chosen on the val split where there is one, or on people of train.",
    )
    held_out_share: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="People held out to choose weights by, of sets without a val split.",
    )
    goal: Literal["accuracy", "uar", "macro_f1"] = Field(
        "accuracy", description="What the best weights are best in."
    )


class LearnedExpressions:
    """The sets, their classes, and the loss and figures of these."""

    def __init__(self, given: TaskInput, options: ExpressionPictureOptions) -> None:
        self.options = options
        self.classes = CLASSES[options.label]
        self.goal = Goal(options.goal, "max")
        self._augmentation = given.augmentation.read(PictureAugmentation)
        choosing = Choosing(options.choose_by, options.held_out_share, options.fold)
        self.sources = tuple(
            picture_source(entry, store, expression_answer(store, options.label), choosing)
            for entry, store in open_stores(given.sets)
        )
        counted = [
            np.bincount(source.learned.label, minlength=len(self.classes)) / len(source.learned)
            for source in self.sources
        ]
        # How often a class is drawn, by which N_y / N is that of one set, of sets put together, and of weighted ones.
        often = shares_of(self.sources, options.mixing) @ np.stack(counted)
        rarest = often[often > 0].min()
        self.rarity = torch.from_numpy(
            often.max() / np.maximum(often, rarest)
        ).float()  # (classes,) max N / N_y
        weights = self.rarity**options.class_weight_power
        # With mean 1 over the pictures, the loss of a batch is a mean over its pictures, however it is cut into pieces.
        self.weights = weights / float((weights * torch.from_numpy(often)).sum())
        known = np.stack([source.answer.known(len(self.classes)) for source in self.sources])
        self._known = None if known.all() or not options.mask_unknown else torch.from_numpy(known)

    def network_options(self) -> dict[str, Any]:
        """What the network has to be made with."""
        return {"classes": len(self.classes), "channels": self.sources[0].store.channels}

    def told(self) -> dict[str, Any]:
        """For the network's file: its classes, in the order of its logits."""
        return {"classes": {self.options.label: list(self.classes)}}

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return PictureSamples(
            self.sources,
            self._augmentation,
            side_px=stage.crop_px,
            mixing=self.options.mixing,
            seed=seed,
            stage_index=stage_index,
        )

    def fingerprints(self) -> dict[str, str]:
        return {source.name: source.store.fingerprint for source in self.sources}

    def losses(self, logits: Tensor, label: Tensor, source: Tensor) -> Tensor:
        """(B,) cross-entropy of each picture, its class not weighted yet. source: (B,) of which set each is."""
        known = None if self._known is None else self._known.to(logits.device)[source]
        return class_losses(logits, label, smoothing=self.options.label_smoothing, known=known)

    def answers(self, student: nn.Module, device: Any, *names: str) -> dict[str, Tensor]:
        """Outputs of these names for the pictures held out, all sets together, beside `label`, `values`, `source`."""
        side_px = self.options.measured_px or int(student.input_size_px)  # type: ignore[arg-type]
        each = [
            answers_to(
                student,
                source.store,
                source.held_out,
                side_px=side_px,
                device=device,
                kept=lambda out: {name: out[name].float() for name in names},
            )
            for source in self.sources
        ]
        held_out = [source.held_out for source in self.sources]
        sizes = torch.tensor([len(pictures) for pictures in held_out])
        return {
            **{name: torch.cat([said[name] for said in each]) for name in names},
            "label": torch.from_numpy(np.concatenate([pictures.label for pictures in held_out])),
            "values": torch.from_numpy(np.concatenate([pictures.values for pictures in held_out])),
            "source": torch.arange(len(sizes)).repeat_interleave(sizes),
        }

    def figures(self, answers: dict[str, Tensor]) -> dict[str, float]:
        """Of `answers` with `logits`; with more than seven classes also the accuracy over the seven alone.

        The seven are told by leaving out the other logits, without learning anew (paper 4, Table 1, 7-Acc.).
        """
        logits, truth = answers["logits"], answers["label"]
        if self._known is not None:
            logits = logits.masked_fill(~self._known[answers["source"]], -torch.inf)
        figures = class_figures(logits.argmax(1), truth, len(self.classes))
        of_seven = truth < _SEVEN
        if len(self.classes) > _SEVEN and of_seven.any():
            right = logits[of_seven, :_SEVEN].argmax(1) == truth[of_seven]
            figures["accuracy_7"] = float(right.float().mean())
        each = self.losses(answers["logits"], truth, answers["source"])
        figures["loss"] = float((each * self.weights[truth]).mean())
        return figures
