"""Readers of MAFW and VoxCeleb2: labels, folds and people of the layouts as published."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, EXPRESSION, EXPRESSION_11, IDENTITY
from model_compression.data.clips.kinds import find_videos
from tests.model_compression.data.clips.miniature_sets import (
    empty_frames,
    write_pictures,
    write_text,
)


def mafw_lists(root: Path, tested: dict[int, dict[str, str]]) -> Path:
    """tested: fold -> clip -> word. A fold's training list is all the others."""
    for fold, clips in tested.items():
        trained = {c: w for other, them in tested.items() if other != fold for c, w in them.items()}
        for part, listed in (("test", clips), ("train", trained)):
            path = root / f"Train & Test Set/single/no_caption/set_{fold}/{part}.txt"
            write_text(path, "".join(f"{clip}.mp4 {word}\n" for clip, word in listed.items()))
    return root


def test_mafw_words_become_eleven_classes_and_test_lists_folds(tmp_path: Path) -> None:
    words = ("anger", "helplessness", "neutral", "contempt", "surprise")
    mafw_lists(tmp_path, {n: {f"0000{n}": word} for n, word in enumerate(words, 1)})
    for number in range(1, 5):
        write_text(tmp_path / f"data/clips/0000{number}.mp4")
    write_pictures(tmp_path / "data/frames/00005", empty_frames(1), ".png")
    found = find_videos("mafw", tmp_path)
    assert [CLASSES[EXPRESSION_11][v.labels[EXPRESSION_11]] for v in found.videos] == [*words]
    assert [video.fold for video in found.videos] == [1, 2, 3, 4, 5]
    # Of the eleven, the seven are told as such.
    assert [v.video for v in found.videos if EXPRESSION in v.labels] == ["00001", "00003", "00005"]
    assert [video.path.is_dir() for video in found.videos] == [False] * 4 + [True]
    assert found.missing == ()


def test_mafw_names_lists_and_clips_that_are_missing(tmp_path: Path) -> None:
    mafw_lists(tmp_path, {fold: {f"0000{fold}": "anger"} for fold in range(1, 5)})
    for number in range(1, 4):
        write_text(tmp_path / f"clips/0000{number}.mp4")
    lists = "Train & Test Set/single/no_caption/set_5"
    assert find_videos("mafw", tmp_path).missing == (
        f"{lists}/train.txt",
        f"{lists}/test.txt",
        "data/clips/00004.mp4",
    )


def test_mafw_clip_of_both_lists_of_a_fold_is_refused(tmp_path: Path) -> None:
    for part in ("train", "test"):
        write_text(tmp_path / f"single/no_caption/set_1/{part}.txt", "00001.mp4 fear\n")
    with pytest.raises(UserError, match=r"set_1/test.txt line 1: 00001 is in train.txt too"):
        find_videos("mafw", tmp_path)


def test_mafw_compound_expression_is_refused(tmp_path: Path) -> None:
    write_text(tmp_path / "single/no_caption/set_1/train.txt", "00001.mp4 anger_disgust\n")
    with pytest.raises(UserError, match=r"is '00001.mp4 anger_disgust', where a clip and one of"):
        find_videos("mafw", tmp_path)


def test_voxceleb2_people_are_classes(tmp_path: Path) -> None:
    for name in ("id00017/xyz/00003", "id00012/abc/00001", "id00012/abc/00002"):
        write_text(tmp_path / "dev/mp4" / f"{name}.mp4")
    found = find_videos("voxceleb2", tmp_path)
    assert found.classes == {IDENTITY: ("id00012", "id00017")}
    assert [(v.video, v.person, v.labels[IDENTITY]) for v in found.videos] == [
        ("id00012/abc/00001", "id00012", 0),
        ("id00012/abc/00002", "id00012", 0),
        ("id00017/xyz/00003", "id00017", 1),
    ]


def test_voxceleb2_interview_is_never_in_train_and_val(tmp_path: Path) -> None:
    for of_web in range(10):
        for utterance in range(3):
            write_text(tmp_path / f"id00012/web{of_web}/0000{utterance}.mp4")
    found = find_videos("voxceleb2", tmp_path)
    splits = {
        of_web: {v.split for v in found.videos if of_web in v.video}
        for of_web in (f"web{number}" for number in range(10))
    }
    assert sorted(map(sorted, splits.values())) == [["train"]] * 9 + [["val"]]
