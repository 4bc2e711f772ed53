"""Thresholds of alerts: of the calibration that is read with, and of a fold without anything of that fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.probability.cross_fit import Calibration, CrossFit, cross_fit
from model_compression.evaluation.figure import PEOPLE
from model_compression.tuning.head_answers import HeadAnswers
from model_compression.tuning.head_calibration import FOLDS, ClassAlert, class_alerts
from tests.calibration.test_probability_temperature import calibrated

RATE = 0.1


@pytest.fixture(scope="module")
def answers() -> HeadAnswers:
    logits, truth = calibrated(900, 2, 11)
    people = tuple(f"p{number % 90}" for number in range(900))
    return HeadAnswers("made", "0" * 64, 2 * logits, truth, people, PEOPLE)


@pytest.fixture(scope="module")
def fitted(answers: HeadAnswers) -> CrossFit:
    rng = np.random.default_rng(1)
    return cross_fit("isotonic", answers.logits, answers.truth, answers.people, rng, folds=FOLDS)


def drowsy(found: CrossFit, answers: HeadAnswers) -> ClassAlert:
    return tuple(class_alerts(found, answers, ("alert", "drowsy"), RATE))[1]


def test_threshold_keeps_its_rate_when_read_with_the_calibration_that_is_written(
    answers: HeadAnswers, fitted: CrossFit
) -> None:
    choice = drowsy(fitted, answers).choice
    assert choice.threshold is not None
    told = fitted.whole.probabilities(answers.logits)[answers.truth == 0, 1]
    assert int((told >= choice.threshold).sum()) == choice.false_alerts > 0


def test_calibrations_that_keep_the_order_change_nobodys_alert(
    answers: HeadAnswers, fitted: CrossFit
) -> None:
    def read_with(*temperatures: float) -> ClassAlert:
        of_folds = tuple(Calibration(each) for each in temperatures)
        after = np.empty_like(fitted.after)
        for fold, each in enumerate(of_folds):
            own = fitted.folds == fold
            after[own] = each.probabilities(answers.logits[own])
        found = replace(fitted, after=after, whole=Calibration(), of_folds=of_folds)
        return drowsy(found, answers)

    alike, apart = read_with(1, 1, 1, 1, 1), read_with(0.5, 1, 2, 4, 8)
    assert alike.kept_rate.value is not None and 0 < alike.kept_rate.value < 2 * RATE
    assert apart == alike
