"""How long a network of paper 3 learns: each of its rows sees clips equally often, and pictures beside them.

The paper trains each row for 100 epochs; an epoch with pictures has more batches than one without.
"""

from __future__ import annotations

from dataclasses import dataclass

from model_compression.training.clips.alternating import share_of_pictures

_PAPERS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Lengths:
    """steps_of_joint: with half of the pictures. picture_batches: share of the batches, where it is configured."""

    steps_of_joint: int
    picture_batches: float | None

    def steps(self, picture_share: float, *, clips: int, pictures: int) -> int:
        """clips, pictures: how many there are to learn from."""
        of_clips = self.steps_of_joint * (1 - self._share(_PAPERS_SHARE, clips, pictures))
        return max(2, round(of_clips / (1 - self._share(picture_share, clips, pictures))))

    def _share(self, picture_share: float, clips: int, pictures: int) -> float:
        """Of the batches."""
        seen = round(picture_share * pictures)
        return float(share_of_pictures(seen, clips, self.picture_batches))
