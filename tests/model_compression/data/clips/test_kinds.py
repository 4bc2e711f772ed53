"""Readers of the data sets: labels, splits and folds of the layouts as published, and what is told to be missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from edge_app.errors import UserError
from model_compression.data.clips.classes import CLASSES, DROWSINESS, EXPRESSION
from model_compression.data.clips.kinds import KINDS, find_videos
from model_compression.data.clips.kinds.nthu_ddd import BEHAVIOURS, SCENARIOS, SUBJECTS
from model_compression.data.clips.source_video import FoundSet, SourceVideo, check_found
from tests.model_compression.data.clips.miniature_sets import (
    dfew_lists,
    empty_frames,
    write_pictures,
    write_text,
)
from tests.simulator.dataset.sets import labels_of, made, small


def by_name(found: FoundSet) -> dict[str, SourceVideo]:
    return {video.video: video for video in found.videos}


def label(video: SourceVideo) -> str:
    ((task, number),) = video.labels.items()
    return CLASSES[task][number]


def nthu(root: Path, whole: str = "Training_Evaluation_Dataset") -> Path:
    """Every published file, empty but for the labels."""
    training, evaluation = root / whole / "Training Dataset", root / whole / "Evaluation Dataset"
    for subject in SUBJECTS["train"]:
        for scenario in SCENARIOS:
            folder = training / subject / scenario.replace("night_glasses", "nightglasses")
            for behaviour in BEHAVIOURS:
                write_text(folder / f"{behaviour}.avi")
                write_text(folder / f"{subject}_{behaviour}_drowsiness.txt", "0011\n")
                write_text(folder / f"{subject}_{behaviour}_eye.txt", "22")
    for split, videos, labels in (
        ("val", evaluation, evaluation),
        ("test", root / "Testing_Dataset", root / "Testing_Dataset/test_label_txt/wh"),
    ):
        for subject in SUBJECTS[split]:
            for scenario in SCENARIOS:
                own = subject if split == "val" else "."
                name = scenario.replace("night_", "night")
                write_text(videos / own / f"{subject}_{name}_mix.mp4")
                told = scenario.replace("night_glasses", "nightglasses")
                write_text(labels / own / f"{subject}_{told}_mixing_drowsiness.txt", "1" * 5 + "0")
    return root


def test_nthu_ddd_is_read_as_published(tmp_path: Path) -> None:
    found = find_videos("nthu-ddd", nthu(tmp_path))
    videos = by_name(found)
    assert found.missing == ()
    assert len(videos) == 18 * 5 * 4 + 4 * 5 + 14 * 5
    one = videos["005/night_noglasses/slowBlinkWithNodding"]
    assert (one.person, one.split, one.labels) == ("005", "train", {})
    assert one.frame_labels is not None
    assert (one.frame_labels.task, list(one.frame_labels.classes)) == (DROWSINESS, [0, 0, 1, 1])
    assert videos["022/night_noglasses/mix"].split == "val"
    assert videos["037/night_glasses/mix"].split == "test"
    assert list(videos["037/night_glasses/mix"].frame_labels.classes) == [1] * 5 + [0]  # type: ignore[union-attr]


def test_nthu_ddd_is_read_without_the_folder_around_it(tmp_path: Path) -> None:
    found = find_videos("nthu-ddd", nthu(tmp_path, "."))
    assert (len(found.videos), found.missing) == (450, ())


def test_nthu_ddd_names_videos_and_labels_that_are_missing(tmp_path: Path) -> None:
    training = nthu(tmp_path) / "Training_Evaluation_Dataset" / "Training Dataset"
    (training / "001" / "glasses" / "yawning.avi").unlink()
    (training / "002" / "glasses" / "002_yawning_drowsiness.txt").unlink()
    found = find_videos("nthu-ddd", tmp_path)
    assert found.missing == (
        "Training Dataset: video of 001/glasses/yawning",
        "Training Dataset: drowsiness labels of 002/glasses/yawning",
    )
    assert len(found.videos) == 448


def test_nthu_ddd_labels_with_another_digit_are_refused(tmp_path: Path) -> None:
    labels = nthu(tmp_path) / "Training_Evaluation_Dataset/Training Dataset/001/glasses"
    write_text(labels / "001_yawning_drowsiness.txt", "0021")
    with pytest.raises(UserError, match=r"001_yawning_drowsiness.txt: has '2' in it"):
        find_videos("nthu-ddd", tmp_path)


def test_dfew_numbers_become_expressions_and_test_lists_become_folds(tmp_path: Path) -> None:
    dfew_lists(tmp_path, {1: {1: 1, 2: 2}, 2: {3: 3, 4: 4}, 3: {5: 5}, 4: {6: 6}, 5: {7: 7}})
    for number in range(1, 8):
        write_pictures(tmp_path / f"Clip/clip_224x224/{number:05d}", empty_frames(1))
    found = find_videos("dfew", tmp_path)
    assert [label(video) for video in found.videos] == [
        *("happiness", "sadness", "neutral", "anger", "surprise", "disgust", "fear")
    ]
    assert [video.fold for video in found.videos] == [1, 1, 2, 2, 3, 4, 5]
    assert found.missing == ()


@pytest.mark.parametrize(
    "name", ["Clip/part_2/00007.mp4", "Clip/original/part_1/7.avi", "clip_224x224_avi/00007.avi"]
)
def test_dfew_is_read_as_videos_too(tmp_path: Path, name: str) -> None:
    dfew_lists(tmp_path, {fold: {7: 7} if fold == 2 else {} for fold in range(1, 6)})
    path = write_text(tmp_path / name)
    (video,) = find_videos("dfew", tmp_path).videos
    assert (video.path, video.fold, label(video)) == (path, 2, "fear")


def test_dfew_names_lists_and_clips_that_are_missing(tmp_path: Path) -> None:
    dfew_lists(tmp_path, {fold: {fold: 1} for fold in range(1, 6)})
    (tmp_path / "EmoLabel_DataSplit" / "test(single-labeled)" / "set_4.csv").unlink()
    for number in (1, 2, 4, 5):
        write_pictures(tmp_path / f"clip_224x224/{number:05d}", empty_frames(1))
    found = find_videos("dfew", tmp_path)
    assert found.missing == ("EmoLabel_DataSplit/test(single-labeled)/set_4.csv", "clip 00003")
    # Nothing says in which fold it is tested: it is trained on in every one.
    assert by_name(found)["00004"].fold == 0


def test_dfew_clip_in_two_test_lists_is_refused(tmp_path: Path) -> None:
    dfew_lists(tmp_path, {1: {1: 1}, 2: {1: 1}, 3: {}, 4: {}, 5: {}})
    with pytest.raises(UserError, match="clip 1 is tested in fold 1 too"):
        find_videos("dfew", tmp_path)


def test_ferv39k_is_read_by_its_lists(tmp_path: Path) -> None:
    lists = tmp_path / "4_setups" / "All_scenes"
    write_text(lists / "train_All.csv", "Action/Happy/0267 Happy\nSpeech/Angry/0003 Angry\n")
    write_text(lists / "test_All.csv", "clip label\nWar/Fear/0011 Fear\n")
    clips = tmp_path / "2_ClipsforFaceCrop"
    write_pictures(clips / "Action/Happy/0267", empty_frames(1))
    write_text(clips / "War/Fear/0011.mp4")
    found = find_videos("ferv39k", tmp_path)
    assert [(v.video, v.split, label(v)) for v in found.videos] == [
        ("Action/Happy/0267", "train", "happiness"),
        ("War/Fear/0011", "test", "fear"),
    ]
    assert found.missing == ("2_ClipsforFaceCrop/Speech/Angry/0003",)


def test_ferv39k_clip_of_both_splits_is_refused(tmp_path: Path) -> None:
    for split in ("train", "test"):
        write_text(tmp_path / f"4_setups/All_scenes/{split}_All.csv", "War/Fear/0011 Fear\n")
    write_text(tmp_path / "2_ClipsforFaceCrop/War/Fear/0011.mp4")
    with pytest.raises(UserError, match="0011 is in train too"):
        find_videos("ferv39k", tmp_path)


EMOTIONS = ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")


def test_afew_is_read_by_its_folders(tmp_path: Path) -> None:
    for split in ("Train", "Val"):
        for number, emotion in enumerate(EMOTIONS):
            write_text(tmp_path / f"{split}_AFEW" / emotion / f"00{number}.avi")
        write_pictures(
            tmp_path / f"{split}_AFEW/AlignedFaces_LBPTOP_Points/Faces/000", empty_frames(1)
        )
    found = find_videos("afew", tmp_path)
    assert found.missing == ()
    assert [(v.split, label(v)) for v in found.videos[6:8]] == [
        ("train", "surprise"),
        ("val", "anger"),
    ]
    assert all(video.path.suffix == ".avi" for video in found.videos)


def test_afew_is_read_as_aligned_faces_where_there_are_no_videos(tmp_path: Path) -> None:
    for split, folder in (
        ("Train_AFEW", "AlignedFaces_LBPTOP_Points/Faces"),
        ("Val_AFEW", "AlignedFaces_LBPTOP_Points_Val"),
    ):
        for emotion in EMOTIONS:
            write_pictures(tmp_path / split / folder / emotion / "001", empty_frames(1))
            shutil.move(
                tmp_path / split / folder / emotion / "001",
                tmp_path / split / folder / emotion / emotion,
            )
    found = find_videos("afew", tmp_path)
    assert found.missing == ()
    assert {label(v) for v in found.videos if v.split == "val"} == set(CLASSES[EXPRESSION])


def test_afew_without_a_folder_of_an_emotion_says_so(tmp_path: Path) -> None:
    for split in ("Train_AFEW", "Val_AFEW"):
        for emotion in EMOTIONS[1:]:
            write_text(tmp_path / split / emotion / f"{emotion}.avi")
    found = find_videos("afew", tmp_path)
    assert found.missing == ("clips of anger in Train_AFEW", "clips of anger in Val_AFEW")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("sets") / "simulated", small(tasks=["drowsiness"]))


def test_simulated_set_is_read_with_its_labels(simulated: Path) -> None:
    found = find_videos("simulated", simulated)
    told = {
        row["clip"]: (row["split"], row["label"], row["person"]) for row in labels_of(simulated)
    }
    assert {v.video: (v.split, label(v), v.person) for v in found.videos} == told
    assert all(video.path.is_file() and video.frame_rate_hz == 4.0 for video in found.videos)
    assert any("share people" in note for note in found.notes)


def test_simulated_set_that_is_not_complete_is_refused(simulated: Path, tmp_path: Path) -> None:
    root = shutil.copytree(simulated, tmp_path / "set")
    values = yaml.safe_load((root / "dataset.yaml").read_text())
    write_text(root / "dataset.yaml", yaml.safe_dump({**values, "complete": False}))
    with pytest.raises(UserError, match="is not complete"):
        find_videos("simulated", root)


def test_simulated_set_with_other_class_numbers_is_refused(simulated: Path, tmp_path: Path) -> None:
    root = shutil.copytree(simulated, tmp_path / "set")
    values = yaml.safe_load((root / "dataset.yaml").read_text())
    values["tasks"]["drowsiness"]["classes"].reverse()
    write_text(root / "dataset.yaml", yaml.safe_dump(values))
    with pytest.raises(UserError, match=r"numbers the classes of drowsiness otherwise"):
        find_videos("simulated", root)


@pytest.mark.parametrize("kind", KINDS)
def test_empty_folder_gets_one_sentence_that_names_what_belongs_there(
    kind: str, tmp_path: Path
) -> None:
    found = find_videos(kind, tmp_path)
    with pytest.raises(UserError) as told:
        check_found(found, tmp_path, kind, allow_missing=True)
    assert found.missing[0] in str(told.value)
    assert f"{len(found.missing)} of what belongs to {kind}" in str(told.value)
    assert "\n" not in str(told.value)


def test_unknown_kind_says_which_are_known(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"kinetics: .* known are nthu-ddd, mix-bac"):
        find_videos("kinetics", tmp_path)
