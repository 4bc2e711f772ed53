"""The feature sets that a network of faces and sound learns from, in memory: 4 bytes for each number of each frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.errors import UserError
from edge_app.sound.windows import Windows
from model_compression.data.features.feature_set import FeatureSet
from model_compression.data.features.frame_features import NO_CLASS
from model_compression.downstream.held_out import ChooseBy, parts_of
from model_compression.downstream.labelled import check_frame_label
from model_compression.training.config import DataSet
from model_compression.training.frames.videos import Wanted, WatchedVideo, watched


@dataclass(frozen=True, slots=True, eq=False)
class FrameSource:
    """One set: its videos, and the windows of those that are learned from."""

    name: str
    features: FeatureSet
    wanted: Wanted  # streams as the set calls them
    weight: float
    learned: tuple[WatchedVideo, ...]
    held_out: tuple[WatchedVideo, ...]
    windows: tuple[tuple[int, int], ...]  # number in `learned`, first frame


def open_sources(
    sets: Sequence[DataSet],
    wanted: Wanted,
    windows: Windows,
    *,
    choose_by: ChooseBy,
    held_out_share: float,
    fold: int | None,
    most_unlabelled: float,
) -> tuple[FrameSource, ...]:
    """most_unlabelled: share of a window's frames. Raises `UserError` for what cannot be learned from."""
    if not sets:
        raise UserError(
            "data: no frame features to learn from; name a folder of 'vigil data features' with --prepared."
        )
    opened = [FeatureSet.open(Path(entry.name).expanduser()) for entry in sets]
    asked = [wanted.of_set(features) for features in opened]
    if len({features.classes[wanted.label] for features in opened}) > 1:
        raise UserError(f"data: the sets have different classes of {wanted.label}.")
    if len({own.sizes(features) for own, features in zip(asked, opened, strict=True)}) > 1:
        raise UserError("data: the sets have features of different sizes.")
    if len({own.made_by(features) for own, features in zip(asked, opened, strict=True)}) > 1:
        raise UserError(
            "data: the sets' features were made by different networks; read all videos with the same ones."
        )
    sources = []
    for entry, features, own in zip(sets, opened, asked, strict=True):
        check_frame_label(features, wanted.label)
        parts = parts_of(features, fold=fold, choose_by=choose_by, held_out_share=held_out_share)
        learned, held_out = (
            tuple(watched(features, number, own) for number in numbers)
            for numbers in (parts.learned, parts.chosen_by)
        )
        kept = tuple(
            (number, int(start))
            for number, video in enumerate(learned)
            for start in windows.starts(len(video))
            if _share_unlabelled(video, int(start), windows) <= most_unlabelled
        )
        if not kept or not any((video.truth != NO_CLASS).any() for video in held_out):
            raise UserError(
                f"{entry.name}: has {len(kept)} windows labelled for {wanted.label} to learn from, and needs some; so"
                " do the videos that weights are chosen by."
            )
        sources.append(
            FrameSource(entry.name, features, own, entry.weight, learned, held_out, kept)
        )
    return tuple(sources)


def _share_unlabelled(video: WatchedVideo, start: int, windows: Windows) -> float:
    """Of the frames that are the video's own: what a short one is filled up with is no missing label."""
    truth = video.truth[start : start + windows.length]
    return float(np.mean(truth == NO_CLASS))
