"""Feature sets drawn with a truth that can be learned: what a student says follows from it, and sound too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model_compression.data.clips.classes import CLASSES, EXPRESSION_8
from model_compression.data.features.feature_set import FeatureSet, FeatureWriter, Stream
from model_compression.data.features.frame_features import FeatureRow, FrameFeatures
from model_compression.downstream.intensities import INTENSITIES

# Another order than that of the classes: only names tell what a place holds.
PLACES = ("valence", "arousal", *reversed(CLASSES[EXPRESSION_8]))
STREAMS = {
    "drawn.scores": Stream("face", 10, "a student", PLACES),
    "drawn.embedding": Stream("face", 6, "a student"),
    "wav2vec2": Stream("sound", 5, "a listener"),
}


def drawn_features(
    folder: Path,
    *,
    splits: Sequence[str] = ("train",) * 4 + ("val",) * 2,
    folds: Sequence[int] = (),
    frames: int = 24,
    frame_rate_hz: float = 30.0,
    faces_a_frame: int = 1,
    seed: int = 0,
    faceless: Sequence[int] = (),
    silent: Sequence[int] = (),
    streams: dict[str, Stream] | None = None,
    with_truth: bool = True,
) -> FeatureSet:
    """A video for each split, of a person of its own. faceless, silent: videos without any face, without sound."""
    streams = STREAMS if streams is None else streams
    rng = np.random.default_rng(seed)
    mix = {name: np.random.default_rng(7).normal(size=(2, s.size)) for name, s in streams.items()}
    writer = FeatureWriter(folder, kind="drawn", streams=streams, classes={})
    rows = []
    for number, split in enumerate(splits):
        affect = np.clip(rng.normal(0, 0.4, (frames, 2)), -0.9, 0.9)
        faces = np.repeat(np.arange(0 if number in faceless else frames), faces_a_frame)
        seen = affect[faces]
        seen[1::2] = rng.permuted(seen[1::2], axis=0) if faces_a_frame > 1 else seen[1::2]
        has_sound = number not in silent
        said = {name: affect @ matrix for name, matrix in mix.items()}
        writer.add(
            number,
            FrameFeatures(
                frame_count=frames,
                face_frames=faces,
                faces={
                    name: (seen @ mix[name]).astype(np.float32)
                    for name, one in streams.items()
                    if one.of == "face"
                },
                sound={
                    name: (said[name] * has_sound).astype(np.float32)
                    for name, one in streams.items()
                    if one.of == "sound"
                },
                sound_present=np.full(frames, has_sound),
                frame_labels={},
                frame_values={
                    name: affect[:, column].astype(np.float32)
                    for column, name in enumerate(("valence", "arousal"))
                    if with_truth
                },
            ),
        )
        mean = affect.mean(axis=0)
        values = {
            name: float(1 / (1 + np.exp(-4 * (mean @ (np.cos(place), np.sin(place))))))
            for place, name in enumerate(INTENSITIES)
            if with_truth
        }
        rows.append(
            FeatureRow(
                f"video-{number}",
                f"person-{number}",
                split,
                folds[number] if folds else 0,
                frames,
                frame_rate_hz,
                values=values,
            )
        )
    return writer.finish(rows)
