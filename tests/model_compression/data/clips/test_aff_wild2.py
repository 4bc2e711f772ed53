"""Reader of Aff-Wild2's faces as pictures: every fifth frame with a label and a face, by split and video."""

from __future__ import annotations

from pathlib import Path

import pytest

from model_compression.data.clips.classes import CLASSES, EXPRESSION_OTHER
from model_compression.data.clips.kinds import find_videos
from model_compression.data.clips.preparing import prepare
from model_compression.data.clips.settings import ClipSettings
from model_compression.data.clips.store import ClipStore
from tests.model_compression.data.clips.miniature_sets import write_text
from tests.model_compression.data.clips.picture_sets import face, write_picture

HEADER = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other"


def written(root: Path, split: str, name: str, labels: list[int], faces: list[int]) -> None:
    """faces: numbers of the frames, from 1, whose face is cut out."""
    lines = "\n".join([HEADER, *map(str, labels)])
    write_text(root / f"EXPR_Recognition_Challenge/{split}_Set/{name}.txt", lines)
    for number in faces:
        write_picture(root / f"cropped_aligned/{name}/{number:05d}.jpg", face())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    # Frames 1, 6, 11, 16 are asked about: the second has no label, the third no face.
    labels = [4] * 5 + [-1] * 5 + [1] * 10
    written(tmp_path, "Train", "a_left", labels, [1, 2, 6, 16, 21])
    written(tmp_path, "Validation", "b", [7, 7], [1, 2])
    return tmp_path


def test_every_fifth_frame_with_a_label_and_a_face_is_a_picture(root: Path) -> None:
    found = find_videos("aff-wild2", root)
    told = [
        (
            one.picture,
            one.split,
            one.person,
            CLASSES[EXPRESSION_OTHER][one.labels[EXPRESSION_OTHER]],
        )
        for one in found.pictures
    ]
    assert told == [
        ("a_left/00001", "train", "a_left", "happiness"),
        ("a_left/00016", "train", "a_left", "anger"),
        ("b/00001", "val", "b", "other"),
    ]
    assert not found.missing and found.notes == ("Every 5th frame of each video was read.",)


def test_video_without_faces_cut_out_is_missing(root: Path) -> None:
    (root / "batch1").mkdir()
    (root / "batch1" / "c.mp4").write_bytes(b"")
    write_text(root / "EXPR_Recognition_Challenge/Train_Set/c.txt", f"{HEADER}\n0\n")
    assert find_videos("aff-wild2", root).missing == ("cropped_aligned/c",)


def test_pictures_are_prepared_with_their_labels(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "prepared"
    prepare("aff-wild2", root, out, ClipSettings(size_px=32))
    store = ClipStore.open(out)
    assert store.classes == {EXPRESSION_OTHER: CLASSES[EXPRESSION_OTHER]}
    assert [row.person for row in store.rows] == ["a_left", "a_left", "b"]
    assert all(row.frame_count == 1 for row in store.rows)
