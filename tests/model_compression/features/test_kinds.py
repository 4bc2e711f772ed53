"""Sets of long videos are found as they are laid out, with their labels in the project's own order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, EXPRESSION_OTHER
from model_compression.data.features.face_crops import crops_by_frame
from model_compression.data.features.kinds import find_labelled
from model_compression.data.features.kinds.c_expr import COMPOUND
from model_compression.data.features.labelled_video import check_found
from tests.model_compression.features.drawn_videos import (
    plain,
    write_crops,
    write_lines,
    write_video,
    write_wav,
)

EXPR = "6th_ABAW_Annotations/EXPR_Recognition_Challenge"
VA = "6th_ABAW_Annotations/VA_Estimation_Challenge"
HEADER = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other"
HUME = "Filename,Admiration,Amusement,Determination,Empathic Pain,Excitement,Joy"


def test_expressions_of_aff_wild2_come_in_our_order_with_their_crops(tmp_path: Path) -> None:
    write_video(tmp_path / "batch1" / "video7.mp4", [plain()] * 4)
    write_crops(tmp_path / "cropped_aligned" / "video7_left", [1, 3])
    write_lines(tmp_path / EXPR / "Train_Set" / "video7_left.txt", HEADER, "0", "1", "-1", "4")
    write_lines(tmp_path / EXPR / "Validation_Set" / "video7.txt", HEADER, "7")
    found = find_labelled("aff-wild2-expr", tmp_path)
    left, whole = found.videos
    told = [
        CLASSES[EXPRESSION_OTHER][one] for one in left.frame_labels[EXPRESSION_OTHER] if one >= 0
    ]
    assert told == ["neutral", "anger", "happiness"]
    assert left.frame_labels[EXPRESSION_OTHER][2] == -1
    assert (left.split, left.side, left.file) == (
        "train",
        "left",
        tmp_path / "batch1" / "video7.mp4",
    )
    assert list(crops_by_frame(left.crops)) == [0, 2]
    assert (whole.split, whole.crops, whole.side) == ("val", (), "")
    assert not found.missing


def test_valence_and_arousal_of_a_frame_without_them_are_no_numbers(tmp_path: Path) -> None:
    write_crops(tmp_path / "cropped_aligned" / "a", [1, 2])
    for split in ("Train_Set", "Validation_Set"):
        name = "a" if split == "Train_Set" else "b"
        write_lines(tmp_path / VA / split / f"{name}.txt", "valence,arousal", "0.25,-0.5", "-5,-5")
    found = find_labelled("aff-wild2-va", tmp_path)
    (video,) = found.videos
    np.testing.assert_array_equal(
        video.frame_values["valence"], np.array([0.25, np.nan], np.float32)
    )
    np.testing.assert_array_equal(
        video.frame_values["arousal"], np.array([-0.5, np.nan], np.float32)
    )
    assert found.missing == ("b (video or cropped_aligned)",)
    with pytest.raises(UserError, match="--allow-missing"):
        check_found(found, tmp_path, "aff-wild2-va", allow_missing=False)


@pytest.mark.parametrize(
    ("folder", "line", "kind"), [(EXPR, "8", "aff-wild2-expr"), (VA, "0.1,1.5", "aff-wild2-va")]
)
def test_a_label_that_is_none_is_named_with_its_line(
    folder: str, line: str, kind: str, tmp_path: Path
) -> None:
    write_crops(tmp_path / "cropped_aligned" / "a", [1])
    write_lines(tmp_path / folder / "Train_Set" / "a.txt", "header", line)
    with pytest.raises(UserError, match=r"a\.txt line 2"):
        find_labelled(kind, tmp_path)


def test_compound_expressions_are_labelled_where_a_table_says_so(tmp_path: Path) -> None:
    for name in ("01", "02"):
        write_video(tmp_path / "videos" / f"{name}.mp4", [plain()] * 3)
    for person in ("01_left", "01_right"):
        write_crops(tmp_path / "cropped_aligned" / person, [1, 2])
    write_lines(
        tmp_path / "annotations" / "labels.txt",
        "image_location,Fearfully_Surprised,Happily_Surprised,Sadly_Surprised,Disgustedly_Surprised,"
        "Angrily_Surprised,Sadly_Fearful,Sadly_Angry",
        "01/00001.jpg,6",
        "01/00003.jpg,0",
    )
    first, second = find_labelled("c-expr", tmp_path).videos
    assert first.frame_labels[COMPOUND].tolist() == [6, -1, 0]
    assert not second.frame_labels and second.split == "test"
    assert {frame: len(paths) for frame, paths in crops_by_frame(first.crops).items()} == {
        0: 2,
        1: 2,
    }


def test_a_table_of_other_compounds_is_refused(tmp_path: Path) -> None:
    write_video(tmp_path / "01.mp4", [plain()] * 3)
    write_lines(tmp_path / "labels.txt", "image_location,Happily_Surprised", "01/00001.jpg,0")
    with pytest.raises(UserError, match="other classes"):
        find_labelled("c-expr", tmp_path)


def test_mimicked_emotions_are_numbers_of_a_whole_video(tmp_path: Path) -> None:
    write_lines(tmp_path / "train_split.csv", HUME, "1,0.1,0.2,0.3,0.4,0.5,0.6")
    write_lines(tmp_path / "valid_split.csv", HUME, "00002,0,0,0,0,0,1")
    write_lines(tmp_path / "test_split.csv", "Filename", "00003")
    write_crops(tmp_path / "face_images" / "00001", [0, 1])
    write_wav(tmp_path / "wav" / "00001.wav", np.zeros(1600, np.float32))
    write_video(tmp_path / "raw" / "00002.mp4", [plain()] * 2)
    write_crops(tmp_path / "test_data" / "face_images" / "00003", [1])
    train, val, test = find_labelled("hume-vidmimic2", tmp_path).videos
    names = ("admiration", "amusement", "determination", "empathic_pain", "excitement", "joy")
    assert train.values == dict(zip(names, (0.1, 0.2, 0.3, 0.4, 0.5, 0.6), strict=True))
    assert train.sound == tmp_path / "wav" / "00001.wav"
    assert list(crops_by_frame(train.crops)) == [0, 1]
    assert (val.split, val.sound) == ("val", tmp_path / "raw" / "00002.mp4")
    assert (test.split, test.values) == ("test", {})


def test_an_unknown_kind_and_an_empty_folder_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="known are aff-wild2-expr"):
        find_labelled("affwild", tmp_path)
    found = find_labelled("c-expr", tmp_path)
    with pytest.raises(UserError, match="holds no video"):
        check_found(found, tmp_path, "c-expr", allow_missing=True)


def test_a_label_file_without_a_first_line_is_refused_not_shifted(tmp_path: Path) -> None:
    write_crops(tmp_path / "cropped_aligned" / "a", [1])
    write_lines(tmp_path / VA / "Train_Set" / "a.txt", "0.1,0.2", "0.3,0.4")
    with pytest.raises(UserError, match=r"a\.txt: its first line must name"):
        find_labelled("aff-wild2-va", tmp_path)


def test_crops_come_from_whichever_archive_holds_them(tmp_path: Path) -> None:
    aligned = tmp_path / "batch1" / "cropped_aligned" / "a"
    later = tmp_path / "cropped_aligned_new" / "cropped_aligned" / "b"
    for folder in (tmp_path / "batch1" / "cropped" / "a", aligned, later):
        write_crops(folder, [1])
    write_video(tmp_path / "batch1" / "c.mp4", [plain()])
    for name in ("a", "b", "c"):
        write_lines(tmp_path / EXPR / "Train_Set" / f"{name}.txt", HEADER, "0")
    found = find_labelled("aff-wild2-expr", tmp_path)
    assert [video.crops for video in found.videos] == [(aligned,), (later,), ()]
    assert "1 videos have no crops: their faces are searched" in found.notes


def test_frames_of_a_folder_that_is_called_by_a_number_keep_theirs(tmp_path: Path) -> None:
    (tmp_path / "01").mkdir()
    for number in (1, 999, 1000, 1001):
        (tmp_path / "01" / f"{number:05d}.jpg").touch()
    assert list(crops_by_frame([tmp_path / "01"])) == [0, 998, 999, 1000]
    named = tmp_path / "video7"
    write_crops(named, [1, 2])
    for path in list(named.iterdir()):
        path.rename(named / f"video7_{path.name}")
    assert list(crops_by_frame([named])) == [0, 1]


def test_an_intensity_beyond_one_is_named_with_its_line(tmp_path: Path) -> None:
    write_lines(tmp_path / "train_split.csv", HUME, "1,0.1,0.2,30,0.4,0.5,0.6")
    with pytest.raises(UserError, match=r"line 2: Determination is 30 but"):
        find_labelled("hume-vidmimic2", tmp_path)
