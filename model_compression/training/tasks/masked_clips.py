"""Clips and pictures of faces with most of their pieces masked, told from the few that are left (paper 3, eq. 1 and 2).

Labels are not looked at. What is learned is measured on people who are not learned from, with masks that stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from model_compression.teachers.masked_autoencoder import (
    Normaliser,
    draw_visible,
    reconstruction_loss,
)
from model_compression.training.clips.alternating import share_of_pictures
from model_compression.training.clips.answering import Seen
from model_compression.training.clips.frame_choice import Sampling
from model_compression.training.clips.looked_at import LookedAt
from model_compression.training.clips.masked_samples import MaskedSamples
from model_compression.training.clips.network_input import network_input
from model_compression.training.clips.random_crop import RandomCrop
from model_compression.training.clips.unlabelled import UnlabelledClips, open_unlabelled
from model_compression.training.config import DataSet, Stage
from model_compression.training.seeds import generator_at
from model_compression.training.task import Batch, Goal, Samples, Task, TaskInput

_BATCH = 32
_MASKS = 0  # where the masks of what is measured are drawn


class MaskedClipsOptions(SettingsModel):
    """`task.options` of masked_clips."""

    frames: int = Field(16, ge=2, le=256, description="Frames that the network sees of a clip.")
    sampling: Sampling = Field(
        "dense", description="A frame of each of equal stretches, or frames close together."
    )
    stride: int = Field(4, ge=1, description="With `dense`: every so many frames.")
    masked_of_clips: float = Field(0.95, gt=0, lt=1, description="Share of a clip that is masked.")
    masked_of_pictures: float = Field(0.9, gt=0, lt=1, description="The same of a picture.")
    normaliser: Normaliser = Field(
        "masked", description="What the loss is a mean over; `visible` is eq. 2 as it is printed."
    )
    views: int = Field(
        1, ge=1, le=16, description="Crops of the same frames of a clip that follow one another."
    )
    picture_batches: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of the batches that are of pictures; as the sizes of the sets ask without it.",
    )
    fold: int | None = Field(
        None, ge=1, description="A fold that is not learned from, of sets with folds."
    )
    held_out_share: float = Field(
        0.05, gt=0, lt=1, description="People held out to choose weights by, of each set."
    )
    measured_px: int = Field(
        160, ge=16, le=1024, description="Side of what the network is measured on, px."
    )
    measured_most: int = Field(
        512, ge=1, description="Most clips that are measured, and most pictures."
    )

    def looked_at(self, entry: DataSet) -> LookedAt:
        """Raises `UserError`."""
        clips, pictures = open_unlabelled(
            (entry,), fold=self.fold, held_out_share=self.held_out_share
        )
        kind = clips if clips.stores else pictures
        return LookedAt(
            kind.stores[0],
            frozenset(row for _, row in kind.learned),
            frozenset(row for _, row in kind.held_out),
        )


class MaskedAugmentation(SettingsModel):
    """`augmentation` of masked_clips."""

    clips: RandomCrop = Field(RandomCrop(smallest_area=0.5), description="Of clips.")
    pictures: RandomCrop = Field(RandomCrop(smallest_area=0.2), description="Of pictures.")


OPTIONS, AUGMENTATION = MaskedClipsOptions, MaskedAugmentation  # what settings are read by


class _Autoencoder(Protocol):
    """What is asked of the network beside its forward."""

    def tokens(self, frames: int, side_px: int) -> int: ...


class MaskedClipsTask:
    """See the module."""

    goal = Goal("loss", "min")

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(MaskedClipsOptions)
        self._augmentation = given.augmentation.read(MaskedAugmentation)
        self.clips, self.pictures = open_unlabelled(
            given.sets, fold=self.options.fold, held_out_share=self.options.held_out_share
        )

    def network_options(self) -> dict[str, Any]:
        """What the network has to be made with."""
        return {"channels": (self.clips.stores or self.pictures.stores)[0].channels}

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        share = share_of_pictures(
            len(self.pictures.learned), len(self.clips.learned), self.options.picture_batches
        )
        return MaskedSamples(
            self.clips,
            self.pictures,
            share=share,
            views=self.options.views,
            crop_of_clips=self._augmentation.clips,
            crop_of_pictures=self._augmentation.pictures,
            frames=self.options.frames,
            sampling=self.options.sampling,
            stride=self.options.stride,
            side_px=stage.crop_px,
            batch=stage.batch,
            seed=seed,
            stage_index=stage_index,
        )

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        clips = batch["clips"]
        visible = self._visible(student, clips, batch["mask"].tolist())
        loss = self._loss(student, clips, visible)
        return {"loss": loss, "clips" if clips.shape[1] > 1 else "pictures": loss}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """`loss` is the mean of the losses of both kinds."""
        seen = Seen(
            self.options.frames,
            self.options.sampling,
            self.options.stride,
            self.options.measured_px,
        )
        metrics = {}
        for name, kind, own in (
            ("clips", self.clips, seen),
            ("pictures", self.pictures, seen.picture()),
        ):
            if kind.held_out:
                metrics[f"{name}_loss"] = self._measured(student, kind, own, torch.device(device))
        return {"loss": sum(metrics.values()) / len(metrics), **metrics}

    def fingerprints(self) -> dict[str, str]:
        return {
            name: store.fingerprint
            for kind in (self.clips, self.pictures)
            for name, store in zip(kind.names, kind.stores, strict=True)
        }

    def _measured(
        self, student: nn.Module, kind: UnlabelledClips, seen: Seen, device: torch.device
    ) -> float:
        total, count = 0.0, 0
        for first, clips in self._held_out(kind, seen):
            masks = [[_MASKS, number] for number in range(first, first + len(clips))]
            visible = self._visible(student, clips, masks)
            loss = self._loss(student, clips.to(device), visible.to(device))
            total, count = total + float(loss) * len(clips), count + len(clips)
        return total / count

    def _held_out(self, kind: UnlabelledClips, seen: Seen) -> Iterator[tuple[int, Tensor]]:
        """Batches (B, T, H, W, C), with the number of the first."""
        apart = -(-len(kind.held_out) // self.options.measured_most)
        places = kind.held_out[::apart]  # of all people, where not all are measured
        for first in range(0, len(places), _BATCH):
            shown = [seen.of(kind.frames(place))[0] for place in places[first : first + _BATCH]]
            yield first, torch.from_numpy(np.stack(shown))

    def _visible(self, student: nn.Module, clips: Tensor, masks: list[list[int]]) -> Tensor:
        """masks: of each clip, where its mask is drawn -> (B, n), on the device of the clips."""
        frames, side_px = clips.shape[1:3]
        ratio = self.options.masked_of_clips if frames > 1 else self.options.masked_of_pictures
        tokens = cast(_Autoencoder, student).tokens(frames, side_px)
        drawn = [draw_visible(generator_at(*place), tokens=tokens, ratio=ratio) for place in masks]
        return torch.from_numpy(np.stack(drawn)).to(clips.device)

    def _loss(self, student: nn.Module, clips: Tensor, visible: Tensor) -> Tensor:
        said = student(network_input(clips), visible)
        return reconstruction_loss(said, visible=visible, normaliser=self.options.normaliser)


def open_task(given: TaskInput) -> Task:
    if given.part == "teacher":
        raise UserError(
            "part: what masked_clips learns tells no classes; it is a network that others begin with: part: network."
        )
    return MaskedClipsTask(given)
