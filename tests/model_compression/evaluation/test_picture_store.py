"""Pictures of tars and folders, and one sentence for each way in which a set can be broken."""

from __future__ import annotations

import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.evaluation.picture_store import PictureStore, spread
from tests.model_compression.evaluation.drawn_sets import face, tar


def test_tar_and_folder_give_the_same_pictures(tmp_path: Path) -> None:
    pictures = {"b/10.png": face(0.2), "b/2.png": face(0.9), "a/1.png": face(0.5)}
    for name, picture in pictures.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "folder" / name), picture)
    (tmp_path / "folder" / "read.txt").write_text("no picture")
    (tmp_path / "folder" / "._2.png").write_bytes(b"a Mac's")
    for place in (tar(tmp_path / "set.tar", pictures), tmp_path / "folder"):
        with PictureStore(place) as store:
            assert store.names == ["a/1.png", "b/2.png", "b/10.png"]
            for name, picture in pictures.items():
                assert np.array_equal(store.read(name), picture)


@pytest.mark.parametrize("kept", [0.3, 0.7])
def test_tar_cut_within_a_picture_is_refused(tmp_path: Path, kept: float) -> None:
    random = np.random.default_rng(0)
    noise = {f"{i}.png": random.integers(0, 255, (60, 60, 3), np.uint8) for i in range(6)}
    whole = tar(tmp_path / "set.tar", noise)
    whole.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * kept)])
    with pytest.raises(UserError, match=r"set\.tar.*copy the set again"):
        PictureStore(whole)


def test_tar_cut_between_two_pictures_is_refused(tmp_path: Path) -> None:
    whole = tar(tmp_path / "set.tar", {f"{i}.png": face(0.5) for i in range(4)})
    with tarfile.open(whole) as archive:
        third = archive.getmembers()[2].offset
    whole.write_bytes(whole.read_bytes()[:third])
    with pytest.raises(UserError, match="cut off after 2 pictures"):
        PictureStore(whole)


def test_what_is_no_tar_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.tar").write_bytes(b"not a tar")
    with pytest.raises(UserError, match="not a whole tar archive"):
        PictureStore(tmp_path / "set.tar")


def test_missing_set_and_set_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such tar or folder"):
        PictureStore(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no picture"):
        PictureStore(tmp_path / "empty")


def test_picture_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(b"\xff\xd8 broken")
    (tmp_path / "none.jpg").write_bytes(b"")
    with PictureStore(tmp_path) as store:
        for name in store.names:
            with pytest.raises(UserError, match=name):
                store.read(name)


def test_limit_takes_pictures_from_all_over_the_set() -> None:
    names = [str(i) for i in range(100)]
    assert spread(names, 3) == ["0", "50", "99"]
    assert spread(names, None) == names and spread(names, 500) == names
