"""Scores of several networks together, their pictures, and what of them reaches a reader."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from model_compression.evaluation.clips.console_tables import figure_name
from model_compression.evaluation.clips.figures import figures_of, figures_over_seeds
from model_compression.evaluation.clips.pictures import (
    confusion_picture,
    reliability_picture,
    write_pictures,
)
from model_compression.evaluation.clips.scores import scores_of, scores_of_videos
from tests.model_compression.evaluation.clips.made_answers import (
    answers_saying,
    logit,
    with_logits,
)

PEOPLE = [f"p{row}" for row in range(8)]
TRUTH = [0, 0, 1, 1, 2, 2, 2, 2]


def test_figures_over_seeds_are_the_means_of_each_network_own() -> None:
    seeds = [
        answers_saying(TRUTH, said, persons=PEOPLE)
        for said in ([0, 1, 1, 1, 2, 2, 0, 2], [0, 0, 1, 2, 2, 1, 0, 2])
    ]
    together, each = figures_over_seeds(seeds), [figures_of(seed) for seed in seeds]
    assert set(together) == set(each[0])
    for name in ("accuracy", "uar", "macro_f1", "ece", "recall_moderate", "recall_strong"):
        values = [own[name].value for own in each]
        assert together[name].value == pytest.approx(np.mean(values)), name  # type: ignore[arg-type]
        assert together[name].n == each[0][name].n, name
    # One person each, so a person's accuracy is the share of seeds that are right about him.
    assert together["person_accuracy_worst"].value == 0.0
    assert together["person_accuracy_median"].value == pytest.approx((1 / 2 + 1) / 2)


def test_guessing_says_the_most_frequent_class_or_draws_one_of_those_there() -> None:
    scores = scores_of([[answers_saying([0, 2, 2], [0, 0, 0])]])
    assert (scores.guessing.most_frequent, scores.guessing.accuracy) == (
        "strong",
        pytest.approx(2 / 3),
    )
    assert scores.guessing.uar == pytest.approx(1 / 2)
    assert scores.absent == ("moderate",)


@pytest.mark.parametrize(("right", "beats"), [(30, True), (16, False)])
def test_interval_that_reaches_down_to_chance_does_not_beat_guessing(
    right: int, beats: bool
) -> None:
    truth = [row % 2 for row in range(32)]
    said = [own if row < right else 1 - own for row, own in enumerate(truth)]
    people = [f"p{row // 2}" for row in range(32)]
    answers = answers_saying(truth, said, classes=("alert", "drowsy"), persons=people)
    assert scores_of([[answers]]).beats_guessing == beats


def test_videos_of_mixed_classes_are_left_to_their_clips() -> None:
    videos = ["a", "a", "b"]
    alike = answers_saying([0, 0, 1], [0, 1, 1], persons=videos, videos=videos)
    scores = scores_of_videos([[alike]], "majority")
    assert scores is not None and scores.n == 2
    mixed = answers_saying([0, 1, 1], [0, 1, 1], persons=videos, videos=videos)
    assert scores_of_videos([[mixed]], "majority") is None
    assert scores_of_videos([[answers_saying([0, 1], [0, 1])]], "majority") is None


def test_reliability_is_told_of_the_bins_that_hold_clips() -> None:
    answers = with_logits([[logit(0.62)], [logit(0.65)], [logit(0.97)]], [1, 0, 1])
    low, high = scores_of([[answers]]).reliability
    assert (low.number, low.count, high.number, high.count) == (9, 2, 14, 1)
    assert (low.accuracy, low.confidence) == (pytest.approx(0.5), pytest.approx(0.635))


def test_confusion_is_shaded_by_the_share_of_the_true_class() -> None:
    answers = answers_saying([0] * 9 + [1], [0] * 9 + [0], classes=("alert", "drowsy"))
    picture = confusion_picture(scores_of([[answers]]).confusion, "")
    blue, white = ((picture == shade).all(axis=2) for shade in ((178, 114, 0), (255, 255, 255)))
    cell = 104 * 104
    assert 1.7 * cell < blue.sum() < 2 * cell, (
        "all of either class in one cell, and none in another"
    )
    assert white.sum() > 1.7 * cell


def test_bar_of_a_sure_and_wrong_network_stays_low() -> None:
    def blue(said: list[int]) -> int:
        answers = answers_saying([0] * 10, said, classes=("alert", "drowsy"))
        picture = reliability_picture(scores_of([[answers]]), "")
        return int((picture == (178, 114, 0)).all(axis=2).sum())

    assert blue([1] * 10) < blue([0] * 10) / 10


def test_pictures_are_files_that_can_be_read(tmp_path: Path) -> None:
    scores = scores_of([[answers_saying(TRUTH, TRUTH)]])
    for path in write_pictures(scores, "of something", tmp_path / "new" / "folder"):
        picture = cv2.imread(str(path))
        assert picture is not None and picture.std() > 10
    assert not list(tmp_path.rglob("*.part"))


def test_figures_have_names_of_the_field() -> None:
    classes = ("alert", "drowsy")
    names = [figure_name(name, classes) for name in ("accuracy", "f1", "recall_alert")]
    assert names == ["accuracy (WAR)", "F1 of drowsy", "recall of alert"]
