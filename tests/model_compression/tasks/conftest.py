"""A labelled set of drawn faces, in a cache of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.face.landmark_layout import COUNT
from model_compression.data.labelled_set import (
    FaceLabels,
    LabelledSet,
    labels_folder,
    load_labels,
    save_labels,
)
from tests.model_compression.augmentation.drawn_face import drawn_face

PEOPLE, SIDE_PX = 60, 160


@pytest.fixture
def drawn_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LabelledSet:
    """`faces`: each person once, upright, emotions in turn, eyes open."""
    monkeypatch.setenv("VIGIL_CACHE", str(tmp_path))
    rng = np.random.default_rng(0)
    drawn = [
        drawn_face(size_px=SIDE_PX, eye_distance_px=float(rng.uniform(38, 46)), yaw_deg=0.0)
        for _ in range(PEOPLE)
    ]
    labels = FaceLabels(
        offset=np.arange(PEOPLE, dtype=np.int64) * SIDE_PX * SIDE_PX,
        height=np.full(PEOPLE, SIDE_PX, dtype=np.int32),
        width=np.full(PEOPLE, SIDE_PX, dtype=np.int32),
        source=np.array([f"picture {row}" for row in range(PEOPLE)]),
        person=np.array([f"person {row}" for row in range(PEOPLE)]),
        emotion=(np.arange(PEOPLE) % 7).astype(np.int8),
        found=np.ones(PEOPLE, dtype=bool),
        presence=np.ones(PEOPLE, dtype=np.float32),
        landmarks=np.stack([face.points for face in drawn]),
        landmark_std=np.full((PEOPLE, COUNT), 0.1, dtype=np.float32),
        rotation=np.tile(np.eye(3, dtype=np.float32), (PEOPLE, 1, 1)),
        rotation_std_rad=np.zeros(PEOPLE, dtype=np.float32),
        blendshapes=np.zeros((PEOPLE, 52), dtype=np.float32),
        blendshapes_std=np.zeros((PEOPLE, 52), dtype=np.float32),
    )
    pixels = np.concatenate([face.picture.ravel() for face in drawn])
    save_labels(labels_folder("faces"), pixels, labels, "drawn")
    return load_labels("faces")
