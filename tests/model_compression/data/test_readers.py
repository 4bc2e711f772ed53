"""What the readers make of whole, missing and cut-off sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.data.folders import data_folder
from model_compression.data.sets import SET_NAMES, open_set
from tests.model_compression.data.drawn_sets import (
    GIFS,
    blobs,
    write_fer2013,
    write_gifs,
    write_tar,
)


def test_faces_are_named_by_person_where_the_file_name_says_so(tmp_path: Path) -> None:
    names = ["Ann_Lee_0002.jpg", "Dileep_15.jpg", "facial-expressions_28.jpg"]
    write_tar(tmp_path / "faces" / "faces.tar", {name: blobs(40, 32) for name in names})
    pictures = list(open_set("faces", tmp_path).pictures())
    assert [(one.source, one.people) for one in pictures] == [
        ("Ann_Lee_0002.jpg", ("Ann_Lee",)),
        ("Dileep_15.jpg", ("",)),
        ("facial-expressions_28.jpg", ("",)),
    ]
    assert pictures[0].image.shape == (40, 32)
    assert pictures[0].emotion == -1


def test_infrared_person_is_the_number_before_the_first_dash(tmp_path: Path) -> None:
    write_tar(
        tmp_path / "nir" / "nir.tar",
        {"12-0-calm.jpg": blobs(40, 64), "3-1-rage.jpg": blobs(40, 64)},
    )
    assert [one.people for one in open_set("nir", tmp_path).pictures()] == [("12",), ("3",)]


def test_every_second_frame_of_the_clips_with_both_people_of_the_shared_one(tmp_path: Path) -> None:
    write_gifs(tmp_path, frames=5)
    clips = open_set("headpose", tmp_path)
    pictures = list(clips.pictures())
    assert clips.count() == len(pictures) == 9
    assert [one.source.partition(":")[2] for one in pictures[:3]] == ["0", "2", "4"]
    assert {one.people for one in pictures} == {("woman",), ("man",), ("both-left", "both-right")}
    assert pictures[0].image.shape == (48, 64, 3)
    assert pictures[0].luma().shape == (48, 64)


def test_fer2013_keeps_its_labels_and_rows(tmp_path: Path) -> None:
    write_fer2013(tmp_path, "val", count=9)
    pictures = list(open_set("fer2013-val", tmp_path).pictures())
    assert [one.emotion for one in pictures] == [0, 1, 2, 3, 4, 5, 6, 0, 1]
    assert [one.source for one in pictures[:2]] == ["0", "1"]
    np.testing.assert_array_equal(pictures[4].image, blobs(48, 48, 4))


@pytest.mark.parametrize("name", [name for name in SET_NAMES if name != "turned"])
def test_missing_set_is_told_with_its_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=f"{tmp_path}.*'{name}' is missing this file"):
        open_set(name, tmp_path).files()


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.97])
def test_cut_off_tar_is_told(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "faces" / "faces.tar"
    write_tar(path, {f"{number}.jpg": blobs(64, 64, number) for number in range(20)})
    # An archive is filled up to 10 KiB with zeros; what counts is where its content ends.
    content = path.read_bytes().rstrip(b"\0")
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(UserError, match=f"{path}.*'faces' is cut off or damaged"):
        open_set("faces", tmp_path).count()


def test_tar_cut_off_between_two_pictures_is_told(tmp_path: Path) -> None:
    path = tmp_path / "faces" / "faces.tar"
    write_tar(path, {f"{number}.jpg": blobs(64, 64, number) for number in range(20)})
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"7.jpg\0")])
    with pytest.raises(UserError, match="end of the archive is missing after 7 pictures"):
        open_set("faces", tmp_path).count()


def test_damaged_picture_in_a_tar_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nir" / "nir.tar"
    write_tar(path, {"1-0-calm.jpg": blobs(40, 64)})
    content = path.read_bytes()
    path.write_bytes(content[:512] + bytes(100) + content[612:])
    with pytest.raises(UserError, match=r"1-0-calm\.jpg cannot be decoded"):
        list(open_set("nir", tmp_path).pictures())


def test_cut_off_clip_is_told(tmp_path: Path) -> None:
    write_gifs(tmp_path)
    path = tmp_path / "headpose" / GIFS[1]
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UserError, match=f"{path}.*the end of the clip is missing"):
        list(open_set("headpose", tmp_path).pictures())


def test_clip_that_is_none_is_told(tmp_path: Path) -> None:
    write_gifs(tmp_path)
    path = tmp_path / "headpose" / GIFS[0]
    path.write_bytes(b"no clip;")
    with pytest.raises(UserError, match=f"{path}.*is cut off or damaged"):
        list(open_set("headpose", tmp_path).pictures())


def test_cut_off_npz_is_told(tmp_path: Path) -> None:
    path = write_fer2013(tmp_path, "train")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(UserError, match=f"{path}.*'fer2013-train' is cut off or damaged"):
        open_set("fer2013-train", tmp_path).count()


def test_emotions_in_another_order_are_refused(tmp_path: Path) -> None:
    write_fer2013(tmp_path, "val", classes=("happy", "sad"))
    with pytest.raises(UserError, match="its classes are happy, sad"):
        open_set("fer2013-val", tmp_path).count()


def test_unknown_set_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"yawdd.*known are: faces, nir"):
        open_set("yawdd", tmp_path)


def test_missing_data_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="no such data folder"):
        data_folder(tmp_path / "nowhere")
    monkeypatch.delenv("VIGIL_DATA", raising=False)
    with pytest.raises(UserError, match="VIGIL_DATA"):
        data_folder()
