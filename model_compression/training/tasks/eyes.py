"""Both eyes: how far the lids are open, whether they can be judged, where the iris is.

Truth of the aperture comes from warped lids and from photographs whose eyes are plainly open or were judged by
looking; the teacher's word on half-shut eyes is not taken, since it confuses shut with cast down.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from edge_app.settings_model import SettingsModel
from model_compression.data.labelled_face import labelled_face
from model_compression.training.config import Stage
from model_compression.training.seeds import generator_at
from model_compression.training.task import Batch, Goal, Samples, Task, TaskInput
from model_compression.training.tasks.face_samples import (
    FaceAugmentation,
    FaceSamples,
    held_out_rows,
    open_sets,
)
from model_compression.training.tasks.losses import (
    known_bce,
    laplace_nll,
    standardized,
    weighted_mean,
)

_VALIDATION_SEED = 7


class EyesOptions(SettingsModel):
    """Weights of the losses, and what is measured on."""

    visible: float = Field(0.3, ge=0, description="Weight of the visibility loss.")
    iris: float = Field(1.0, ge=0, description="Weight of the iris loss.")
    validation_faces: int = Field(600, ge=10, description="Held-out faces measured on.")


class EyesTask:
    """Samples hold both eyes of a face; a batch of N faces is 2 N eyes."""

    goal = Goal("openness_error", "min")

    def __init__(self, given: TaskInput) -> None:
        self._options = given.options.read(EyesOptions)
        self._augmentation = given.augmentation.read(FaceAugmentation)
        self._sets = open_sets(given.sets)
        self._validation: Batch | None = None

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return FaceSamples(
            self._sets,
            self._augmentation,
            crop_px=stage.crop_px,
            seed=seed,
            stage_index=stage_index,
            eyes=True,
            face=False,
        )

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        said = student(standardized(batch["eyes"].flatten(0, 1)))
        openness, visible = batch["openness"].flatten(), batch["visible"].flatten()
        # An eye that nobody can judge, or may not, teaches nothing about its lids.
        judged = torch.nan_to_num(visible, nan=0.0)
        weight = batch["openness_weight"].flatten() * judged
        parts = {
            "openness": laplace_nll(
                said["openness"][:, 0], said["openness"][:, 1], openness, weight
            ),
            "visible": known_bce(said["visible"][:, 0], visible, smoothing=0.02),
            "iris": _iris_loss(said["iris"], batch["iris"].flatten(0, 1), weight, openness),
        }
        parts["loss"] = (
            parts["openness"]
            + self._options.visible * parts["visible"]
            + self._options.iris * parts["iris"]
        )
        return parts

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Apertures of held-out people, warped: mean error, how well shut and half-open eyes are told apart."""
        if self._validation is None:
            self._validation = self._held_out()
        held_out = self._validation
        said = student(standardized(held_out["eyes"].flatten(0, 1).to(device)))
        value = said["openness"][:, 0].float().cpu().numpy()
        visible = said["visible"][:, 0].float().cpu().numpy()
        truth = held_out["openness"].flatten().numpy()
        seen = held_out["visible"].flatten().numpy()
        known = (held_out["openness_weight"].flatten().numpy() > 0.9) & ~(seen < 0.5)
        error = np.abs(value - truth)[known]
        shut, partly = known & (truth < 0.02), known & (truth > 0.15) & (truth < 0.45)
        wide = known & (truth > 0.6)
        return {
            "openness_error": float(error.mean()),
            "shut_against_partly_auc": auc(value[partly], value[shut]),
            "shut_against_open_auc": auc(value[wide], value[shut]),
            "visible_auc": auc(visible[seen > 0.5], visible[seen < 0.5]),
        }

    def fingerprints(self) -> dict[str, str]:
        return {labelled.name: labelled.fingerprint for labelled, _ in self._sets}

    def _held_out(self) -> Batch:
        samples = FaceSamples(
            self._sets,
            FaceAugmentation(),
            crop_px=112,
            seed=_VALIDATION_SEED,
            stage_index=0,
            eyes=True,
            face=False,
        )
        drawn: list[dict[str, Any]] = []
        for labelled, _ in self._sets:
            rows = held_out_rows(labelled)
            for index in range(self._options.validation_faces if len(rows) else 0):
                rng = generator_at(_VALIDATION_SEED, index)
                of = labelled_face(labelled, int(rows[index % len(rows)]))
                drawn.append(samples.sample(of, rng))
        names = drawn[0]
        return {
            name: torch.from_numpy(np.stack([sample[name] for sample in drawn])) for name in names
        }


def auc(higher: np.ndarray[Any, Any], lower: np.ndarray[Any, Any]) -> float:
    """Chance that one of `higher` is above one of `lower` (Mann and Whitney 1947); NaN where one is empty."""
    if not len(higher) or not len(lower):
        return float("nan")
    order = np.sort(lower)
    below = np.searchsorted(order, higher, side="left")
    ties = np.searchsorted(order, higher, side="right") - below
    return float((below + 0.5 * ties).mean() / len(lower))


def _iris_loss(said: Tensor, truth: Tensor, weight: Tensor, openness: Tensor) -> Tensor:
    """Where the lids leave enough of it to be seen. said, truth: (B, 3) in widths of the eye picture."""
    seen = weight * (openness > 0.3)
    distance = functional.smooth_l1_loss(said, truth, beta=0.02, reduction="none")
    return 20 * weighted_mean(distance, seen[:, None])


def open_task(given: TaskInput) -> Task:
    return EyesTask(given)
