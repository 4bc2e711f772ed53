"""Frame features whose class is told by the face, by the sound, by each of them, or only by both together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from model_compression.data.features.feature_set import FeatureWriter, Stream
from model_compression.data.features.frame_features import NO_CLASS, FeatureRow, FrameFeatures

MOODS = ("calm", "glad", "sad", "cross")
VISUAL_SIZE, SOUND_SIZE = 12, 6
_STRETCH = 12  # frames of one mood

ToldBy = Literal["face", "sound", "each", "both"]
PEOPLE: Mapping[str, int] = {"train": 4, "val": 2}


def drawn_features(
    folder: Path,
    *,
    told_by: ToldBy = "each",
    people: Mapping[str, int] = PEOPLE,
    frames: int = 96,
    with_faces: float = 0.9,
    with_sound: float = 0.9,
    labelled: float = 0.95,
    seed: int = 0,
    made_by: str = "nobody",
    videos: Sequence[str] = (),
) -> Path:
    """with_faces, with_sound: share of the stretches in which there are any; labelled: share of the frames.

    videos: names of some to learn from in place of `people`, of whom nobody knows who they are.
    """
    writer = FeatureWriter(
        folder,
        kind="drawn",
        streams={
            "drawn.embedding": Stream("face", VISUAL_SIZE, made_by),
            "voice": Stream("sound", SOUND_SIZE, made_by),
        },
        classes={"mood": MOODS},
    )
    codes = np.random.default_rng(1)
    face_codes = codes.normal(size=(len(MOODS), VISUAL_SIZE))
    sound_codes = codes.normal(size=(len(MOODS), SOUND_SIZE))
    rng = np.random.default_rng(seed)
    rows = []
    for split, count in ({"train": len(videos)} if videos else people).items():
        for number in range(count):
            moods = _in_stretches(rng.integers(0, len(MOODS), frames), frames)
            seen = {"face": moods, "each": moods, "both": moods // 2}.get(told_by, 0 * moods)
            heard = {"sound": moods, "each": moods, "both": moods % 2}.get(told_by, 0 * moods)
            faces = _in_stretches(rng.random(frames) < with_faces, frames)
            sound = _in_stretches(rng.random(frames) < with_sound, frames)
            truth = np.where(rng.random(frames) < labelled, moods, NO_CLASS)
            visual = face_codes[seen] + 0.3 * rng.normal(size=(frames, VISUAL_SIZE))
            voice = sound_codes[heard] + 0.3 * rng.normal(size=(frames, SOUND_SIZE))
            writer.add(
                len(rows),
                FrameFeatures(
                    frame_count=frames,
                    face_frames=np.flatnonzero(faces),
                    faces={"drawn.embedding": visual[faces].astype(np.float32)},
                    sound={"voice": (voice * sound[:, None]).astype(np.float32)},
                    sound_present=sound,
                    frame_labels={"mood": truth.astype(np.int64)},
                    frame_values={},
                ),
            )
            person = "" if videos else f"{split}-{number}"
            video = videos[number] if videos else f"video of {person}"
            rows.append(FeatureRow(video, person, split, 0, frames, 30.0))
    writer.finish(rows)
    return folder


def _in_stretches(drawn: np.ndarray, frames: int) -> np.ndarray:
    return np.repeat(drawn, _STRETCH)[:frames]
