"""One clip teacher as a distillation sees it: what it tells, and how it is shown clips."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.training.clips.answering import Seen
from model_compression.training.clips.labels import Question
from model_compression.training.clips.network_input import network_input
from model_compression.training.clips.past_options import past_options
from model_compression.training.clips.task_options import ClipTaskOptions
from model_compression.training.network_file import TEACHER_FILE, file_at, read_network


@dataclass(frozen=True, slots=True)
class ClipTeacher:
    """A trained teacher in eval mode."""

    path: Path
    sha256: str
    config: Mapping[str, Any]  # of its training
    options: ClipTaskOptions  # of the training's task
    step: int  # of the training, at which these weights were
    question: Question
    outputs: int  # logits
    classes: tuple[str, ...] | None  # in the order of its logits; None: its file does not say
    channels: int
    seen: Seen
    fold: int | None  # kept from it; what it teaches must not learn it either
    network: nn.Module

    @staticmethod
    def open(path: Path) -> ClipTeacher:
        """path: a `teacher.pt`, or the folder of its run. Raises `UserError`."""
        file = file_at(path)
        if path.is_dir() and not file.is_file():
            raise UserError(
                f"{path}: holds no {TEACHER_FILE}; train one with 'vigil train teacher', which writes it at the first"
                " validation."
            )
        read = read_network(file)
        try:
            options = past_options(read.config)
        except ValidationError as error:
            raise UserError(f"{path}: is of another version of Vigil; train it again.") from error
        if options is None:
            raise UserError(f"{path}: is no clip teacher; train one with 'vigil train teacher'.")
        classes = read.told.get("classes", {}).get(options.label)
        return ClipTeacher(
            path=path,
            sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
            config=read.config,
            options=options,
            step=read.step,
            question=options.question,
            outputs=int(read.choice.options["classes"]),
            classes=tuple(classes) if classes else None,
            channels=int(read.choice.options["channels"]),
            seen=options.seen(),
            fold=options.fold,
            network=read.network().requires_grad_(False),
        )

    @torch.no_grad()
    def says(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 (B, T, side, side, C) -> logits (B, K) and embeddings (B, D)."""
        out = self.network(network_input(clips))
        return out["logits"].float(), out["embedding"].float()
