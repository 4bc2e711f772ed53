"""Picture sets prepared: one row of one frame each, faces found where a picture is all face, albums that go on."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from model_compression.data.clips import source_picture
from model_compression.data.clips.clip_making import UNREADABLE
from model_compression.data.clips.face_track import FaceFinder
from model_compression.data.clips.index import read_index
from model_compression.data.clips.picture_face import find_face, portrait_of
from model_compression.data.clips.picture_making import NO_FACE
from model_compression.data.clips.preparing import prepare
from model_compression.data.clips.settings import GREY, ClipSettings
from model_compression.data.clips.store import ClipStore
from tests.model_compression.data.clips.miniature_sets import Picture
from tests.model_compression.data.clips.picture_sets import (
    FACE_BOX,
    affectnet_arrays,
    affectnet_list,
    face,
    fer2013_arrays,
    no_face,
    people,
    people_tar,
    tight_face,
    write_picture,
)

SMALL = ClipSettings(size_px=32, channels=1, outside="keep")
KEEPING = replace(SMALL, no_face="keep")


def prepared(kind: str, root: Path, out: Path, settings: ClipSettings = SMALL) -> ClipStore:
    prepare(kind, root, out, settings)
    return ClipStore.open(out)


def test_each_picture_is_a_row_of_one_frame_with_its_values(tmp_path: Path) -> None:
    affectnet_arrays(tmp_path / "set", "train", {"1": (7, 0.5, -0.25)}, face())
    root = affectnet_arrays(tmp_path / "set", "val", {"2": (1, -1.0, 1.0)}, face())
    store = prepared("affectnet", root, tmp_path / "out", ClipSettings(size_px=32))
    first, second = store.rows
    assert store.frames(0).shape == (1, 32, 32, 3)
    assert (first.clip, first.split, first.frame_count, first.face_share) == (
        *("train/1", "train"),
        *(1, 1.0),
    )
    assert first.values == {"valence": 0.5, "arousal": -0.25}
    assert second.values == {"valence": -1.0, "arousal": 1.0}
    # Contempt is of the eight alone.
    assert store.select("expression_8").tolist() == [0, 1]
    assert store.select("expression").tolist() == [1]
    assert [len(store.classes[task]) for task in ("expression", "expression_8")] == [7, 8]


def test_people_of_the_set_are_its_classes(tmp_path: Path) -> None:
    root = people(tmp_path / "set", {"ann": 1, "bob": 2}, face())
    store = prepared("faces-by-person", root, tmp_path / "out")
    assert dict(store.classes) == {"identity": ("ann", "bob")}
    assert store.labels("identity", store.select("identity", "train")).tolist() == [0, 1, 1]
    assert [row.person for row in store.rows] == ["ann", "bob", "bob"]


def test_pictures_of_an_archive_are_those_of_its_folders(tmp_path: Path) -> None:
    people_tar(tmp_path / "packed/all.tar", {"p": 1, "q": 1}, tight_face())
    for person in ("p", "q"):
        write_picture(tmp_path / "unpacked" / person / "0000.png", tight_face())
    packed = prepared("faces-by-person", tmp_path / "packed", tmp_path / "a")
    unpacked = prepared("faces-by-person", tmp_path / "unpacked", tmp_path / "b")
    assert packed.rows == unpacked.rows
    assert (packed.frames(0) == unpacked.frames(0)).all()


def fer2013(root: Path, *pictures: Picture) -> Path:
    fer2013_arrays(root, "val", [tight_face()], [0])
    return fer2013_arrays(root, "train", pictures, [n % 7 for n in range(len(pictures))])


def test_small_picture_that_is_all_face_is_aligned(tmp_path: Path) -> None:
    """Cut at two sizes of the same face, the squares show the same."""
    root = fer2013(tmp_path / "set", tight_face(reach_px=40), tight_face(reach_px=34))
    wide, near = (prepared("fer2013", root, tmp_path / "out").frames(n)[0, ..., 0] for n in (0, 1))
    inside = (slice(8, 24), slice(8, 24))
    assert np.abs(wide[inside].astype(int) - near[inside]).mean() < 12


def test_face_that_fills_its_picture_is_found_with_a_border(finder: FaceFinder) -> None:
    cut_close = portrait_of(tight_face(reach_px=20)).image
    assert cut_close.shape == (96, 96)
    (bare,) = finder.follow([Frame(cut_close, 0.0, 0)])
    found = find_face(finder, cut_close)
    assert bare is None
    assert found is not None
    # In pixels of the picture, not of what was framed.
    assert (found.crop.center_x_px, found.crop.center_y_px) == pytest.approx((48, 48), abs=6)
    assert found.points.mean(axis=0) == pytest.approx((48, 48), abs=0.15 * found.crop.side_px)
    assert found.crop.side_px > 2 * 96


def test_picture_without_a_face_is_left_out_and_counted(tmp_path: Path) -> None:
    blank = np.full((48, 48), 90, np.uint8)
    made = prepare(
        "fer2013", fer2013(tmp_path / "set", tight_face(), blank), tmp_path / "out", SMALL
    )
    assert made.left_out == {NO_FACE: 1}
    assert [row.clip for row in made.index.rows] == ["train/00000", "val/00000"]
    assert (made.index.face_count, made.index.frame_count) == (2, 3)


def test_picture_without_a_face_is_kept_whole_where_that_is_asked_for(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(48, dtype=np.uint8)[:, None] * 5, 48, axis=1)
    root = fer2013(tmp_path / "set", tight_face(), ramp)
    settings = replace(KEEPING, size_px=96, outside="grey")
    made = prepare("fer2013", root, tmp_path / "out", settings)
    store = ClipStore.open(tmp_path / "out")
    assert made.left_out == {}
    assert [row.face_share for row in store.rows] == [1.0, 0.0, 1.0]
    whole = store.frames(1)[0, ..., 0].astype(int)
    assert np.abs(whole[2:-2:2, 10] - ramp[1:-1, 5]).max() <= 6
    # The face that is found has lost its surroundings: a corner never belongs to one.
    assert store.frames(0)[0, 0, 0, 0] == GREY
    assert (made.index.face_count, made.index.frame_count) == (2, 3)


def test_labelled_face_is_the_one_in_the_box(tmp_path: Path) -> None:
    """Two people: without its box, a picture would show the larger one for the smaller."""
    picture = np.full((400, 640, 3), 60, np.uint8)
    picture[:180, :240] = face()
    large = np.repeat(np.repeat(face()[:180, :180], 2, axis=0), 2, axis=1)
    picture[40:400, 280:640] = large
    images = tmp_path / "set/Manually_Annotated_Images"
    write_picture(images / "1/both.png", picture)
    write_picture(images / "1/alone.png", face())
    rows = [("1/both.png", FACE_BOX, 1, 0, 0), ("1/alone.png", FACE_BOX, 1, 0, 0)]
    affectnet_list(tmp_path / "set/training.csv", rows)
    affectnet_list(tmp_path / "set/validation.csv", rows[:1])
    store = prepared("affectnet", tmp_path / "set", tmp_path / "out")
    both, alone = (store.frames(n)[0, 4:-4, 4:-4, 0].astype(int) for n in (0, 1))
    assert np.abs(both - alone).mean() < 6


def test_box_and_half_as_much_on_each_side_is_looked_at() -> None:
    picture = np.zeros((400, 640), np.uint8)
    portrait = portrait_of(picture, (0, 100, 200, 100))
    assert portrait.image.shape == (200, 300)
    assert portrait.whole == FaceCrop(100, 100, 200, 0.0)
    # One that lies beside the picture is passed over.
    for beside in ((700, 0, 20, 20), (-100, 0, 50, 50), (0, -100, 50, 50)):
        assert portrait_of(picture, beside).image.shape == (400, 640)


def png_that_says_it_is_huge() -> bytes:
    """A hundred thousand px a side, more than OpenCV reads."""
    content = bytearray(cv2.imencode(".png", no_face())[1].tobytes())
    content[16:24] = struct.pack(">II", 100_000, 100_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    return bytes(content)


@pytest.mark.parametrize("content", [b"no picture", b"", png_that_says_it_is_huge()])
def test_picture_that_cannot_be_read_is_left_out_by_name(tmp_path: Path, content: bytes) -> None:
    root = people(tmp_path / "set", {"ann": 2, "bob": 1}, face())
    (root / "ann/0001.jpg").write_bytes(content)
    made = prepare("faces-by-person", root, tmp_path / "out", SMALL)
    (damaged,) = made.index.left_out
    assert (damaged["clip"], damaged["why"]) == ("ann/0001.jpg", UNREADABLE)
    assert str(tmp_path) not in damaged["detail"]


@pytest.fixture
def small_albums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_picture, "ALBUM", 2)


class StoppedError(Exception):
    pass


@pytest.mark.usefixtures("small_albums")
def test_stopped_run_goes_on_without_making_a_done_album_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = people(tmp_path / "set", {"ann": 3, "bob": 2}, face())
    looks, follow = iter(range(99)), FaceFinder.follow

    def stopped(finder: FaceFinder, frames: object) -> object:
        if next(looks) == 3:
            raise StoppedError
        return follow(finder, frames)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(FaceFinder, "follow", stopped)
        with pytest.raises(StoppedError):
            prepare("faces-by-person", root, tmp_path / "out", SMALL)
    # The second of three albums was half made.
    assert len(list((tmp_path / "out/pieces").glob("*.json"))) == 1
    steps: list[tuple[int, int]] = []
    made = prepare(
        "faces-by-person", root, tmp_path / "out", SMALL, progress=lambda *now: steps.append(now)
    )
    assert steps == [(2, 5), (4, 5), (5, 5)]
    assert made.made_now == 3
    whole = prepare("faces-by-person", root, tmp_path / "whole", SMALL)
    assert made.index.fingerprint == whole.index.fingerprint


@pytest.mark.usefixtures("small_albums")
def test_pictures_lie_in_shards_and_leave_no_file_of_their_own(tmp_path: Path) -> None:
    root = people(tmp_path / "set", {"ann": 3, "bob": 2}, face())
    one = prepare("faces-by-person", root, tmp_path / "one", SMALL)
    two = prepare("faces-by-person", root, tmp_path / "two", SMALL, processes=2)
    assert two.index.fingerprint == one.index.fingerprint
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == [
        *(".lock", "clips.json", "shards")
    ]
    assert len(list((tmp_path / "two/shards").iterdir())) == 1


def test_other_treatment_of_pictures_without_a_face_is_another_set(tmp_path: Path) -> None:
    root = people(tmp_path / "set", {"ann": 1, "bob": 1}, face())
    prepare("faces-by-person", root, tmp_path / "out", KEEPING)
    with pytest.raises(UserError, match="--no-face keep and not leave"):
        prepare("faces-by-person", root, tmp_path / "out", SMALL)


def test_set_without_a_single_face_says_so(tmp_path: Path) -> None:
    root = people(tmp_path / "set", {"ann": 2, "bob": 1}, no_face())
    with pytest.raises(UserError, match=r"not one clip could be made: 3 no face is found"):
        prepare("faces-by-person", root, tmp_path / "out", SMALL)


def test_index_that_was_read_tells_the_fingerprint_of_what_it_holds(tmp_path: Path) -> None:
    root = people(tmp_path / "set", {"ann": 1, "bob": 1}, face())
    made = prepare("faces-by-person", root, tmp_path / "out", SMALL).index
    read = read_index(tmp_path / "out")
    assert read == made
    assert read.fingerprint == made.fingerprint
    assert replace(read, notes=("another",)).fingerprint != made.fingerprint
