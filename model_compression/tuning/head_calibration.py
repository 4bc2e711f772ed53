"""A head's calibration, cross-fitted by person: the figures before and after, what may be promised, and its section."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from calibration.probability.cross_fit import Calibration, CrossFit, Method, cross_fit
from calibration.probability.scores import (
    BINS,
    brier_score,
    calibration_error,
    equal_mass_bins,
    equal_width_bins,
    error_by_chance,
    log_loss,
)
from calibration.probability.softmax import Floats
from calibration.probability.thresholds import ThresholdChoice, choose_threshold
from edge_app.bundle.head_calibration import HeadCalibration
from edge_app.bundle.manifest import BundleManifest
from edge_app.errors import UserError
from model_compression.evaluation.figure import Figure, Weights, clustered, share
from model_compression.tuning.head_answers import HeadAnswers, classes_of

FOLDS = 5
SEED = 1
_FEWEST_PEOPLE = 20  # of fewer, a fold's figure says who happened to be in it
_FEWEST_ANSWERS = 200
_KEPT_DIGITS = 4  # of a temperature, which differs by more than that from sample to sample

Weighted = Callable[[Weights], float | None]


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """One figure. `difference`: after less before, on the same draws of people."""

    name: str
    plain: Figure  # of logits as they are
    before: Figure
    after: Figure
    difference: Figure


@dataclass(frozen=True, slots=True)
class ClassAlert:
    """The threshold of one class, and what it does on people it was not chosen on."""

    name: str
    choice: ThresholdChoice
    kept_rate: Figure  # of false alerts of folds, each under a threshold of all other folds


@dataclass(frozen=True, slots=True)
class Measured:
    """All that is known of one head's calibration. Figures are of folds."""

    head: str
    method: Method
    answers: HeadAnswers
    classes: tuple[str, ...]
    now: Calibration
    fit: CrossFit
    figures: tuple[BeforeAfter, ...]
    alerts: tuple[ClassAlert, ...]
    ece_by_chance: float  # of as many answers whose confidence is exactly right

    @property
    def calibration(self) -> Calibration:
        """As it will be written."""
        return self.fit.whole

    @property
    def readings(self) -> dict[str, Floats]:
        """(N, K) probabilities by when; `plain` where the bundle calibrates the head already."""
        told = {"before": self.fit.before, "after": self.fit.after}
        if self.now == Calibration():
            return told
        return {"plain": Calibration().probabilities(self.answers.logits), **told}

    @property
    def people(self) -> int | None:
        count = len(set(self.answers.people))
        return count if self.answers.counted.are_people else None

    @property
    def improves(self) -> bool:
        """Surely: by a proper score on people it was not fitted on, with all of its interval."""
        brier = next(each for each in self.figures if each.name == "brier_score")
        return brier.difference.high is not None and brier.difference.high < 0

    def as_json(self) -> dict[str, Any]:
        return {
            "head": self.head,
            "method": self.method,
            "set": self.answers.told,
            "sha256": self.answers.sha256,
            "n": len(self.answers),
            "counted": self.answers.counted.counted(len(set(self.answers.people))),
            "temperature_before": self.now.temperature,
            "temperature": self.calibration.temperature,
            "temperature_of_folds": [each.temperature for each in self.fit.of_folds],
            "ece_by_chance": self.ece_by_chance,
            "figures": {each.name: asdict(each) for each in self.figures},
            "alerts": {each.name: asdict(each) for each in self.alerts},
            "notes": list(self.answers.notes),
        }


def check_enough(answers: HeadAnswers) -> None:
    """Raises `UserError` where nothing can be said of people who are not in it."""
    people = len(set(answers.people))
    if len(answers) < _FEWEST_ANSWERS or people < _FEWEST_PEOPLE:
        raise UserError(
            f"{answers.told}: {len(answers)} answers of {answers.counted.counted(people)} are too few to calibrate on;"
            f" give at least {_FEWEST_ANSWERS} of {_FEWEST_PEOPLE}"
        )
    if len(np.unique(answers.truth)) < 2:
        raise UserError(
            f"{answers.told}: only one class is true in it; give a set with all classes"
        )


def now_of(manifest: BundleManifest, head: str) -> Calibration:
    """How the bundle reads this head."""
    known = manifest.heads[head].calibration
    return Calibration(
        getattr(manifest.temperatures, head), None if known is None else known.curve()
    )


def measured(
    manifest: BundleManifest,
    head: str,
    answers: HeadAnswers,
    method: Method,
    *,
    false_alert_rate: float,
    progress: Callable[[str], None] = lambda what: None,
) -> Measured:
    """Raises `UserError` where the answers are too few, or cannot be calibrated on with this method."""
    check_enough(answers)
    classes = classes_of(manifest, head)
    now = now_of(manifest, head)
    try:
        found = cross_fit(
            method,
            answers.logits,
            answers.truth,
            answers.people,
            np.random.default_rng(SEED),
            now=now,
            folds=FOLDS,
        )
    except ValueError as error:
        raise UserError(f"{answers.told}: cannot be calibrated on ({error})") from error
    if found.whole.at_limit:
        raise UserError(
            f"{answers.told}: asks for a temperature beyond {found.whole.temperature:g}, as where every answer is right"
            " or none says anything; give a larger set"
        )
    progress("intervals")
    figures = tuple(_figures(found, now, answers))
    progress("thresholds")
    alerts = tuple(class_alerts(found, answers, classes, false_alert_rate))
    confidence, _ = confidence_of(found.after, answers)
    by_chance = error_by_chance(
        confidence, equal_width_bins(confidence, BINS), np.random.default_rng(SEED)
    )
    return Measured(head, method, answers, classes, now, found, figures, alerts, by_chance)


def section(told: Measured, date: datetime.date) -> HeadCalibration:
    """What `bundle.yaml` will hold of it."""
    values = {each.name: each for each in told.figures}
    curve = told.calibration.curve

    def rounded(name: str, when: str) -> float:
        value = getattr(values[name], when).value
        return round(float(value), 5)

    return HeadCalibration(
        method=told.method,
        temperature=written_temperature(told) if curve is None else None,
        knots=None if curve is None else tuple(zip(curve.scores, curve.shares, strict=True)),
        set=told.answers.told,
        sha256=told.answers.sha256,
        date=date,
        n=len(told.answers),
        people=told.people,
        ece_before=rounded("ece", "before"),
        ece_after=rounded("ece", "after"),
        brier_before=rounded("brier_score", "before"),
        brier_after=rounded("brier_score", "after"),
    )


def written_temperature(told: Measured) -> float:
    return round(told.calibration.temperature, _KEPT_DIGITS)


def _figures(found: CrossFit, now: Calibration, answers: HeadAnswers) -> Iterator[BeforeAfter]:
    read_plainly = Calibration().probabilities(answers.logits)
    for name, metric in _METRICS.items():
        before, after = metric(found.before, answers), metric(found.after, answers)

        def apart(
            weights: Weights, before: Weighted = before, after: Weighted = after
        ) -> float | None:
            earlier, later = before(weights), after(weights)
            return None if earlier is None or later is None else later - earlier

        def figure(told: Weighted) -> Figure:
            return clustered(told, answers.people, answers.counted)

        as_it_is = figure(before)
        yield BeforeAfter(
            name,
            as_it_is if now == Calibration() else figure(metric(read_plainly, answers)),
            as_it_is,
            figure(after),
            figure(apart),
        )


def _log_loss(probabilities: Floats, answers: HeadAnswers) -> Weighted:
    return lambda weights: log_loss(probabilities, answers.truth, weights)


def _brier(probabilities: Floats, answers: HeadAnswers) -> Weighted:
    return lambda weights: brier_score(probabilities, answers.truth, weights)


def _ece(probabilities: Floats, answers: HeadAnswers) -> Weighted:
    confidence, right = confidence_of(probabilities, answers)
    bins = equal_width_bins(confidence, BINS)
    return lambda weights: calibration_error(confidence, right, bins, weights)


def _ece_adaptive(probabilities: Floats, answers: HeadAnswers) -> Weighted:
    confidence, right = confidence_of(probabilities, answers)
    bins = equal_mass_bins(confidence, BINS)
    return lambda weights: calibration_error(confidence, right, bins, weights)


def _accuracy(probabilities: Floats, answers: HeadAnswers) -> Weighted:
    _, right = confidence_of(probabilities, answers)
    return lambda weights: float((weights * right).sum() / weights.sum())


_METRICS: dict[str, Callable[[Floats, HeadAnswers], Weighted]] = {
    "ece": _ece,
    "ece_adaptive": _ece_adaptive,
    "brier_score": _brier,
    "log_loss": _log_loss,
    "accuracy": _accuracy,
}


def confidence_of(probabilities: Floats, answers: HeadAnswers) -> tuple[Floats, Any]:
    """(N,) probability of the class that is said, and (N,) whether it is true."""
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == answers.truth


def class_alerts(
    found: CrossFit, answers: HeadAnswers, classes: Sequence[str], rate: float
) -> Iterator[ClassAlert]:
    """Each threshold is of the calibration that is read with: the written one; of a fold, that of the others."""
    people = np.array(answers.people)
    written = found.whole.probabilities(answers.logits)
    of_folds = [each.probabilities(answers.logits) for each in found.of_folds]
    for number, name in enumerate(classes):
        truth = answers.truth == number
        choice = choose_threshold(written[:, number], truth, answers.people, rate)
        alerted = np.zeros(len(truth), dtype=np.bool_)
        promised = choice.threshold is not None
        for fold, probabilities in enumerate(of_folds):
            own, scores = found.folds == fold, probabilities[:, number]
            other = choose_threshold(scores[~own], truth[~own], people[~own].tolist(), rate)
            promised = promised and other.threshold is not None
            if other.threshold is not None:
                alerted[own] = scores[own] >= other.threshold
        kept = (
            share(alerted[~truth], people[~truth].tolist(), answers.counted)
            if promised
            else Figure(None, int((~truth).sum()), interval="a fold cannot promise the rate")
        )
        yield ClassAlert(name, choice, kept)
