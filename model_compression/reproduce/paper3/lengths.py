"""How long a network of paper 3 learns: each of its rows sees clips equally often, and pictures beside them.

The paper trains each row for 100 epochs; an epoch with pictures has more batches than one without. Where the share of
the batches is configured, pictures are seen per clip as often as the share of the pictures asks, and at half of them as
configured.
"""

from __future__ import annotations

from dataclasses import dataclass

from model_compression.training.clips.alternating import share_of_pictures

PAPERS_SHARE = 0.5
_DIGITS = 6  # of a share that is written into a configuration


@dataclass(frozen=True, slots=True)
class Lengths:
    """steps_of_joint: with half of the pictures. picture_batches: share of the batches, where it is configured."""

    steps_of_joint: int
    picture_batches: float | None

    def batches(self, picture_share: float) -> float | None:
        """Share of the batches that are of pictures; None: as many as the sets' sizes ask for."""
        if self.picture_batches is None or picture_share == PAPERS_SHARE:
            return self.picture_batches
        odds = self.picture_batches / (1 - self.picture_batches) * picture_share / PAPERS_SHARE
        return round(odds / (1 + odds), _DIGITS)

    def steps(self, picture_share: float, *, clips: int, pictures: int) -> int:
        """clips, pictures: how many there are to learn from."""
        of_clips = self.steps_of_joint * (1 - self._share(PAPERS_SHARE, clips, pictures))
        return max(2, round(of_clips / (1 - self._share(picture_share, clips, pictures))))

    def _share(self, picture_share: float, clips: int, pictures: int) -> float:
        """Of the batches."""
        seen = round(picture_share * pictures)
        return float(share_of_pictures(seen, clips, self.batches(picture_share)))
