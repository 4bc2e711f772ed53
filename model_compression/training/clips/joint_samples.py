"""Samples of joint learning by position: clips or pictures by turns, varied anew each time, mixed by the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from edge_app.settings_model import SettingsModel
from model_compression.training.clips.alternating import Rounds, Turn, Turns
from model_compression.training.clips.frame_choice import Sampling, chosen_frames
from model_compression.training.clips.mixing import Mixing
from model_compression.training.clips.rand_augment import rand_augmented
from model_compression.training.clips.random_crop import cropped_at_random
from model_compression.training.clips.source import ClipSource, LabelledClip
from model_compression.training.clips.varied_clip import ClipAugmentation, Frames, varied_clip
from model_compression.training.seeds import generator_at
from model_compression.training.task import Sample

# Places that no position has.
_CLIP_ROUNDS, _PICTURE_ROUNDS, _MIXING = 2**40, 2**41, 2**42


class Look(ClipAugmentation):
    """How one kind is varied: operations first, then a crop, then what `clips` does."""

    operations: int = Field(0, ge=0, le=15, description="Operations of RandAugment; 0: none.")
    strength: float = Field(7.0, ge=0, le=10, description="Their strength.")
    spread: float = Field(0.5, ge=0, description="Its standard deviation.")
    smallest_area: float = Field(
        1.0, gt=0, le=1, description="Smallest crop, share of the picture; 1: all of it."
    )

    def at_random(self, frames: Frames, side_px: int, rng: np.random.Generator) -> Frames:
        """(T, side_px, side_px, C)"""
        frames = rand_augmented(
            frames, rng, operations=self.operations, strength=self.strength, spread=self.spread
        )
        if self.smallest_area < 1:
            frames = cropped_at_random(frames, side_px, rng, self.smallest_area)
        return varied_clip(frames, side_px, rng, self)


class JointAugmentation(SettingsModel):
    """`augmentation` of joint."""

    clips: Look = Field(Look(), description="Of clips.")
    pictures: Look = Field(Look(), description="Of pictures.")


@dataclass(frozen=True, slots=True)
class Order:
    """What of a kind is learned from in a round of it."""

    share: float = 1.0  # of its samples, newly drawn for each round
    by_class: bool = False  # of all classes alike often, some samples again and some not


@dataclass(frozen=True, slots=True)
class Kind:
    """The clips of some sets, or the pictures."""

    sources: tuple[ClipSource, ...]
    order: Order
    look: Look

    @property
    def of_a_round(self) -> int:
        count = sum(len(source.learned) for source in self.sources)
        return max(1, round(self.order.share * count))

    def chances(self) -> NDArray[np.float64] | None:
        """Of each sample; None: each is drawn once in a round.

        Sets of other weights than one are drawn in proportion to these.
        """
        weights = [source.weight for source in self.sources]
        if not self.order.by_class and len(set(weights)) == 1:
            return None
        labels = [clip.label for source in self.sources for clip in source.learned]
        counts = np.bincount(labels)
        each = 1 / counts[labels] if self.order.by_class else np.ones(len(labels))
        if len(set(weights)) > 1:
            each *= np.concatenate(
                [
                    np.full(len(source.learned), source.weight / len(source.learned))
                    for source in self.sources
                ]
            )
        return each


class JointSamples:
    """Each sample: `clips` uint8 (T, H, W, C), of pictures with T = 1; `label`, `other_label`, `own_share`.

    The target is `own_share` of the one label and the rest of the other, with which a sample of a batch is mixed.
    """

    def __init__(
        self,
        clips: Kind | None,
        pictures: Kind | None,
        *,
        share: Fraction,
        mixing: Mixing,
        mixed_pictures: bool,
        frames: int,
        sampling: Sampling,
        stride: int,
        side_px: int,
        batch: int,
        seed: int,
        stage_index: int,
    ) -> None:
        self._place = (seed, stage_index)
        self._turns = Turns(share, batch)
        self._kinds = (clips, pictures)
        self._listed = [[] if kind is None else _listed(kind) for kind in self._kinds]
        self._rounds = [
            None if kind is None else self._rounds_of(kind, first)
            for kind, first in zip(self._kinds, (_CLIP_ROUNDS, _PICTURE_ROUNDS), strict=True)
        ]
        self._mixing = mixing
        self._mixed_pictures = mixed_pictures
        self._frames = frames
        self._sampling = sampling
        self._stride = stride
        self._side_px = side_px

    def __getitem__(self, position: int) -> Sample:
        """Unmixed."""
        rng = generator_at(*self._place, position)
        turn = self._turns.at(position)
        kind, source, clip = self._at(turn)
        stored = source.store.frames(clip.row)
        which = np.zeros(1, dtype=np.int64)
        if not turn.pictures:
            which = chosen_frames(
                len(stored), self._frames, sampling=self._sampling, stride=self._stride, rng=rng
            )
        return {
            "clips": kind.look.at_random(np.asarray(stored[which]), self._side_px, rng),
            "label": np.int64(clip.label),
            "other_label": np.int64(clip.label),
            "own_share": np.float32(1),
        }

    def __getitems__(self, positions: Sequence[int]) -> dict[str, Any]:
        """positions: of one batch."""
        samples = [self[position] for position in positions]
        batch = {name: np.stack([sample[name] for sample in samples]) for name in samples[0]}
        pictures = self._turns.at(positions[0]).pictures
        if self._mixing.mixes and (self._mixed_pictures or not pictures):
            rng = generator_at(*self._place, _MIXING + positions[0])
            batch["clips"], share = self._mixing.mix(batch["clips"], rng)
            batch["other_label"] = batch["label"][::-1].copy()
            batch["own_share"] = np.full(len(positions), share, dtype=np.float32)
        return batch

    def name(self, position: int) -> str:
        """What a sample is made from, for a report."""
        _, source, clip = self._at(self._turns.at(position))
        return f"{source.name}: {source.store.rows[clip.row].clip}"

    def _rounds_of(self, kind: Kind, first_draw: int) -> Rounds:
        return Rounds(
            sum(len(source.learned) for source in kind.sources),
            place=self._place,
            first_draw=first_draw,
            each=kind.of_a_round,
            chances=kind.chances(),
        )

    def _at(self, turn: Turn) -> tuple[Kind, ClipSource, LabelledClip]:
        number = int(turn.pictures)
        kind, rounds = self._kinds[number], self._rounds[number]
        assert kind is not None
        assert rounds is not None
        source, clip = self._listed[number][rounds[turn.position]]
        return kind, source, clip


def _listed(kind: Kind) -> list[tuple[ClipSource, LabelledClip]]:
    return [(source, clip) for source in kind.sources for clip in source.learned]
