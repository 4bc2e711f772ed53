"""What the head sees at a step: as many sequences of each class, drawn by their recordings, and how they are varied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model_compression.blinks.network import CLASSES, FEATURES
from model_compression.blinks.sequences import BlinkSequences
from model_compression.blinks.settings import BlinkTraining


@dataclass(frozen=True, slots=True)
class Lesson:
    """Of each member its own draw."""

    blinks: Tensor  # (2 members, sequences × 3, 30, 4)
    classes: Tensor  # (2 members, sequences × 3): 0 1 2 0 1 2 ...


class Lessons:
    """A recording is drawn in proportion to a power of its length: between all recordings alike and all sequences."""

    def __init__(self, sequences: BlinkSequences, settings: BlinkTraining) -> None:
        """Raises `ValueError` where a class has no sequence."""
        self._settings = settings
        self._rows = sequences.rows
        self._classes: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        lengths = np.bincount(sequences.recordings)[sequences.recordings].astype(np.float64)
        for label in range(CLASSES):
            own = np.flatnonzero(sequences.classes == label)
            if not len(own):
                raise ValueError("learning needs alert, low-vigilance and drowsy recordings")
            weights = lengths[own] ** (settings.recording_power - 1.0)
            self._classes.append((own, weights / weights.sum()))

    def draw(self, random: np.random.Generator) -> Lesson:
        members, count = 2 * self._settings.members, self._settings.sequences_per_class
        drawn = [random.choice(own, members * count, p=chances) for own, chances in self._classes]
        chosen = np.stack(drawn, axis=1).reshape(-1)
        rows = self._varied(self._rows[chosen], random)
        classes = np.tile(np.arange(CLASSES), members * count)
        return Lesson(
            torch.from_numpy(rows.reshape(members, count * CLASSES, *rows.shape[1:])),
            torch.from_numpy(classes.reshape(members, count * CLASSES)),
        )

    def _varied(
        self, rows: NDArray[np.float32], random: np.random.Generator
    ) -> NDArray[np.float32]:
        settings, count = self._settings, len(rows)
        varied = rows.copy()
        if settings.scale_jitter or settings.shift_jitter:
            each = (count, 1, FEATURES)
            scale = np.exp(settings.scale_jitter * random.standard_normal(each))
            shift = settings.shift_jitter * random.standard_normal(each)
            varied[..., :FEATURES] = varied[..., :FEATURES] * scale + shift
        share = settings.blinks_dropped * random.random((count, 1))
        kept = random.random(rows.shape[:2]) >= share
        kept[np.arange(count), -1] = True  # the newest is always there: never none at all
        varied[..., FEATURES] *= kept
        varied[..., :FEATURES] *= varied[..., FEATURES:]
        return varied
