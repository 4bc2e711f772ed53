"""Samples of masked learning by position: clips or pictures by turns, cut anew each time, and their masks' places."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from model_compression.training.clips.alternating import Rounds, Turn, Turns
from model_compression.training.clips.frame_choice import Sampling, chosen_frames
from model_compression.training.clips.random_crop import RandomCrop, randomly_cropped
from model_compression.training.clips.unlabelled import Place, UnlabelledClips
from model_compression.training.seeds import generator_at
from model_compression.training.task import Sample

# Places that no position has.
_CLIP_ROUNDS, _PICTURE_ROUNDS, _FRAMES = 2**40, 2**41, 2**42
_MASK = 1  # beside a position


class MaskedSamples:
    """Each sample: `clips` uint8 (T, H, W, C), of pictures with T = 1; `mask`, where its mask is drawn (4,)."""

    def __init__(
        self,
        clips: UnlabelledClips,
        pictures: UnlabelledClips,
        *,
        share: Fraction,
        views: int,
        crop_of_clips: RandomCrop,
        crop_of_pictures: RandomCrop,
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
        self._rounds = tuple(
            Rounds(len(kind.learned), place=self._place, first_draw=first)
            for kind, first in zip(self._kinds, (_CLIP_ROUNDS, _PICTURE_ROUNDS), strict=True)
        )
        self._views = views
        self._crops = (crop_of_clips, crop_of_pictures)
        self._frames = frames
        self._sampling = sampling
        self._stride = stride
        self._side_px = side_px

    def __getitem__(self, position: int) -> Sample:
        turn = self._turns.at(position)
        kind, place = self._at(turn)
        stored = kind.frames(place)
        which = np.zeros(1, dtype=np.int64)
        if not turn.pictures:
            # The views of a clip are of the same frames: such are read once where reading is dear.
            rng = generator_at(*self._place, _FRAMES + turn.position // self._views)
            which = chosen_frames(
                len(stored), self._frames, sampling=self._sampling, stride=self._stride, rng=rng
            )
        rng = generator_at(*self._place, position)
        crop = self._crops[turn.pictures]
        shown = randomly_cropped(np.asarray(stored[which]), self._side_px, rng, crop)
        return {
            "clips": np.ascontiguousarray(shown),
            "mask": np.array([*self._place, position, _MASK], dtype=np.int64),
        }

    def name(self, position: int) -> str:
        """What a sample is made from, for a report."""
        kind, place = self._at(self._turns.at(position))
        return kind.name(place)

    def _at(self, turn: Turn) -> tuple[UnlabelledClips, Place]:
        kind, rounds = self._kinds[turn.pictures], self._rounds[turn.pictures]
        visit = turn.position if turn.pictures else turn.position // self._views
        return kind, kind.learned[rounds[visit]]
