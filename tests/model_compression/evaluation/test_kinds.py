"""Each kind of set in miniature, read by a perception whose answers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from model_compression.evaluation.bench import Choice
from model_compression.evaluation.contestant import BUNDLE, RIVAL
from model_compression.evaluation.kinds import KINDS, measure_of
from model_compression.evaluation.share_interval import wilson
from tests.model_compression.evaluation.drawn_sets import (
    FACELESS_UNDER,
    BrightEye,
    BrightnessReader,
    bench,
    face,
    nobody,
    tar,
    video,
)


def emotions(path: Path, count: int = 40) -> Path:
    """Three classes, the brighter the later; every tenth picture is labelled wrongly."""
    labels = np.arange(count) % 3
    images = np.stack([np.full((48, 48), 90 + 45 * label, np.uint8) for label in labels])
    labels[::10] = (labels[::10] + 1) % 3
    np.savez(path, images=images, labels=labels, classes=np.array(["angry", "happy", "sad"]))
    return path


def test_every_kind_has_a_file_that_measures() -> None:
    for kind in KINDS:
        assert callable(measure_of(kind))


def test_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"no such kind.*fer2013"):
        measure_of("selfies")


def test_expression_is_judged_by_name_whatever_the_order_and_the_spelling(tmp_path: Path) -> None:
    path = emotions(tmp_path / "set.npz")
    reader = BrightnessReader(expression_labels=("anger", "happiness", "sadness"))
    measured = measure_of("fer2013")(path, bench(reader, BrightnessReader()))
    figures = measured.figures[BUNDLE]
    assert figures["accuracy"].value == pytest.approx(0.9)
    assert figures["accuracy"].n == 40
    assert measured.figures[RIVAL]["accuracy"].value is None
    assert sum(measured.confusions[BUNDLE].as_json()["angry"].values()) > 0


def test_picture_without_a_face_counts_in_the_accuracy(tmp_path: Path) -> None:
    dark = np.full((10, 48, 48), 10, np.uint8)
    np.savez(tmp_path / "set.npz", images=dark, labels=np.zeros(10, int), classes=["angry", "sad"])
    reader = BrightnessReader(expression_labels=("sad", "angry"))
    figures = measure_of("fer2013")(tmp_path / "set.npz", bench(reader)).figures[BUNDLE]
    assert figures["face_found"].value == 0.0
    assert figures["accuracy"].n == 10 and figures["accuracy"].value == 0.0


def test_bundle_with_other_classes_than_the_set_is_refused(tmp_path: Path) -> None:
    path = emotions(tmp_path / "set.npz")
    with pytest.raises(UserError, match="knows 1 of the set's 3 classes"):
        measure_of("fer2013")(path, bench(BrightnessReader(expression_labels=("angry", "bored"))))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a zip", "not a whole npz"),
        (None, "no such npz"),
    ],
)
def test_broken_npz_is_one_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "set.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=words):
        measure_of("fer2013")(path, bench(BrightnessReader()))


def test_truncated_npz_and_missing_array_are_one_sentence(tmp_path: Path) -> None:
    whole = emotions(tmp_path / "set.npz")
    whole.write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(UserError, match="not a whole npz"):
        measure_of("fer2013")(whole, bench(BrightnessReader()))
    np.savez(tmp_path / "other.npz", images=np.zeros((1, 48, 48), np.uint8))
    with pytest.raises(UserError, match="needs images, labels and classes"):
        measure_of("fer2013")(tmp_path / "other.npz", bench(BrightnessReader()))


def yawns(path: Path) -> Path:
    """Of the six yawns one looks like a closed mouth; one face is not to be seen."""
    wide = {f"yawn/{i}.png": face(1.0, smile=0.9 - 0.1 * i) for i in range(5)}
    shut = {f"no_yawn/{i}.png": face(1.0, smile=0.1 + 0.02 * i) for i in range(5)}
    rest = {"yawn/9.png": face(1.0, smile=0.0), "no_yawn/9.png": nobody()}
    return tar(path, {**wide, **shut, **rest})


def test_frames_tell_who_was_found_and_how_well_the_mouth_separates(tmp_path: Path) -> None:
    measured = measure_of("frames")(yawns(tmp_path / "frames.tar"), bench(BrightnessReader()))
    figures = measured.figures[BUNDLE]
    assert figures["face_found"].value == pytest.approx(11 / 12)
    assert figures["auc"].value == pytest.approx(25 / 30)  # one yawn of six below all five others
    assert measured.people is None


def test_positive_class_can_be_named_and_must_exist(tmp_path: Path) -> None:
    path = yawns(tmp_path / "frames.tar")
    swapped = measure_of("frames")(
        path, bench(BrightnessReader(), choice=Choice(positive="no_yawn"))
    )
    assert swapped.figures[BUNDLE]["auc"].value == pytest.approx(5 / 30)
    with pytest.raises(UserError, match="no class folder smile"):
        measure_of("frames")(path, bench(BrightnessReader(), choice=Choice(positive="smile")))


def test_frames_of_one_class_have_no_auc(tmp_path: Path) -> None:
    path = tar(tmp_path / "frames.tar", {f"cabin/{i}.png": face(0.5) for i in range(3)})
    figures = measure_of("frames")(path, bench(BrightnessReader())).figures[BUNDLE]
    assert figures["face_found"].value == 1.0 and figures["auc"].value is None


def test_infrared_people_are_told_apart_and_can_be_chosen(tmp_path: Path) -> None:
    pictures = {f"{p}-{i}-calm.png": face(0.8) for p in (4, 11, 12) for i in range(3)}
    pictures["11-9-calm.png"] = nobody()
    path = tar(tmp_path / "nir.tar", pictures)
    measured = measure_of("nir")(path, bench(BrightnessReader()))
    assert measured.people == 3 and measured.n == 10
    assert list(measured.groups["person"]) == ["4", "11", "12"]
    assert measured.groups["person"]["11"][BUNDLE]["face_found"].value == pytest.approx(0.75)
    one = measure_of("nir")(path, bench(BrightnessReader(), choice=Choice(people=("12",))))
    assert one.n == 3
    held_out = measure_of("nir")(path, bench(BrightnessReader(), choice=Choice(held_out=True)))
    assert held_out.n == 7  # 11 and 12, by the project's list


def test_infrared_without_the_people_asked_for_is_refused(tmp_path: Path) -> None:
    path = tar(tmp_path / "nir.tar", {"1-0-calm.png": face(0.8)})
    with pytest.raises(UserError, match="no picture of the people"):
        measure_of("nir")(path, bench(BrightnessReader(), choice=Choice(people=("2",))))


def test_without_a_teacher_points_are_not_applicable_and_faces_are_counted(tmp_path: Path) -> None:
    path = tar(tmp_path / "nir.tar", {"1-0-calm.png": face(0.8)})
    figures = measure_of("nir")(path, bench(BrightnessReader())).figures[BUNDLE]
    assert figures["landmark_error"].value is None
    assert "MediaPipe" in figures["landmark_error"].interval


def test_clips_are_followed_frame_by_frame(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    video(folder / "one.avi", [face(0.8)] * 12)
    video(folder / "two.avi", [face(0.8)] * 6 + [nobody()] * 6)
    measured = measure_of("clips")(folder, bench(BrightnessReader()))
    assert measured.figures[BUNDLE]["face_found"].value == pytest.approx(18 / 24)
    found = measured.figures[BUNDLE]["face_found"]
    assert (found.n, found.people, found.interval) == (24, 2, "none: 2 clips, fewer than 5")
    clips = measured.groups["clip"]
    assert clips["two.avi"][BUNDLE]["face_found"].value == pytest.approx(0.5)
    some = measure_of("clips")(folder, bench(BrightnessReader(), choice=Choice(clips=("one",))))
    assert some.n == 12
    few = measure_of("clips")(folder, bench(BrightnessReader(), choice=Choice(limit=5)))
    assert few.n == 10
    with pytest.raises(UserError, match="no clip has three"):
        measure_of("clips")(folder, bench(BrightnessReader(), choice=Choice(clips=("three",))))


def test_cut_off_clip_is_refused(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    noise = [random.integers(0, 255, (96, 96, 3), np.uint8) for _ in range(30)]
    path = video(tmp_path / "clip.avi", noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UserError, match=r"clip\.avi"):
        measure_of("clips")(path, bench(BrightnessReader()))


def test_false_faces_are_counted_before_and_after_the_tracker(tmp_path: Path) -> None:
    class Hasty(BrightnessReader):
        def detect(self, image):  # type: ignore[no-untyped-def]
            return super().detect(face(0.5))  # a face everywhere; `observe` knows better

    path = tar(tmp_path / "set.tar", {"a.png": nobody(), "b.png": nobody(), "c.png": face(0.5)})
    figures = measure_of("negatives")(path, bench(Hasty())).figures[BUNDLE]
    assert figures["false_faces_detector"].value == 1.0
    assert figures["false_faces"].value == pytest.approx(1 / 3)


def test_pictures_without_a_face_that_are_almost_the_same_are_one_source(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rooms = [random.integers(0, FACELESS_UNDER // 2, (96, 96, 3), np.uint8) for _ in range(6)]
    shots = {
        f"{i}-{shot}.png": np.clip(room.astype(int) + shot, 0, 255).astype(np.uint8)
        for i, room in enumerate(rooms)
        for shot in range(5)
    }
    measured = measure_of("negatives")(tar(tmp_path / "set.tar", shots), bench(BrightnessReader()))
    figure = measured.figures[BUNDLE]["false_faces"]
    assert (figure.value, figure.n, figure.sources) == (0.0, 30, 6)
    assert figure.high == pytest.approx(wilson(0.0, 6)[1])


def test_lone_eyes_need_a_perception_that_reads_them(tmp_path: Path) -> None:
    closed = {f"closed/{i}.png": face(0.1 * i)[40:60, 60:70] for i in range(5)}
    opened = {f"open/{i}.png": face(0.4 + 0.1 * i)[40:60, 60:70] for i in range(5)}
    path = tar(tmp_path / "eyes.tar", {**closed, **opened})
    measured = measure_of("eyes")(
        path, bench(BrightnessReader(), BrightnessReader(), lone_eye=BrightEye())
    )
    figures = measured.figures[BUNDLE]
    assert figures["auc"].value == pytest.approx(24.5 / 25)  # both classes have a 0.4
    assert figures["accuracy"].value == pytest.approx(0.9)
    assert measured.figures[RIVAL]["auc"].value is None
    with pytest.raises(UserError, match="closed and open"):
        measure_of("eyes")(tar(tmp_path / "half.tar", closed), bench(BrightnessReader()))
