"""What the tasks of clips have in common in their options: what is told, how clips are shown, which are held out."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from edge_app.settings_model import SettingsModel
from model_compression.data.clips.store import ClipStore
from model_compression.training.clips.answering import Seen
from model_compression.training.clips.frame_choice import Sampling
from model_compression.training.clips.labels import Label, PositiveFrom, Question
from model_compression.training.clips.looked_at import LookedAt
from model_compression.training.clips.source import ChooseBy, ClipSource, open_sources
from model_compression.training.config import DataSet


class ClipTaskOptions(SettingsModel):
    """Read by the task itself, and by whoever asks its network later."""

    label: Label = Field(description="What is to be told.")
    positive_from: PositiveFrom | None = Field(
        None, description="Intoxication as two classes: at least 0.05 (moderate) or 0.08 (strong)."
    )
    frames: int = Field(16, ge=1, le=256, description="Frames that the network sees of a clip.")
    sampling: Sampling = Field(
        "segments", description="A frame of each of equal stretches, or frames close together."
    )
    stride: int = Field(1, ge=1, description="With `dense`: every so many frames.")
    measured_px: int = Field(
        112, ge=16, le=1024, description="Side of the clips that the network is measured on, px."
    )
    measured_times: int = Field(
        1, ge=1, le=16, description="Choices of frames of a clip whose answers are averaged."
    )
    measured_crops: int = Field(
        1, ge=1, le=5, description="Crops of each of them whose answers are averaged."
    )
    fold: int | None = Field(
        None, ge=1, description="The fold that is kept for measuring, of sets with folds."
    )
    choose_by: ChooseBy = Field(
        "val",
        description="Weights are chosen on the val split where there is one, or on people of train.",
    )
    held_out_share: float = Field(
        0.15,
        ge=0,
        lt=1,
        description="People held out to choose weights by, of sets without a val split.",
    )
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="Of the labels, with softmax.")
    class_weight_power: float = Field(
        0.0, ge=0, le=1, description="0: all clips alike; 1: all classes alike."
    )

    @property
    def question(self) -> Question:
        return Question(self.label, self.positive_from)

    def seen(self) -> Seen:
        """How clips are shown to be measured."""
        return Seen(
            self.frames,
            self.sampling,
            self.stride,
            self.measured_px,
            times=self.measured_times,
            crops=self.measured_crops,
        )

    def glanced_at(self) -> Seen:
        """How clips are shown to choose weights by: once, since that is often."""
        return Seen(self.frames, self.sampling, self.stride, self.measured_px)

    def sources(self, sets: Sequence[DataSet]) -> tuple[ClipSource, ...]:
        """What of the sets is learned from and what is held out. Raises `UserError`."""
        return open_sources(
            sets,
            self.question,
            fold=self.fold,
            held_out_share=self.held_out_share,
            choose_by=self.choose_by,
        )

    def looked_at(self, entry: DataSet) -> LookedAt:
        """Raises `UserError`."""
        (source,) = self.sources((entry,))
        return LookedAt(
            source.store,
            frozenset(clip.row for clip in source.learned),
            frozenset(clip.row for clip in source.held_out),
        )

    def is_measured_on(self, store: ClipStore) -> bool:
        """Whether the network is asked about a set that it learned from beside others, where nobody names one."""
        return True
