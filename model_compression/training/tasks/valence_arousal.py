"""What a head on a frozen student learns of valence and arousal (paper 4, sec. 2.2): 1 - the mean of both CCC.

The concordance is that of each batch, as in the paper's public code; weights are kept by that over all frames of the
videos held out. The penalty is that code's too: the sum of the kernel's squares, added to the loss.
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
from model_compression.data.clips.classes import AROUSAL, VALENCE
from model_compression.downstream.affect import (
    HALF_WIDTH,
    VideoAffect,
    Way,
    affect_sums,
    truth_of,
)
from model_compression.downstream.head_options import HeadOptions
from model_compression.downstream.held_out import opened
from model_compression.downstream.labelled import check_frame_values
from model_compression.downstream.shuffled import ShuffledRows
from model_compression.downstream.streams import stream_named
from model_compression.training.config import Stage
from model_compression.training.task import Batch, Goal, Samples, Task, TaskInput
from model_compression.training.tasks.concordance import concordance


class ValenceArousalOptions(HeadOptions):
    """`task.options` of valence_arousal."""

    stream: str = Field(
        "scores", description="Stream of faces: its name, or the end of it where only one has it."
    )
    half_width: int = Field(
        HALF_WIDTH, ge=0, description="Frames to either side in the smoothed measure."
    )


OPTIONS, AUGMENTATION = ValenceArousalOptions, SettingsModel  # what settings are read by


class ValenceArousalTask:
    """See the module."""

    goal = Goal("p_va", "max")

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(ValenceArousalOptions)
        given.augmentation.read(SettingsModel)  # features are learned as they are
        self.features = opened(given.sets)
        self.stream = stream_named(self.features, self.options.stream, "face")
        check_frame_values(self.features, (VALENCE, AROUSAL))
        parts = self.options.parts(self.features)
        self._learned = self._labelled_frames(parts.learned)
        self._held_out = [self._video(number) for number in parts.chosen_by]
        counted = sum(int((video.labelled & video.present).sum()) for video in self._held_out)
        if not len(self._learned[0]) or counted < 2:
            raise UserError(
                f"{self.features.folder}: has {len(self._learned[0])} frames with a face, {VALENCE} and {AROUSAL} to"
                f" learn from and {counted} to choose weights by; both are needed."
            )

    def network_options(self) -> dict[str, Any]:
        return {"inputs": self.features.streams[self.stream].size}

    def told(self) -> dict[str, Any]:
        """For the network's file: what it reads, and of whom."""
        return {
            "streams": [self.stream],
            "made_by": [self.features.streams[self.stream].made_by],
            "fingerprint": self.features.fingerprint,
        }

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        said, truth = self._learned
        return ShuffledRows({"said": said, "truth": truth}, seed=seed, stage_index=stage_index)

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        told = student(batch["said"])["valence_arousal"].float()
        agreed = concordance(told, batch["truth"].float())
        loss = 1 - agreed.mean() + self.options.penalty(student)
        return {"loss": loss, "ccc_valence": agreed[0], "ccc_arousal": agreed[1]}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Over all labelled frames with a face of the videos held out, raw and smoothed."""
        videos = [
            VideoAffect(
                video.video,
                video.person,
                _asked(student, video.said, torch.device(device)),
                video.present,
                video.truth,
            )
            for video in self._held_out
        ]
        half_width = self.options.half_width
        measured: dict[str, float] = {}
        ends: dict[Way, str] = {"raw": "", "smoothed": "_smoothed"}
        for way, end in ends.items():
            sums, _ = affect_sums(videos, way, half_width=half_width, which="with-face")
            values = np.nan_to_num(sums.agree("concordance"))
            measured |= {
                f"ccc_valence{end}": float(values[0]),
                f"ccc_arousal{end}": float(values[1]),
                f"p_va{end}": float(values.mean()),
            }
        return measured

    def fingerprints(self) -> dict[str, str]:
        return {str(self.features.folder): self.features.fingerprint}

    def _labelled_frames(
        self, numbers: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        size = self.features.streams[self.stream].size
        said, truth = [np.zeros((0, size), np.float32)], [np.zeros((0, 2), np.float32)]
        for number in numbers:
            video = self._video(number)
            wanted = video.labelled & video.present
            said.append(video.said[wanted])
            truth.append(video.truth[wanted])
        return np.concatenate(said), np.concatenate(truth)

    def _video(self, number: int) -> VideoAffect:
        """With what the student says of each frame in place of what the head will say."""
        row, video = self.features.rows[number], self.features.features(number)
        dense, present = video.of_main_face(self.stream)
        return VideoAffect(row.video, row.person, dense, present, truth_of(video))


def _asked(head: nn.Module, said: NDArray[np.float32], device: torch.device) -> NDArray[np.float32]:
    told = head(torch.from_numpy(said).to(device))["valence_arousal"]
    return np.asarray(told.float().cpu().numpy())


def open_task(given: TaskInput) -> Task:
    return ValenceArousalTask(given)
