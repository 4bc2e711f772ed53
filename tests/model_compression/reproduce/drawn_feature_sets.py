"""Frame features of a few drawn videos, of the kinds and with the streams that tables of papers 2 and 4 ask for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model_compression.data.clips.classes import CLASSES, EXPRESSION_8, EXPRESSION_OTHER
from model_compression.data.features.feature_set import FeatureWriter, Stream
from model_compression.data.features.frame_features import FeatureRow, FrameFeatures
from model_compression.data.features.kinds.hume_vidmimic2 import INTENSITIES
from model_compression.downstream.compound import COMPOUND, COMPOUNDS

FRAMES = 24
SPLITS = ("train",) * 4 + ("val",) * 2
_PLACES = (*CLASSES[EXPRESSION_8], "valence", "arousal")
_FINE_TUNED = (*CLASSES[EXPRESSION_OTHER], "valence", "arousal")  # on expressions of Aff-Wild2


def students(*names: str, sound: str = "wav2vec2") -> dict[str, Stream]:
    """Scores and embeddings of each, and a stream of sound."""
    faces = {
        f"{name}.scores": Stream(
            "face", 10, name, _FINE_TUNED if name.endswith("-expr") else _PLACES
        )
        for name in names
    }
    faces |= {f"{name}.embedding": Stream("face", 6, name) for name in names}
    return faces | {sound: Stream("sound", 5, "a listener")}


BEIT_AND_WAVLM = {
    "beit.embedding": Stream("face", 6, "beit"),
    "wavlm": Stream("sound", 5, "a listener"),
}


def drawn_set(
    folder: Path,
    kind: str,
    streams: dict[str, Stream],
    *,
    splits: Sequence[str] = SPLITS,
    labelled: bool = True,
) -> Path:
    """A video of a person for each split. What is said and heard follows from valence and arousal, as truths do."""
    rng = np.random.default_rng(0)
    mix = {name: np.random.default_rng(7).normal(size=(2, s.size)) for name, s in streams.items()}
    tasks = {EXPRESSION_OTHER: CLASSES[EXPRESSION_OTHER], COMPOUND: COMPOUNDS}
    writer = FeatureWriter(folder, kind=kind, streams=streams, classes=tasks)
    rows = []
    for number, split in enumerate(splits):
        affect = np.clip(rng.normal(0, 0.4, (FRAMES, 2)), -0.9, 0.9)
        said = {name: (affect @ one).astype(np.float32) for name, one in mix.items()}
        turn = (np.arctan2(affect[:, 0], affect[:, 1]) / np.pi + 1) / 2
        truths = {task: (turn * (len(names) - 0.01)).astype(int) for task, names in tasks.items()}
        writer.add(
            number,
            FrameFeatures(
                frame_count=FRAMES,
                face_frames=np.arange(FRAMES),
                faces={name: said[name] for name, one in streams.items() if one.of == "face"},
                sound={name: said[name] for name, one in streams.items() if one.of == "sound"},
                sound_present=np.ones(FRAMES, np.bool_),
                frame_labels=truths if labelled else {},
                frame_values={
                    name: affect[:, column].astype(np.float32)
                    for column, name in enumerate(("valence", "arousal"))
                },
            ),
        )
        values = {name: float(rng.uniform()) for name in INTENSITIES}
        rows.append(FeatureRow(f"v{number}", f"p{number}", split, 0, FRAMES, 30.0, values=values))
    writer.finish(rows)
    return folder
