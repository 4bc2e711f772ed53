"""What networks of faces and sound learn: the class of each frame of windows over frame features (paper 2).

Features are those of frozen networks, from `vigil data features`. The loss is a focal loss with weights by the
effective number of frames; of some windows the face is taken away. Weights are chosen by macro-F1 over whole videos,
windows averaged and smoothed as the paper does; it chooses and reports on the same validation set (`choose_by: val`),
here people of train are held out for that.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from edge_app.errors import UserError
from edge_app.settings_model import SettingsModel
from edge_app.sound.smoothing import Filter, Smoothing
from edge_app.sound.windows import Windows
from model_compression.data.clips.classes import EXPRESSION_OTHER
from model_compression.downstream.held_out import ChooseBy
from model_compression.evaluation.frames.scores import macro_f1
from model_compression.training.config import Stage
from model_compression.training.frames.answering import answers_to, log_loss
from model_compression.training.frames.focal_loss import effective_number_weights, focal_loss
from model_compression.training.frames.modality_dropout import taken_away
from model_compression.training.frames.samples import WindowSamples
from model_compression.training.frames.source import open_sources
from model_compression.training.frames.videos import Wanted
from model_compression.training.task import Batch, Goal, Samples, Task, TaskInput


class AudioVisualOptions(SettingsModel):
    """`task.options` of audio_visual."""

    label: str = Field(
        EXPRESSION_OTHER, min_length=1, description="Which class of a frame is to be told."
    )
    visual: str | None = Field(
        "embedding", description="Stream of faces of the features; null: sound alone."
    )
    sound: str | None = Field(
        "wavlm", description="Stream of sound of the features; null: faces alone."
    )
    window: int = Field(64, ge=1, le=4096, description="Frames that are seen together.")
    stride: int = Field(8, ge=1, description="Frames from one window to the next.")
    most_unlabelled: float = Field(
        0.25, ge=0, lt=1, description="Windows with a larger share without a class are left out."
    )
    visual_dropout: float = Field(
        0.1, ge=0, lt=1, description="Share of windows of which the face is taken away."
    )
    sound_dropout: float = Field(
        0.0, ge=0, lt=1, description="Share of windows of which the sound is taken away."
    )
    focal_gamma: float = Field(2.0, ge=0, description="How much less sure frames count; 0: alike.")
    effective_beta: float = Field(
        0.9999, ge=0, lt=1, description="Of the class weights; 0: all classes weigh alike."
    )
    smoothing: Filter = Field(
        "median",
        description="Of the probabilities of a whole video; mode: of the classes; none: as they are.",
    )
    smoothing_frames: int = Field(11, ge=1, le=999, description="Frames smoothed over, odd.")
    fold: int | None = Field(
        None, ge=1, description="The fold that is kept for measuring, of sets with folds."
    )
    choose_by: ChooseBy = Field(
        "people", description="Weights are chosen on people of train, or on the val split."
    )
    held_out_share: float = Field(
        0.15, ge=0, lt=1, description="People of train held out to choose weights by."
    )

    @model_validator(mode="after")
    def _can_be_done(self) -> AudioVisualOptions:
        if self.visual is None and self.sound is None:
            raise ValueError("visual and sound are both null: nothing is left to tell by")
        if self.stride > self.window:
            raise ValueError("stride must not be above window: frames would be missed")
        if self.smoothing_frames % 2 == 0:
            raise ValueError("smoothing_frames must be odd")
        return self

    def wanted(self) -> Wanted:
        return Wanted(self.visual, self.sound, self.label)

    def windows(self) -> Windows:
        return Windows(self.window, self.stride)

    def smoothed(self) -> Smoothing:
        return Smoothing(self.smoothing, self.smoothing_frames)


OPTIONS, AUGMENTATION = AudioVisualOptions, SettingsModel  # what settings are read by


class AudioVisualTask:
    """See the module."""

    goal = Goal("macro_f1", "max")

    def __init__(self, given: TaskInput) -> None:
        self.options = given.options.read(AudioVisualOptions)
        given.augmentation.read(SettingsModel)  # features are learned as they are
        self.sources = open_sources(
            given.sets,
            self.options.wanted(),
            self.options.windows(),
            choose_by=self.options.choose_by,
            held_out_share=self.options.held_out_share,
            fold=self.options.fold,
            most_unlabelled=self.options.most_unlabelled,
        )
        first = self.sources[0].features
        self.classes = first.classes[self.options.label]
        self._sizes = self.sources[0].wanted.sizes(first)
        truth = np.concatenate([video.truth for source in self.sources for video in source.learned])
        counts = np.bincount(truth[truth >= 0], minlength=len(self.classes))
        self._weights = effective_number_weights(counts.tolist(), self.options.effective_beta)

    def network_options(self) -> dict[str, Any]:
        """What the network has to be made with."""
        visual, sound = self._sizes
        return {"visual_size": visual, "sound_size": sound, "classes": len(self.classes)}

    def told(self) -> dict[str, Any]:
        """For the network's file: its classes in the order of its logits, its streams, and how windows lie."""
        source = self.sources[0]
        chosen = {"visual": source.wanted.visual, "sound": source.wanted.sound}
        return {
            "classes": {self.options.label: list(self.classes)},
            "streams": {
                of: None
                if name is None
                else {
                    "name": name,
                    "made_by": source.features.streams[name].made_by,
                }
                for of, name in chosen.items()
            },
            "windows": asdict(self.options.windows()),
            "smoothing": asdict(self.options.smoothed()),
        }

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return WindowSamples(
            self.sources, self.options.windows(), seed=seed, stage_index=stage_index
        )

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        visual, visual_present = batch["visual"], batch["visual_present"]
        sound, sound_present = batch["sound"], batch["sound_present"]
        if self.options.visual_dropout:
            visual, visual_present = taken_away(visual, visual_present, self.options.visual_dropout)
        if self.options.sound_dropout:
            sound, sound_present = taken_away(sound, sound_present, self.options.sound_dropout)
        logits = student(visual, sound, visual_present, sound_present)["logits"]
        weights = self._weights.to(logits.device)
        return {"loss": focal_loss(logits, batch["truth"], weights, self.options.focal_gamma)}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """Of the videos held out, all sources together: `accuracy` and `macro_f1` of labelled frames."""
        answers = answers_to(
            student,
            [video for source in self.sources for video in source.held_out],
            self.classes,
            windows=self.options.windows(),
            smoothing=self.options.smoothed(),
            device=torch.device(device),
        )
        f1 = macro_f1(answers.truth, answers.said, len(self.classes))
        assert f1 is not None  # frames are never none
        return {
            "macro_f1": f1,
            "accuracy": float((answers.said == answers.truth).mean()),
            "loss": log_loss(answers),
        }

    def fingerprints(self) -> dict[str, str]:
        return {source.name: source.features.fingerprint for source in self.sources}


def options_of(config: dict[str, Any]) -> AudioVisualOptions:
    """Those that a network learned with. config: of its file. Raises `UserError` where it learned something else."""
    if config["task"]["name"] != "audio_visual":
        raise UserError(
            f"{config['name']}: learned the task {config['task']['name']}, not audio_visual; give a run of that."
        )
    return AudioVisualOptions.model_validate(config["task"]["options"])


def open_task(given: TaskInput) -> Task:
    return AudioVisualTask(given)
