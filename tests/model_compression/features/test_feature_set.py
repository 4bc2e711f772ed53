"""Frame features are written video by video, go on after a stop, and are refused once damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.features.feature_set import FeatureSet, FeatureWriter, Stream
from model_compression.data.features.frame_features import NO_CLASS, FeatureRow, FrameFeatures

STREAMS = {
    "scores": Stream("face", 3, "a student", ("a", "b", "c")),
    "wavlm": Stream("sound", 2, "a listener"),
}


def features(seed: int, frames: int = 4) -> FrameFeatures:
    rng = np.random.default_rng(seed)
    return FrameFeatures(
        frame_count=frames,
        face_frames=np.array([0, 2, 2]),
        faces={"scores": rng.normal(size=(3, 3)).astype(np.float32)},
        sound={"wavlm": rng.normal(size=(frames, 2)).astype(np.float32)},
        sound_present=np.ones(frames, np.bool_),
        frame_labels={"expression": np.array([0, 1, NO_CLASS, 2])},
        frame_values={"valence": np.full(frames, np.nan, np.float32)},
    )


def writer(folder: Path, **changed: object) -> FeatureWriter:
    told = {"kind": "drawn", "streams": STREAMS, "classes": {"expression": ["x", "y", "z"]}}
    return FeatureWriter(folder, **{**told, **changed})  # type: ignore[arg-type]


ROWS = (
    FeatureRow("one", "anna", "train", 0, 4, 30.0),
    FeatureRow("two", "", "test", 0, 4, 25.0, values={"joy": 0.5}),
)


def test_what_was_added_is_read_back_and_the_first_face_of_a_frame_counts(tmp_path: Path) -> None:
    making = writer(tmp_path)
    for number in range(2):
        making.add(number, features(number))
    made = making.finish(ROWS)
    assert made.rows == ROWS and made.streams == STREAMS
    there = FeatureSet.open(tmp_path).features(1)
    assert np.array_equal(there.faces["scores"], features(1).faces["scores"])
    dense, present = there.of_main_face("scores")
    assert present.tolist() == [True, False, True, False]
    assert np.array_equal(dense[2], there.faces["scores"][1]) and not dense[1].any()
    assert made.select("test") == [1]


def test_a_stopped_set_goes_on_and_another_does_not_mix_in(tmp_path: Path) -> None:
    writer(tmp_path).add(0, features(0))
    with pytest.raises(UserError, match="is not finished"):
        FeatureSet.open(tmp_path)
    again = writer(tmp_path)
    assert again.has(0) and not again.has(1)
    with pytest.raises(UserError, match="other options"):
        writer(tmp_path, kind="another")


def test_a_changed_video_or_index_is_refused(tmp_path: Path) -> None:
    making = writer(tmp_path)
    for number in range(2):
        making.add(number, features(number))
    made = making.finish(ROWS)
    file = tmp_path / "videos" / "000001.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match="was changed"):
        made.features(1)
    index = tmp_path / "features.json"
    index.write_text(index.read_text().replace("anna", "bert"))
    with pytest.raises(UserError, match="was changed"):
        FeatureSet.open(tmp_path)


def test_lengths_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="scores"):
        FrameFeatures(
            frame_count=2,
            face_frames=np.array([0]),
            faces={"scores": np.zeros((2, 3), np.float32)},
            sound={},
            sound_present=np.zeros(2, np.bool_),
            frame_labels={},
            frame_values={},
        )
