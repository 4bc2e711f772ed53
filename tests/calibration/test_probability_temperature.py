"""Temperature scaling: recovers what logits were multiplied by, and never changes which class is likelier."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.probability.scores import log_loss
from calibration.probability.softmax import softmax
from calibration.probability.temperature import (
    LEAST,
    MOST,
    fit_binary_temperature,
    fit_temperature,
)


def calibrated(n: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is exactly how often each class is true."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, classes))
    drawn = rng.random((n, 1)) > softmax(logits).cumsum(axis=1)[:, :-1]
    return logits, drawn.sum(axis=1)


def test_calibrated_logits_keep_a_temperature_of_one() -> None:
    assert fit_temperature(*calibrated(20_000, 5, 0)).temperature == pytest.approx(1.0, abs=0.04)


@pytest.mark.parametrize("factor", [0.25, 0.8, 3.0])
def test_what_logits_were_multiplied_by_is_recovered(factor: float) -> None:
    logits, truth = calibrated(5_000, 4, 1)
    plain = fit_temperature(logits, truth).temperature
    assert fit_temperature(factor * logits, truth).temperature == pytest.approx(factor * plain)


def test_no_other_temperature_has_a_lower_log_loss() -> None:
    logits, truth = calibrated(800, 3, 2)
    found = fit_temperature(1.7 * logits, truth).temperature
    losses = [log_loss(softmax(1.7 * logits, t), truth) for t in np.geomspace(LEAST, MOST, 400)]
    assert log_loss(softmax(1.7 * logits, found), truth) <= min(losses)  # type: ignore[type-var]


def test_yes_and_no_are_two_classes() -> None:
    logits, truth = calibrated(3_000, 2, 3)
    binary = fit_binary_temperature(logits[:, 1] - logits[:, 0], truth)
    assert binary.temperature == pytest.approx(fit_temperature(logits, truth).temperature)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), temperature=st.floats(LEAST, MOST))
def test_order_of_classes_is_unchanged(seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(0, 3, (20, 5)).round(2)
    scaled = softmax(logits, temperature)
    assert scaled.sum(axis=1) == pytest.approx(np.ones(20))
    for before, after in zip(logits, scaled, strict=True):
        ordered = after[np.argsort(before)]
        assert (np.diff(ordered) >= 0).all()


def test_answers_that_are_all_right_end_at_the_limit_and_say_so() -> None:
    found = fit_temperature(np.array([[3.0, 0.0], [0.0, 2.0]]), np.array([0, 1]))
    assert (found.temperature, found.at_limit) == (LEAST, True)


def test_answers_worse_than_chance_end_at_the_other_limit() -> None:
    found = fit_temperature(np.array([[3.0, 0.0], [0.0, 2.0]]), np.array([1, 0]))
    assert (found.temperature, found.at_limit) == (MOST, True)


def test_logits_that_say_nothing_are_left_alone() -> None:
    found = fit_temperature(np.zeros((4, 3)), np.array([0, 1, 2, 0]))
    assert (found.temperature, found.at_limit) == (1.0, True)


def test_huge_logits_give_a_number() -> None:
    found = fit_temperature(np.array([[1e6, 0.0], [0.0, 1e6], [1e6, 0.0]]), np.array([0, 1, 1]))
    assert LEAST <= found.temperature <= MOST


@pytest.mark.parametrize(
    ("logits", "truth", "what"),
    [
        ([[0.0, np.nan]], [0], "not a number"),
        ([[0.0, np.inf]], [0], "not a number"),
        (np.zeros((0, 2)), np.zeros(0, dtype=int), "no answer"),
        ([[0.0, 1.0]], [2], "none of the 2"),
        ([[0.0, 1.0]], [-1], "none of the 2"),
        ([[0.0, 1.0]], [0, 1], "1 answers and 2 truths"),
        ([[0.0]], [0], "shape"),
    ],
)
def test_what_cannot_be_calibrated_with_is_refused(logits: list, truth: list, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        fit_temperature(np.array(logits), np.array(truth))
