"""Readers of picture sets: labels, values and splits of the layouts as published, and what is told to be missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, EXPRESSION, EXPRESSION_8
from model_compression.data.clips.kinds import find_videos
from model_compression.data.clips.kinds.ferplus import majority
from model_compression.data.clips.picture_reading import read_picture
from model_compression.data.clips.source_picture import SourcePicture
from model_compression.data.clips.source_video import FoundSet
from tests.model_compression.data.clips.miniature_sets import write_text
from tests.model_compression.data.clips.picture_sets import (
    FER2013_WORDS,
    affectnet_arrays,
    affectnet_list,
    fer2013_arrays,
    fer2013_csv,
    ferplus_votes,
    no_face,
    people,
    people_tar,
    tight_face,
    write_picture,
)


def by_name(found: FoundSet) -> dict[str, SourcePicture]:
    return {picture.picture: picture for picture in found.pictures}


def label(picture: SourcePicture, task: str = EXPRESSION) -> str:
    return CLASSES[task][picture.labels[task]]


def test_affectnet_arrays_become_eight_classes_and_two_values(tmp_path: Path) -> None:
    told = {"7": (1, 0.5, -0.25), "10": (7, -0.6, 0.4)}
    affectnet_arrays(tmp_path, "train", told, no_face())
    affectnet_arrays(tmp_path, "val", {"3": (0, 0.0, 0.0)}, no_face())
    found = find_videos("affectnet", tmp_path)
    assert [one.picture for one in found.pictures] == ["train/7", "train/10", "val/3"]
    happy, contempt, neutral = found.pictures
    assert (label(happy), label(happy, EXPRESSION_8)) == ("happiness", "happiness")
    assert happy.values == {"valence": 0.5, "arousal": -0.25}
    # The seven do not know contempt.
    assert (label(contempt, EXPRESSION_8), EXPRESSION in contempt.labels) == ("contempt", False)
    assert (neutral.split, label(neutral)) == ("val", "neutral")
    assert found.missing == ()


def test_affectnet_pictures_of_no_expression_are_left_out_and_counted(tmp_path: Path) -> None:
    told = {"1": (8, -2.0, -2.0), "2": (10, -2.0, -2.0), "3": (10, -2.0, -2.0), "4": (3, -2.0, 0.1)}
    affectnet_arrays(tmp_path, "train", told, no_face())
    affectnet_arrays(tmp_path, "val", {"1": (0, 0.0, 0.0)}, no_face())
    found = find_videos("affectnet", tmp_path)
    assert found.notes == (
        "1 pictures of no expression were left out.",
        "2 pictures of no face were left out.",
    )
    assert by_name(found)["train/4"].values == {"arousal": 0.1}


def test_affectnet_annotations_that_are_missing_are_named(tmp_path: Path) -> None:
    affectnet_arrays(tmp_path, "train", {"1": (1, 0.0, 0.0)}, no_face())
    (tmp_path / "train_set/annotations/1_aro.npy").unlink()
    found = find_videos("affectnet", tmp_path)
    assert found.missing == ("train_set/annotations/1_aro.npy", "val_set/images")


def test_affectnet_lists_tell_where_the_face_is(tmp_path: Path) -> None:
    box = (10, 20, 30, 40)
    lists = tmp_path / "Manually_Annotated/Manually_Annotated_file_lists"
    affectnet_list(lists / "training.csv", [("12/a.jpg", box, 2, -0.5, 0.25)])
    # The list of val is passed on without a first line.
    affectnet_list(lists / "validation.csv", [("9/b.png", box, 6, 0.5, 0.5)], head=False)
    pictures = tmp_path / "Manually_Annotated/Manually_Annotated_Images"
    write_picture(pictures / "12/a.jpg")
    write_picture(pictures / "9/b.png")
    train, val = find_videos("affectnet", tmp_path).pictures
    assert (train.picture, label(train), train.box) == ("train/12/a.jpg", "sadness", box)
    assert train.values == {"valence": -0.5, "arousal": 0.25}
    assert (val.split, label(val)) == ("val", "anger")


def test_affectnet_list_of_another_width_is_refused(tmp_path: Path) -> None:
    write_text(tmp_path / "training.csv", "12/a.jpg,1,2\n")
    with pytest.raises(UserError, match=r"training.csv line 1: has 3 columns and not 9"):
        find_videos("affectnet", tmp_path)


@pytest.mark.parametrize("side", ["nan", "inf", "NULL"])
def test_affectnet_box_that_is_none_is_named_with_its_line(tmp_path: Path, side: str) -> None:
    affectnet_list(tmp_path / "training.csv", [("1/a.jpg", (1, side, 3, 4), 2, 0.0, 0.0)])
    write_picture(tmp_path / "Manually_Annotated_Images/1/a.jpg")
    with pytest.raises(UserError, match=rf"training.csv line 2: has '{side}' where"):
        find_videos("affectnet", tmp_path)


def raf_db(root: Path) -> Path:
    write_text(
        root / "basic/EmoLabel/list_patition_label.txt",
        "train_00001.jpg 5\ntest_0001.jpg 1\ntest_0002.jpg 7\n",
    )
    return root / "basic"


def test_raf_db_is_read_by_its_list(tmp_path: Path) -> None:
    top = raf_db(tmp_path)
    write_picture(top / "Image/aligned/train_00001_aligned.jpg")
    write_picture(top / "Image/aligned/test_0001_aligned.jpg")
    found = find_videos("raf-db", tmp_path)
    assert [(one.picture, one.split, label(one)) for one in found.pictures] == [
        ("train_00001", "train", "sadness"),
        ("test_0001", "test", "surprise"),
    ]
    assert found.missing == ("basic/Image/aligned/test_0002_aligned.jpg",)


def test_raf_db_whole_pictures_come_with_the_box_of_the_labelled_face(tmp_path: Path) -> None:
    top = raf_db(tmp_path)
    for name in ("train_00001", "test_0001", "test_0002"):
        write_picture(top / f"Image/original/{name}.jpg")
    write_text(top / "Annotation/boundingbox/train_00001_boundingbox.txt", "10.2 20.0 40.4 60.0 \n")
    found = by_name(find_videos("raf-db", tmp_path))
    assert found["train_00001"].box == (10, 20, 30, 40)
    assert found["test_0001"].box is None


def test_raf_db_label_beyond_seven_is_refused(tmp_path: Path) -> None:
    write_text(tmp_path / "EmoLabel/list_patition_label.txt", "train_00001.jpg 8\n")
    with pytest.raises(UserError, match=r"line 1: is 'train_00001.jpg 8', where"):
        find_videos("raf-db", tmp_path)


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ({"neutral": 6, "sadness": 4}, "neutral"),
        ({"neutral": 5, "sadness": 5}, None),
        # A single vote is a slip: 5 of the 9 that are left.
        ({"anger": 5, "disgust": 4, "fear": 1}, "anger"),
        ({"anger": 4, "disgust": 2, "fear": 2, "surprise": 2}, None),
        ({"unknown": 8, "neutral": 2}, "unknown"),
        ({"NF": 10}, "NF"),
        ({}, None),
    ],
)
def test_ferplus_majority_is_of_all_votes_but_single_ones(
    votes: dict[str, int], said: str | None
) -> None:
    order = (
        *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
        *("unknown", "NF"),
    )
    assert majority([votes.get(name, 0) for name in order]) == said


VOTES = [
    ("Training", "fer0000000.png", {"neutral": 10}),
    ("Training", "fer0000001.png", {"contempt": 6, "neutral": 4}),
    ("PublicTest", "", {"neutral": 10}),
    ("PublicTest", "fer0000003.png", {"fear": 9, "anger": 1}),
    ("PrivateTest", "fer0000004.png", {"surprise": 5, "fear": 5}),
    ("PrivateTest", "fer0000005.png", {"unknown": 10}),
]


def test_ferplus_is_read_by_its_votes(tmp_path: Path) -> None:
    ferplus_votes(tmp_path, VOTES)
    for folder, number in (("Train", 0), ("Train", 1), ("Valid", 3)):
        write_picture(tmp_path / f"data/FER2013{folder}/fer000000{number}.png", tight_face())
    found = find_videos("ferplus", tmp_path)
    assert [(one.split, label(one, EXPRESSION_8)) for one in found.pictures] == [
        ("train", "neutral"),
        ("train", "contempt"),
        ("val", "fear"),
    ]
    assert [EXPRESSION in one.labels for one in found.pictures] == [True, False, True]
    assert found.notes == (
        "1 pictures without a name were left out.",
        "1 pictures without a majority were left out.",
        "1 pictures voted unknown were left out.",
    )


def test_ferplus_pictures_come_out_of_the_csv_of_fer2013(tmp_path: Path) -> None:
    ferplus_votes(tmp_path, VOTES)
    shades = [np.full((48, 48), 10 * n, np.uint8) for n in range(len(VOTES))]
    fer2013_csv(tmp_path, [(0, shades[n], usage) for n, (usage, *_) in enumerate(VOTES)])
    found = find_videos("ferplus", tmp_path)
    read = [read_picture(one.place) for one in found.pictures]
    assert [np.unique(picture).tolist() for picture in read] == [[0], [10], [30]]
    assert read[0].shape == (48, 48)


def test_ferplus_beside_another_csv_is_refused(tmp_path: Path) -> None:
    ferplus_votes(tmp_path, VOTES[:1])
    fer2013_csv(tmp_path, [(0, tight_face(), "PrivateTest")])
    with pytest.raises(
        UserError, match=r"row 1 is of PrivateTest and that of fer2013new.csv of Tr"
    ):
        find_videos("ferplus", tmp_path)


def test_fer2013_arrays_are_read_by_the_names_of_their_classes(tmp_path: Path) -> None:
    shades = [np.full((48, 48), 10 * n, np.uint8) for n in range(7)]
    fer2013_arrays(tmp_path, "train", shades, range(7))
    fer2013_arrays(tmp_path, "val", shades[:1], [0], classes=("happy",))
    found = find_videos("fer2013", tmp_path)
    words = {"angry": "anger", "happy": "happiness", "sad": "sadness"}
    assert [label(one) for one in found.pictures[:7]] == [words.get(w, w) for w in FER2013_WORDS]
    assert (found.pictures[7].split, label(found.pictures[7])) == ("val", "happiness")
    assert read_picture(found.pictures[3].place).tolist() == shades[3].tolist()


def test_fer2013_is_read_as_published_too(tmp_path: Path) -> None:
    usages = ("Training", "PublicTest", "PrivateTest")
    fer2013_csv(tmp_path, [(3 + n, tight_face(), usage) for n, usage in enumerate(usages)])
    found = find_videos("fer2013", tmp_path)
    assert [(one.split, label(one)) for one in found.pictures] == [
        ("train", "happiness"),
        ("val", "sadness"),
        ("test", "surprise"),
    ]
    assert (read_picture(found.pictures[1].place) == tight_face()).all()


@pytest.mark.parametrize(
    ("labels", "classes", "told"),
    [
        ([7], FER2013_WORDS, "has a label that is none of its 7 classes"),
        ([0], ("bored",), "has a class bored, which is none of the seven"),
        ([0, 0], FER2013_WORDS, "and 2 labels"),
    ],
)
def test_fer2013_arrays_without_sense_are_refused(
    tmp_path: Path, labels: list[int], classes: tuple[str, ...], told: str
) -> None:
    fer2013_arrays(tmp_path, "train", [tight_face()], labels, classes)
    with pytest.raises(UserError, match=told):
        find_videos("fer2013", tmp_path)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"labels": np.array([1.0])}, "has labels of float64"),
        ({"classes": np.array("happy")}, "holds no readable pictures"),
    ],
)
def test_fer2013_arrays_of_other_kinds_are_refused(
    tmp_path: Path, changed: dict[str, NDArray[Any]], told: str
) -> None:
    arrays = {"labels": np.array([1]), "classes": np.array(FER2013_WORDS), **changed}
    np.savez(tmp_path / "train.npz", allow_pickle=False, images=tight_face()[None], **arrays)
    with pytest.raises(UserError, match=told):
        find_videos("fer2013", tmp_path)


def test_people_are_classes_in_the_order_of_their_names(tmp_path: Path) -> None:
    people(tmp_path, {"n000002": 1, "n000001": 2})
    found = find_videos("faces-by-person", tmp_path)
    assert found.classes == {"identity": ("n000001", "n000002")}
    assert [(one.picture, one.person, one.labels["identity"]) for one in found.pictures] == [
        ("n000001/0000.jpg", "n000001", 0),
        ("n000001/0001.jpg", "n000001", 0),
        ("n000002/0000.jpg", "n000002", 1),
    ]


def test_a_tenth_of_each_persons_pictures_is_kept_apart(tmp_path: Path) -> None:
    people(tmp_path, {"a": 20, "b": 11, "c": 6, "d": 5}, tight_face())
    found = find_videos("faces-by-person", tmp_path)
    apart = [one.person for one in found.pictures if one.split == "val"]
    assert apart == ["a", "a", "b", "c"]
    again = find_videos("faces-by-person", tmp_path)
    assert again.pictures == found.pictures


def test_parts_of_a_set_are_not_taken_for_people(tmp_path: Path) -> None:
    people(tmp_path / "train", {"n000001": 1, "n000002": 1})
    people(tmp_path / "test", {"n000003": 1})
    with pytest.raises(UserError, match=r"holds parts of a set \(test, train\) and not people"):
        find_videos("faces-by-person", tmp_path)
    assert len(find_videos("faces-by-person", tmp_path / "train").pictures) == 2


def test_people_are_read_out_of_an_archive(tmp_path: Path) -> None:
    people_tar(tmp_path / "lfw.tar", {"p": 2, "q": 1}, tight_face())
    found = find_videos("faces-by-person", tmp_path)
    assert [one.picture for one in found.pictures] == ["p/0000.png", "p/0001.png", "q/0000.png"]
    assert (read_picture(found.pictures[2].place)[..., 0] == tight_face()).all()


def test_archive_that_is_compressed_or_cut_off_is_refused(tmp_path: Path) -> None:
    path = people_tar(tmp_path / "a.tar", {"p": 2, "q": 1}, tight_face())
    path.write_bytes(b"\x1f\x8b" + path.read_bytes()[:900])
    with pytest.raises(UserError, match=r"a.tar: is no whole archive"):
        find_videos("faces-by-person", tmp_path)
