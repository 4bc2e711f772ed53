"""What a temporal head learns: to say of each frame, from those before it, what clip teachers say of the whole clip.

In: what `vigil distill` asked frame student and teachers (`distillation/taught_clips.py`). A clip teaches every label:
its own by its class, all by what the teachers say of it. Without teachers (`teacher_weight: 0`) only classes teach.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from model_compression.data.clips.classes import CLASSES
from model_compression.data.clips.store import ClipStore
from model_compression.distillation.losses import (
    feature_loss,
    ramp,
    relation_loss,
    soft_label_loss,
)
from model_compression.distillation.taught_clips import read_taught
from model_compression.evaluation.classification import mean_recall
from model_compression.training.config import Stage
from model_compression.training.seeds import generator_at
from model_compression.training.task import Batch, Goal, Sample, Samples, Task, TaskInput

_UNKNOWN = -1
_ORDER = 2**40
_BATCH = 256
_EARLIER = 2  # clips that are remembered when one is learned as the end of a drive


class TemporalOptions(SettingsModel):
    """`task.options` of the temporal head."""

    teacher_weight: float = Field(
        0.7, ge=0, le=1, description="Of the teachers' soft labels; the rest is the classes'."
    )
    temperature: float = Field(2.0, gt=0, description="Of the soft labels.")
    hidden: int = Field(64, ge=4, le=1024, description="Numbers that the head remembers.")
    feature_weight: float = Field(0.1, ge=0, description="Of the teachers' embeddings.")
    relation_weight: float = Field(0.1, ge=0, description="Of the distances between clips.")
    carried_share: float = Field(
        0.75,
        ge=0,
        le=1,
        description="Of clips that begin with what is remembered of others: a drive is longer than a clip.",
    )


class TemporalTask(nn.Module):
    """See the module. Its projections onto the teachers' embeddings learn along, and stay behind."""

    goal = Goal("uar", "max")

    def __init__(self, given: TaskInput) -> None:
        super().__init__()
        self._options = given.options.read(TemporalOptions)
        if len(given.sets) != 1:
            raise UserError("data: a temporal head learns from one folder of 'vigil distill'.")
        self._folder = Path(given.sets[0].name)
        self._taught = read_taught(self._folder)
        store = ClipStore.open(self._taught.clips)
        if store.fingerprint != self._taught.clips_fingerprint:
            raise UserError(
                f"{self._taught.clips}: was prepared anew since teachers spoke on it; delete {self._folder} and"
                " run 'vigil distill' again."
            )
        self.outputs: dict[str, int] = {
            question.label: outputs
            for question, outputs in zip(self._taught.questions, self._taught.outputs, strict=True)
        }
        self._classes = {
            question.label: list(
                question.classes(store.classes.get(question.label) or CLASSES[question.label])
            )
            for question in self._taught.questions
        }
        self._labels: dict[str, NDArray[np.int64]] = {
            question.label: np.array(
                [
                    question.number(labels[question.label], store.classes[question.label])
                    if question.label in (labels := store.rows[int(row)].labels)
                    else _UNKNOWN
                    for row in self._taught.rows
                ]
            )
            for question in self._taught.questions
        }
        learned = np.array([int(row) in self._taught.varied for row in self._taught.rows])
        self._learned, self._held_out = np.flatnonzero(learned), np.flatnonzero(~learned)
        self.projections = nn.ModuleList(
            nn.Linear(self._options.hidden, embedding.shape[-1])
            for embedding in self._taught.embeddings
        )

    def network_options(self) -> dict[str, Any]:
        """What the head has to be made with."""
        return {
            "labels": self.outputs,
            "features": int(self._taught.features.shape[-1]),
            "hidden": self._options.hidden,
            "rate_hz": self._taught.rate_hz,
        }

    def told(self) -> dict[str, Any]:
        """For the head's file: the classes of each label in the order of their logits, and whom the head follows."""
        return {"classes": self._classes, "follows": self._taught.student}

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return _TaughtSamples(self, (seed, stage_index))

    def sample(self, index: int, variant: int) -> Sample:
        """One clip in one variant."""
        taught = self._taught
        sample: dict[str, Any] = {"features": taught.features[index, variant].astype(np.float32)}
        for label, classes in self._labels.items():
            sample[f"class_{label}"] = np.int64(classes[index])
        for number, (logits, embeddings) in enumerate(
            zip(taught.logits, taught.embeddings, strict=True)
        ):
            sample[f"logits_{number}"] = logits[index, variant]
            sample[f"embedding_{number}"] = embeddings[index, variant].astype(np.float32)
        return sample

    @property
    def learned(self) -> NDArray[np.int64]:
        return self._learned

    @property
    def variants(self) -> int:
        return int(self._taught.features.shape[1])

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        said = student(batch["features"], self._carried(student, batch["features"]))
        weights = ramp(batch["features"].shape[1], batch["features"])  # (T,)
        options = self._options
        classes = torch.stack(
            [
                self._of_classes(said[label], batch[f"class_{label}"], weights)
                for label in self.outputs
            ]
        ).mean()
        losses = {"classes": classes}
        loss = (1 - options.teacher_weight) * classes
        last = said["memory"][:, -1].float()
        parts: tuple[tuple[str, float, Callable[[int], Tensor]], ...] = (
            (
                "soft_labels",
                options.teacher_weight,
                lambda number: self._of_teacher(
                    said[self._taught.questions[number].label], batch[f"logits_{number}"], weights
                ),
            ),
            (
                "features",
                options.feature_weight,
                lambda number: feature_loss(
                    self.projections[number](last), batch[f"embedding_{number}"]
                ),
            ),
            (
                "relations",
                options.relation_weight,
                lambda number: relation_loss(last, batch[f"embedding_{number}"]),
            ),
        )
        for name, weight, of_teacher in parts:
            if weight:
                losses[name] = self._over_labels(of_teacher)
                loss = loss + weight * losses[name]
        return {"loss": loss, **losses}

    @torch.no_grad()
    def _carried(self, student: nn.Module, features: Tensor) -> Tensor | None:
        """(B, hidden) what the head remembers of other clips of the batch, for some of them nothing.

        Of clips alone it would learn what a memory is in its first seconds, and meet the hours that follow unprepared.
        """
        share = self._options.carried_share
        if not share or len(features) <= _EARLIER:  # it would follow itself
            return None
        memory: Tensor | None = None
        for distance in range(_EARLIER, 0, -1):
            memory = student(features.roll(distance, dims=0), memory)["memory"][:, -1]
        assert memory is not None
        carries = torch.rand(len(memory), 1, device=memory.device) < share
        return memory * carries

    def _over_labels(self, of_teacher: Callable[[int], Tensor]) -> Tensor:
        """The mean over labels of the mean over the teachers of a label."""
        labels = [question.label for question in self._taught.questions]
        means = []
        for label in self.outputs:
            own = [of_teacher(number) for number, other in enumerate(labels) if other == label]
            means.append(torch.stack(own).mean())
        return torch.stack(means).mean()

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Of the clips that are not learned from, as they are: mean recall of each label, and over the labels."""
        index = self._held_out
        said = self._clip_logits(student, index, device)
        figures = {}
        for label, logits in said.items():
            truth = self._labels[label][index]
            known = truth != _UNKNOWN
            chosen = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1)
            wanted = np.unique(truth[known])
            recall = (
                mean_recall(truth[known], chosen.numpy()[known], wanted) if len(wanted) else None
            )
            figures[f"uar_{label}"] = 0.0 if recall is None else recall
        return {"uar": float(np.mean(list(figures.values()))), **figures}

    def fingerprints(self) -> dict[str, str]:
        return {str(self._folder): self._taught.fingerprint}

    @torch.no_grad()
    def _clip_logits(
        self, student: nn.Module, index: NDArray[np.int64], device: Any
    ) -> dict[str, Tensor]:
        said: dict[str, list[Tensor]] = {label: [] for label in self.outputs}
        for first in range(0, len(index), _BATCH):
            chosen = self._taught.features[index[first : first + _BATCH], 0].astype(np.float32)
            out = student(torch.from_numpy(chosen).to(device))
            for label in self.outputs:
                said[label].append(clip_logits(out[label]).cpu())
        return {label: torch.cat(parts) for label, parts in said.items()}

    def _of_classes(self, said: Tensor, classes: Tensor, weights: Tensor) -> Tensor:
        """said: (B, T, K). Clips that are not labelled for it teach nothing here."""
        known = classes != _UNKNOWN
        if not bool(known.any()):
            return said.sum() * 0.0
        logits, truth = said[known].float(), classes[known]
        frames = logits.shape[1]
        if logits.shape[2] == 1:
            each = functional.binary_cross_entropy_with_logits(
                logits[..., 0], truth[:, None].float().expand(-1, frames), reduction="none"
            )
        else:
            each = functional.cross_entropy(
                logits.transpose(1, 2), truth[:, None].expand(-1, frames), reduction="none"
            )
        return (each * weights).sum(dim=1).mean()

    def _of_teacher(self, said: Tensor, teacher: Tensor, weights: Tensor) -> Tensor:
        target = teacher[:, None].expand(-1, said.shape[1], -1)
        apart = soft_label_loss(said.float(), target, self._options.temperature)  # (B, T)
        return (apart * weights).sum(dim=1).mean()


class _TaughtSamples:
    """Clips of one stage by position, each once before any comes again, in a variant drawn anew."""

    def __init__(self, task: TemporalTask, place: tuple[int, int]) -> None:
        self._task = task
        self._place = place
        self._round = -1
        self._order: NDArray[np.int64] = task.learned

    def __getitem__(self, position: int) -> Sample:
        turn, place = divmod(position, len(self._task.learned))
        if turn != self._round:
            rng = generator_at(*self._place, _ORDER + turn)
            self._order, self._round = rng.permutation(self._task.learned), turn
        variant = int(generator_at(*self._place, position).integers(self._task.variants))
        return self._task.sample(int(self._order[place]), variant)


def clip_logits(said: Tensor) -> Tensor:
    """(B, T, K) of frames -> (B, K) of the clip: later frames count more, as they were taught."""
    return (said.float() * ramp(said.shape[1], said)[:, None]).sum(dim=1)


def open_task(given: TaskInput) -> Task:
    return TemporalTask(given)
