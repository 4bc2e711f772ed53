"""The probe of warped lids: what it compares is comparable, and it finds a difference where there is one only."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import astuple, fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")

from benchmarks import lid_probe
from benchmarks.lid_pictures import (
    KINDS,
    MOST_OF_A_SOURCE,
    VIEWS,
    Eye,
    balanced,
    beside_the_eye,
    drawn_move,
    gathered,
    pictures_of_kinds,
)
from benchmarks.lid_probe import (
    folds_of,
    held_out_scores,
    pooled_figure,
    shuffled_within,
    within_figure,
)
from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from edge_app.face.student_crops import cut_eye, eye_crop
from model_compression.augmentation.crop_jitter import CropJitter, jittered
from model_compression.augmentation.lid_warp import LidMove
from model_compression.augmentation.upright_face import UprightFace, upright_face, with_lids
from model_compression.evaluation.eye_truth import read_truth
from model_compression.evaluation.ranking import auc
from model_compression.evaluation.teacher import Teacher, TeacherReading
from model_compression.evaluation.three_state import CLOSED, OPEN
from model_compression.training.tasks.face_samples import FaceAugmentation, FaceSamples
from tests.model_compression.augmentation.drawn_face import drawn_face
from tests.model_compression.evaluation.drawn_sets import tar, video

DRAWN = drawn_face()
RESAMPLING = [
    number
    for number, each in enumerate(fields(LidMove))
    if each.name in ("aperture", "lower_share", "skin_profile", "twin")
]
COLOUR: NDArray[np.uint8] = np.repeat(DRAWN.picture[..., None], 3, axis=2)


class SureTeacher:
    """Finds the drawn face in every picture that is not black."""

    def __init__(self, *_: object) -> None:
        pass

    def crops(self, image: NDArray[np.uint8]) -> list[FaceCrop]:
        return [FaceCrop(112, 112, 200, 0.0)] if image.max() > 0 else []

    def read(self, image: NDArray[np.uint8], crop: FaceCrop) -> TeacherReading:
        return TeacherReading(DRAWN.points, (0.0, 0.0, 0.0), 60.0, 0.0, 0.0, 1.0)


def teacher() -> Teacher:
    return cast(Teacher, SureTeacher())


@pytest.fixture
def face() -> UprightFace:
    return upright_face(DRAWN.picture, DRAWN.points)


def eyes(face: UprightFace, of: dict[str, tuple[int, int]]) -> list[Eye]:
    """Source -> so many shut and open ones."""
    return [
        Eye(source, "left", state, face)
        for source, counts in of.items()
        for state, count in zip((CLOSED, OPEN), counts, strict=True)
        for _ in range(count)
    ]


def labelled_set(root: Path, *, people: int = 3) -> Path:
    """Stills of people with both eyes open, both shut and one shut, and a clip with an open and a shut frame."""
    for folder in ("nir", "webcam", "truth"):
        (root / folder).mkdir()
    names = [f"{person}-{states}.png" for person in range(people) for states in ("OO", "CC", "OC")]
    tar(root / "nir" / "nir.tar", dict.fromkeys(names, COLOUR))
    video(root / "webcam" / "clip.avi", [COLOUR] * 3)
    rows = [f"nir/nir.tar:{name},0,{name[2]},{name[3]}" for name in names]
    rows += ["webcam/clip.avi,0,O,O", "webcam/clip.avi,2,C,C", "webcam/clip.avi,1,P,?"]
    path = root / "truth" / "eyes.csv"
    path.write_text("\n".join(["source,frame,left,right", *rows]) + "\n")
    return path


def noise(count: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    return rng.integers(90, 160, (count, VIEWS, 48, 64)).astype(np.uint8)


def test_fold_never_shares_a_source_with_another_and_folds_are_alike_in_size() -> None:
    sizes = {"a": 40, "b": 17, "c": 12, "d": 12, "e": 9, "f": 6, "g": 4, "h": 2, "i": 2}
    sources = [name for name, size in sizes.items() for _ in range(size)]
    folds = folds_of(sources, 4)
    assert all(len({f for f, s in zip(folds, sources, strict=True) if s == n}) == 1 for n in sizes)
    assert sorted(np.bincount(folds)) == [21, 21, 22, 40]
    assert len(set(folds_of(["a", "b", "a"], 5))) == 2  # no more folds than sources


def test_each_source_gives_as_many_shut_as_open_eyes_and_a_long_one_no_more_than_its_share(
    face: UprightFace,
) -> None:
    of = {"few": (2, 9), "many": (500, 300), "open only": (0, 8), "shut only": (3, 0)}
    chosen = balanced(eyes(face, of))
    half = len(chosen) // 2
    assert {eye.state for eye in chosen[:half]} == {CLOSED}
    assert {eye.state for eye in chosen[half:]} == {OPEN}
    expected = ["few"] * 2 + ["many"] * MOST_OF_A_SOURCE
    assert [eye.source for eye in chosen] == expected * 2


def test_too_few_sources_with_both_are_one_sentence(face: UprightFace) -> None:
    with pytest.raises(UserError, match="two or more"):
        balanced(eyes(face, {"one": (4, 4), "other": (0, 4)}))


def test_labelled_eyes_are_those_of_the_driver_by_clip_and_person(tmp_path: Path) -> None:
    found = gathered(read_truth(labelled_set(tmp_path)), teacher())
    assert {eye.source for eye in found} == {"nir:0", "nir:1", "nir:2", "clip.avi"}
    of_a_person = [(eye.side, eye.state) for eye in found if eye.source == "nir:1"]
    # Left of the picture is the driver's right: the one with a single eye shut has its left eye shut.
    assert Counter(of_a_person) == {
        ("left", OPEN): 1,
        ("right", OPEN): 2,
        ("left", CLOSED): 2,
        ("right", CLOSED): 1,
    }
    of_the_clip = [eye.state for eye in found if eye.source == "clip.avi"]
    assert Counter(of_the_clip) == {OPEN: 2, CLOSED: 2}


def test_frame_without_a_sure_face_is_left_out(tmp_path: Path) -> None:
    path = labelled_set(tmp_path)
    video(tmp_path / "webcam" / "clip.avi", [np.zeros_like(COLOUR)] * 3)
    found = gathered(read_truth(path), teacher())
    assert {eye.source for eye in found} == {"nir:0", "nir:1", "nir:2"}


def test_moves_are_drawn_as_training_draws_them() -> None:
    """The same spread of every value; a twin's gaze and lashes stay, so that resampling is all there is."""
    none = {"shut": 0.0, "partly": 0.0, "narrow": 0.0, "wide": 0.0, "twin": 0.0}
    for kind, twin in (("shut", False), ("twin", True)):
        settings = FaceAugmentation(**{**none, kind: 1.0})
        task = cast(Any, SimpleNamespace(_augmentation=settings))
        rng = np.random.default_rng(1)
        trained = np.array([astuple(FaceSamples._move(task, rng)) for _ in range(1500)])
        mine = np.array([astuple(drawn_move(rng, twin=twin)) for _ in range(1500)])
        compared = RESAMPLING if twin else range(len(fields(LidMove)))
        for percent in (0, 25, 50, 75, 100):
            np.testing.assert_allclose(
                np.percentile(mine[:, compared].astype(float), percent, axis=0),
                np.percentile(trained[:, compared].astype(float), percent, axis=0),
                atol=0.08,
            )


def test_warped_eye_differs_between_the_corners_and_not_beside_them(face: UprightFace) -> None:
    rng = np.random.default_rng(0)
    small = CropJitter(large=0.0)
    for side in ("left", "right"):
        shut = with_lids(face, {side: drawn_move(rng, twin=False)})
        for _ in range(20):
            crop = jittered(eye_crop(face.eye_center(side), face.crop), rng, small)
            as_it_is, warped = (
                cut_eye(of.picture, crop, mirrored=side == "right")[None, None]
                for of in (face, shut)
            )
            assert np.abs(as_it_is.astype(int) - warped).max() > 50
            assert np.array_equal(beside_the_eye(as_it_is), beside_the_eye(warped))


def test_pictures_of_a_row_are_of_one_source_and_only_warped_eyes_lose_their_white(
    face: UprightFace,
) -> None:
    pictures = pictures_of_kinds(balanced(eyes(face, {"a": (2, 2), "b": (3, 3)})))
    assert set(pictures) == set(KINDS)
    white = {kind: (made > 200).mean() for kind, made in pictures.items()}
    assert all(made.shape == (5, VIEWS, 48, 64) for made in pictures.values())
    assert white["warped"] < 0.2 * white["open"]
    assert white["twin"] > 0.5 * white["open"]


def test_probe_finds_a_plain_difference_in_sources_that_it_never_saw() -> None:
    rng = np.random.default_rng(0)
    pictures, positive = noise(80, rng), np.arange(80) % 2 == 1
    pictures[positive, :, 20:24, 16:48] = 20  # a dark line, as of lashes
    folds = np.arange(80) // 40
    scores = held_out_scores(pictures, positive, folds, epochs=4)
    assert (auc(scores, positive) or 0) > 0.95


def test_probe_finds_nothing_in_pictures_of_one_kind() -> None:
    rng = np.random.default_rng(0)
    positive = np.arange(120) % 2 == 1
    scores = held_out_scores(noise(120, rng), positive, np.arange(120) // 60, epochs=3)
    assert (auc(scores, positive) or 0) == pytest.approx(0.5, abs=0.16)  # 3 standard errors


def test_score_that_only_knows_the_source_tells_nothing_within_it() -> None:
    sources = [name for name in "abcdef" for _ in range(10)]
    positive = np.array([row % 10 < (8 if row < 30 else 2) for row in range(60)])
    scores = np.array([float("abcdef".index(name) < 3) for name in sources])
    assert (auc(scores, positive) or 0) > 0.75
    figure = within_figure([(scores, positive)], sources)
    assert (figure.value, figure.sources) == (0.5, 6)
    assert figure.low == figure.high == 0.5


def test_sources_count_by_their_eyes_and_those_of_one_class_not_at_all() -> None:
    sources = ["a"] * 4 + ["b"] * 2 + ["c"] * 3
    positive = np.array([0, 0, 1, 1, 0, 1, 1, 1, 1], dtype=bool)
    scores = np.array([0, 1, 2, 3, 9, 0, 5, 5, 5], dtype=float)
    value = within_figure([(scores, positive)], sources).value
    assert value == pytest.approx((4 * 1.0 + 2 * 0.0) / 6)


def test_runs_with_other_labels_are_averaged() -> None:
    positive = np.arange(4) % 2 == 1
    scores = np.array([0.0, 1.0, 0.0, 1.0])
    runs = [(scores, positive), (scores, ~positive)]
    assert within_figure(runs, ["a", "a", "b", "b"]).value == 0.5
    assert pooled_figure(runs, ["a", "a", "b", "b"]).value == 0.5


def test_shuffling_keeps_the_number_of_each_class_in_every_source() -> None:
    sources = ["a"] * 10 + ["b"] * 30
    labels = np.arange(40) % 2 == 1
    shuffled = shuffled_within(labels, sources, np.random.default_rng(0))
    assert (shuffled[:10].sum(), shuffled[10:].sum()) == (5, 15)
    assert not np.array_equal(shuffled, labels)


def test_run_prints_a_table_and_writes_figures_and_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lid_probe, "Teacher", SureTeacher)
    monkeypatch.setattr(lid_probe, "_EPOCHS", 1)
    path, out, sheets = labelled_set(tmp_path), tmp_path / "out.json", tmp_path / "sheets"
    given = [str(path), "--json", str(out), "--contact-sheet", str(sheets)]
    assert lid_probe.main(given) == 0
    told = capsys.readouterr().out
    assert "0.5: the probe cannot tell" in told and "warped" in told
    written = json.loads(out.read_text())
    assert written["machine"]["date"] and written["machine"]["cores"] >= 1
    figures = {each["name"]: each["auc_within_sources"] for each in written["comparisons"]}
    assert list(figures) == ["warped", "beside", "shuffled", "twin", "states"]
    assert figures["warped"]["sources"] == 4 and figures["warped"]["n"] == 2 * (3 * 3 + 2)
    assert all(math.isfinite(each["value"]) for each in figures.values())
    assert [sheet.name for sheet in sorted(sheets.iterdir())] == [
        "lid-probe-1.png",
        "lid-probe-2.png",
    ]


def test_what_is_missing_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*arguments: str) -> str:
        assert lid_probe.main(arguments) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1
        return said.err

    assert "there is no such csv" in told(str(tmp_path / "none.csv"))
    path = labelled_set(tmp_path)
    monkeypatch.setenv("VIGIL_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    assert "face_landmarker.task" in told(str(path))
    (tmp_path / ".git").mkdir()
    assert "repository" in told(str(path), "--contact-sheet", str(tmp_path / "sheets"))
