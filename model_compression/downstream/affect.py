"""What was said of valence and arousal frame by frame, and how well it follows the truth: raw, smoothed, causal.

P_VA is the mean of both concordances. Each is over all frames of all videos at once, as challenges count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model_compression.data.clips.classes import AROUSAL, VALENCE
from model_compression.data.features.frame_features import FrameFeatures
from model_compression.downstream.agreement import PairedSums, agreement_figures
from model_compression.downstream.smoothing import box, causal_box, filled, held
from model_compression.evaluation.figure import Figures, Floats, not_applicable

Way = Literal["raw", "smoothed", "causal"]
WAYS: tuple[Way, ...] = ("raw", "smoothed", "causal")
Which = Literal["with-face", "all"]
CCC_V, CCC_A, P_VA = "ccc_valence", "ccc_arousal", "p_va"
HALF_WIDTH = (
    50  # frames; the paper says "50 frames in a window", its public code takes 50 to either side
)


@dataclass(frozen=True, slots=True, eq=False)
class VideoAffect:
    """One video of T frames."""

    video: str
    person: str
    said: NDArray[np.float32]  # (T, 2) valence, arousal; counts where `present`
    present: NDArray[np.bool_]  # (T,) a face was read
    truth: NDArray[np.float32]  # (T, 2) NaN where there is none

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """(T,) frames with both truths; a frame with one of them counts as unlabelled, as in the challenge."""
        return np.asarray(np.isfinite(self.truth).all(axis=1))


def truth_of(features: FrameFeatures) -> NDArray[np.float32]:
    """(T, 2), NaN where there is none."""
    missing = np.full(features.frame_count, np.nan, np.float32)
    values = features.frame_values
    return np.stack([values.get(name, missing) for name in (VALENCE, AROUSAL)], axis=1)


def over_time(video: VideoAffect, way: Way, half_width: int = HALF_WIDTH) -> Floats:
    """(T, 2), also where no face was read; at least one was."""
    if way == "causal":
        return causal_box(held(video.said, video.present), half_width)
    whole = filled(video.said, video.present)
    return box(whole, half_width) if way == "smoothed" else whole


def without_a_face(videos: Sequence[VideoAffect]) -> list[str]:
    """Nothing is said of these."""
    return [video.video for video in videos if not video.present.any()]


def affect_sums(
    videos: Sequence[VideoAffect], way: Way, *, half_width: int, which: Which
) -> tuple[PairedSums, list[VideoAffect]]:
    """which: frames with a face alone, as the paper counts, or all that are labelled."""
    pairs, counted = [], []
    for video in videos:
        wanted = video.labelled & video.present if which == "with-face" else video.labelled
        if not video.present.any() or not wanted.any():
            continue
        pairs.append((over_time(video, way, half_width)[wanted], video.truth[wanted]))
        counted.append(video)
    return (PairedSums.of(pairs) if pairs else PairedSums.none(2)), counted


def affect_figures(
    videos: Sequence[VideoAffect],
    way: Way,
    *,
    half_width: int = HALF_WIDTH,
    which: Which = "with-face",
) -> Figures:
    """`ccc_valence`, `ccc_arousal` and `p_va`, with n frames and intervals over people or videos."""
    sums, counted = affect_sums(videos, way, half_width=half_width, which=which)
    if not counted:
        why = not_applicable("no labelled frame of these videos has an answer")
        return dict.fromkeys((CCC_V, CCC_A, P_VA), why)
    return agreement_figures(
        sums,
        "concordance",
        (CCC_V, CCC_A),
        P_VA,
        persons=[video.person for video in counted],
        videos=[video.video for video in counted],
    )
