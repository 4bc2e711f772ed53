"""Figures of clip networks against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from model_compression.evaluation.clips.answers import ClipAnswers
from model_compression.evaluation.clips.calibration_error import (
    calibration_error,
    equal_mass_bins,
    equal_width_bins,
)
from model_compression.evaluation.clips.figures import (
    METRICS,
    confusion_of,
    figure_over_seeds,
    figures_of,
    figures_of_folds,
    person_spread,
)
from tests.model_compression.evaluation.clips.made_answers import (
    answers_saying,
    logit,
    with_logits,
)


def value(answers: ClipAnswers, name: str) -> float | None:
    return METRICS[name](answers)(np.ones(len(answers)))


# none: 3 of 4 right; moderate: 1 of 2; strong: 0 of 1 (taken for moderate).
TRUTH, SAID = [0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 0, 1]


def test_accuracy_and_mean_recall_of_three_classes() -> None:
    answers = answers_saying(TRUTH, SAID)
    assert value(answers, "accuracy") == pytest.approx(4 / 7)
    assert value(answers, "uar") == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)


def test_macro_f1_counts_a_class_never_told_as_zero() -> None:
    # F1 = 2 hits / (true + said): none 6/8, moderate 2/5, strong 0/1.
    assert value(answers_saying(TRUTH, SAID), "macro_f1") == pytest.approx((6 / 8 + 2 / 5) / 3)


def test_f1_of_two_classes_is_that_of_the_second() -> None:
    answers = answers_saying([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], classes=("alert", "drowsy"))
    assert value(answers, "f1") == pytest.approx(2 * 2 / (2 + 3))


def test_auroc_of_one_logit_counts_the_pairs_in_order() -> None:
    answers = with_logits([[0.1], [0.4], [0.35], [0.8]], [0, 0, 1, 1])
    assert value(answers, "auroc") == pytest.approx(3 / 4)


def test_auroc_of_three_classes_is_the_mean_of_each_against_the_others() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.5, 0.3, 0.2], [0.1, 0.25, 0.65]])
    answers = with_logits(
        np.log(probabilities), [0, 1, 1, 2], classes=("none", "moderate", "strong")
    )
    # none: 3 of 3 pairs; moderate (0.4, 0.3 against 0.2, 0.25): 4 of 4; strong: 3 of 3.
    assert value(answers, "auroc") == pytest.approx(1.0)
    swapped = with_logits(np.log(probabilities), [0, 1, 2, 1], classes=answers.classes)
    # none: 3 of 3; moderate (0.4, 0.25 against 0.2, 0.3): 3 of 4; strong (0.2 against 0.1, 0.3, 0.65): 1 of 3.
    assert value(swapped, "auroc") == pytest.approx((1 + 3 / 4 + 1 / 3) / 3)


def test_confusion_has_truth_in_rows() -> None:
    counts = confusion_of(answers_saying(TRUTH, SAID)).counts[:, :3]
    assert counts.tolist() == [[3, 1, 0], [1, 1, 0], [0, 1, 0]]


def test_calibration_error_by_hand() -> None:
    # Bin (9/15, 10/15]: 0.62 and 0.64, one right; bin (14/15, 1]: 0.96 and 1.0, both right.
    confidence = np.array([0.62, 0.64, 0.96, 1.0])
    right = np.array([True, False, True, True])
    bins = equal_width_bins(confidence)
    assert bins.tolist() == [9, 9, 14, 14]
    expected = 2 / 4 * abs(0.5 - 0.63) + 2 / 4 * abs(1.0 - 0.98)
    assert calibration_error(confidence, right, bins) == pytest.approx(expected)


def test_calibration_error_of_answers_takes_the_confidence_in_what_was_said() -> None:
    answers = with_logits([[logit(0.1)], [logit(0.1)], [logit(0.9)], [logit(0.9)]], [0, 0, 1, 0])
    assert value(answers, "ece") == pytest.approx(abs(3 / 4 - 0.9))


def test_clip_drawn_twice_counts_twice_in_the_calibration_error() -> None:
    confidence, right = np.array([0.7, 0.9]), np.array([True, False])
    bins = equal_width_bins(confidence)
    drawn = calibration_error(confidence, right, bins, np.array([2.0, 1.0]))
    assert drawn == pytest.approx((2 * 0.3 + 0.9) / 3)


def test_adaptive_bins_hold_as_many_each_and_part_no_equals() -> None:
    crowded = np.linspace(0.9, 0.99, 30)
    assert len(set(equal_width_bins(crowded).tolist())) <= 3
    assert np.bincount(equal_mass_bins(crowded)).tolist() == [2] * 15
    assert len(set(equal_mass_bins(np.full(30, 0.8)).tolist())) == 1


def test_interval_widens_when_clips_of_one_person_agree() -> None:
    persons = [f"p{row // 10}" for row in range(200)]
    truth = [row % 2 for row in range(200)]
    random = np.random.default_rng(3)
    scattered = random.permutation([True] * 150 + [False] * 50)
    in_people = np.array([row // 10 < 15 for row in range(200)])

    def width(right: np.ndarray, name: str) -> float:
        said = [own if hit else 1 - own for own, hit in zip(truth, right, strict=True)]
        answers = answers_saying(truth, said, classes=("alert", "drowsy"), persons=persons)
        figure = figure_over_seeds([answers], name)
        assert figure.value == pytest.approx(0.75, abs=0.03) and figure.people == 20
        assert figure.low is not None and figure.high is not None
        return figure.high - figure.low

    for name in ("accuracy", "uar"):
        assert width(in_people, name) > 1.7 * width(scattered, name)


def test_unknown_people_leave_the_videos_to_draw() -> None:
    videos = [f"v{row // 2}" for row in range(20)]
    answers = answers_saying(
        [0, 1] * 10, [0, 1] * 9 + [1, 1], classes=("a", "b"), persons=[""] * 20, videos=videos
    )
    accuracy = figures_of(answers)["accuracy"]
    assert accuracy.people is None and accuracy.sources == 10
    assert "10 videos" in accuracy.interval


def test_pooled_folds_differ_from_their_mean() -> None:
    # Fold 1: one of one right; fold 2: none of three.
    folds = [answers_saying([0], [0]), answers_saying([0, 1, 1], [1, 0, 2])]
    figures = figures_of_folds(folds)
    assert figures["accuracy"].value == pytest.approx(1 / 4)
    assert figures["accuracy_mean_of_folds"].value == pytest.approx(1 / 2)
    assert figures["uar"].value == pytest.approx((1 / 2 + 0) / 2)
    assert figures["uar_mean_of_folds"].value == pytest.approx((1 + 0) / 2)


def test_seeds_are_averaged_over_the_same_clips() -> None:
    people = [f"p{row}" for row in range(8)]
    truth = [0, 1] * 4
    right = answers_saying(truth, truth, classes=("a", "b"), persons=people)
    wrong = answers_saying(truth, [1] * 8, classes=("a", "b"), persons=people)
    figure = figure_over_seeds([right, wrong], "accuracy")
    assert figure.value == pytest.approx((1 + 1 / 2) / 2)
    assert (figure.n, figure.people) == (8, 8)


def test_spread_over_people_is_of_their_own_accuracies() -> None:
    persons = ["a"] * 2 + ["b"] * 2 + ["c"] * 4
    answers = answers_saying([0] * 8, [1, 1, 0, 1, 0, 0, 0, 0], persons=persons)  # 0, 1/2, 1
    spread = person_spread(answers)
    assert spread["person_accuracy_worst"].value == 0.0
    assert spread["person_accuracy_median"].value == pytest.approx(0.5)
    assert spread["person_accuracy_q75"].value == pytest.approx(0.75)


def test_no_spread_over_people_whom_nobody_names() -> None:
    spread = person_spread(answers_saying([0, 1], [0, 1], persons=["", "b"]))
    assert all(figure.value is None for figure in spread.values())


def test_figures_of_three_classes_lack_the_f1_of_one() -> None:
    figures = figures_of(answers_saying(TRUTH, SAID))
    assert {"uar", "macro_f1", "auroc", "ece", "recall_strong"} <= set(figures)
    assert "f1" not in figures
