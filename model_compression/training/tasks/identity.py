"""Who is on a picture: what paper 4 (sec. 2.1) has its students learn before expressions, on VGGFace2.

Softmax cross-entropy over the people of all sets; only the backbone is wanted: `affect` begins with it (`init_from`).
Weights are chosen on pictures of these same people that are not learned from.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from model_compression.data.clips.classes import IDENTITY
from model_compression.training.config import Stage
from model_compression.training.pictures.answering import answers_to
from model_compression.training.pictures.asked import identity_answer
from model_compression.training.pictures.network_input import network_input
from model_compression.training.pictures.samples import Mixing, PictureSamples
from model_compression.training.pictures.source import (
    Choosing,
    PictureSource,
    open_stores,
    picture_source,
)
from model_compression.training.pictures.varied_picture import PictureAugmentation
from model_compression.training.task import Batch, Goal, Samples, Task, TaskInput
from model_compression.training.tasks.losses import class_losses


class IdentityOptions(SettingsModel):
    """`task.options` of identity."""

    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Of the labels.")
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
    choose_by: Literal["pictures", "val"] = Field(
        "pictures",
        description="Weights are chosen on some pictures of each person, whatever their split, as in paper 4; or on the"
        " val split, which has to show people of train.",
    )
    held_out_share: float = Field(
        0.07, gt=0, lt=1, description="Of each person's pictures, with `choose_by: pictures`."
    )


OPTIONS, AUGMENTATION = IdentityOptions, PictureAugmentation  # what settings are read by


class IdentityTask:
    """See the module."""

    goal = Goal("accuracy", "max")

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(IdentityOptions)
        self._augmentation = given.augmentation.read(PictureAugmentation)
        choosing = Choosing(self.options.choose_by, self.options.held_out_share)
        self.people = 0
        sources: list[PictureSource] = []
        for entry, store in open_stores(given.sets):
            answer = identity_answer(store, self.people)
            sources.append(picture_source(entry, store, answer, choosing))
            self.people += len(store.classes[IDENTITY])
            _check_known(sources[-1])
        self.sources = tuple(sources)

    def network_options(self) -> dict[str, Any]:
        channels = self.sources[0].store.channels
        return {"identities": self.people, "classes": None, "channels": channels}

    def told(self) -> dict[str, Any]:
        """For the network's file: how many people, and nobody's name."""
        return {"people": self.people}

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return PictureSamples(
            self.sources,
            self._augmentation,
            side_px=stage.crop_px,
            mixing=self.options.mixing,
            seed=seed,
            stage_index=stage_index,
        )

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        said = student(network_input(batch["pictures"], student))["identity"]
        each = class_losses(said, batch["label"], smoothing=self.options.label_smoothing)
        return {"loss": each.mean()}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Accuracy, and the share where the right one is among the first five."""
        side_px = self.options.measured_px or int(student.input_size_px)  # type: ignore[arg-type]
        first = min(5, self.people)
        right: list[Tensor] = []
        for source in self.sources:
            # Of thousands of people only the likeliest are kept.
            said = answers_to(
                student,
                source.store,
                source.held_out,
                side_px=side_px,
                device=device,
                kept=lambda out: {"likeliest": out["identity"].topk(first).indices},
            )["likeliest"]
            right.append(said == torch.from_numpy(source.held_out.label)[:, None])
        found = torch.cat(right)
        return {
            "accuracy": float(found[:, 0].float().mean()),
            "accuracy_of_5": float(found.any(1).float().mean()),
        }

    def fingerprints(self) -> dict[str, str]:
        return {source.name: source.store.fingerprint for source in self.sources}


def _check_known(source: PictureSource) -> None:
    strangers = len(set(source.held_out.label.tolist()) - set(source.learned.label.tolist()))
    if strangers:
        raise UserError(
            f"{source.name}: {strangers} people of val are not in train, so nobody could name them; set"
            " task.options.choose_by to pictures."
        )


def open_task(given: TaskInput) -> Task:
    return IdentityTask(given)
