"""One clip teacher as a distillation sees it: what it tells, and how it is shown clips."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from edge_app.errors import UserError
from model_compression.training.clips.labels import Label, Question
from model_compression.training.clips.network_input import network_input
from model_compression.training.network_file import TEACHER_FILE, read_network


@dataclass(frozen=True, slots=True)
class ClipTeacher:
    """A trained teacher in eval mode."""

    path: Path
    sha256: str
    question: Question
    outputs: int  # logits
    channels: int
    frames: int
    side_px: int
    network: nn.Module

    @staticmethod
    def open(path: Path) -> ClipTeacher:
        """path: a `teacher.pt`, or the folder of its run. Raises `UserError`."""
        file = path / TEACHER_FILE if path.is_dir() else path
        read = read_network(file)
        options: dict[str, Any] = dict(read.config["task"]["options"])
        if read.part != "teacher" or "label" not in options:
            raise UserError(f"{path}: is no clip teacher; train one with 'vigil train teacher'.")
        label: Label = options["label"]
        return ClipTeacher(
            path=path,
            sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
            question=Question(label, options.get("positive_from")),
            outputs=int(read.choice.options["classes"]),
            channels=int(read.choice.options["channels"]),
            frames=int(options.get("frames", 16)),
            side_px=int(options.get("measured_px", 112)),
            network=read.network().requires_grad_(False),
        )

    @torch.no_grad()
    def says(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 (B, T, side, side, C) -> logits (B, K) and embeddings (B, D)."""
        out = self.network(network_input(clips))
        return out["logits"].float(), out["embedding"].float()
