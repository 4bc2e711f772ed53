"""One prepared clip as training and evaluation see it: whose it is, where it belongs, what it is labelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ClipRow:
    clip: str  # unique in its set
    video: str  # the long video that it was cut from; the same as `clip` for a single clip
    person: str  # "" where nobody says who it is
    split: str  # train, val, test, or "" where folds take the place of splits
    fold: int  # 1.. the fold in which it is tested; 0: none
    labels: Mapping[str, int]  # task -> class; only the tasks for which it is labelled
    frame_count: int
    frame_rate_hz: float
    start_s: float  # in its video
    face_share: float = 1.0  # of its frames in which a face was found
    values: Mapping[str, float] = field(default_factory=dict)  # `valence`, `arousal`, -1..1

    def as_json(self) -> dict[str, Any]:
        # By hand: `asdict` takes ten times as long, and there may be a million rows.
        told: dict[str, Any] = {
            "clip": self.clip,
            "video": self.video,
            "person": self.person,
            "split": self.split,
            "fold": self.fold,
            "labels": dict(self.labels),
            "frame_count": self.frame_count,
            "frame_rate_hz": self.frame_rate_hz,
            "start_s": self.start_s,
            "face_share": self.face_share,
        }
        # An index of clips that have none reads, and hashes, as it always did.
        if self.values:
            told["values"] = dict(self.values)
        return told


def row_from_json(values: Mapping[str, Any]) -> ClipRow:
    """Raises `TypeError` or `ValueError` for what is no row."""
    row = ClipRow(**values)
    numbers = all(isinstance(n, int) for n in row.labels.values()) and all(
        isinstance(n, float | int) for n in row.values.values()
    )
    if row.frame_count < 1 or not numbers:
        raise ValueError(f"{row.clip} is no clip")
    return row
