"""Thresholds and temperatures from answers whose best reading is known."""

from __future__ import annotations

import numpy as np
import pytest

from model_compression.tuning.choose import (
    balanced_threshold,
    binary_temperature,
    class_temperature,
    strict_threshold,
)


def test_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 20_000)
    truth = (rng.random(20_000) < 1 / (1 + np.exp(-logits))).astype(np.float32)
    told = (2.5 * logits).astype(np.float32)
    assert binary_temperature(told, truth) == pytest.approx(2.5, rel=0.08)


def test_what_is_not_known_does_not_count() -> None:
    logits = np.array([3.0, -3.0, 50.0, -50.0], dtype=np.float32)
    truth = np.array([1, 0, np.nan, np.nan], dtype=np.float32)
    assert binary_temperature(logits, truth) == binary_temperature(logits[:2], truth[:2])
    assert binary_temperature(logits[2:], truth[2:]) == 1.0


def test_temperature_of_classes_undoes_overconfidence() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1.5, (8000, 4))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (shares.cumsum(axis=1) < rng.random((8000, 1))).sum(axis=1)
    assert class_temperature((logits * 2).astype(np.float32), labels) == pytest.approx(2, rel=0.1)


def test_balanced_threshold_lies_between_yes_and_no() -> None:
    share = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1], dtype=np.float32)
    truth = np.array([1, 1, 1, 0, 0, 0], dtype=np.float32)
    assert 0.3 < balanced_threshold(share, truth) < 0.7
    assert balanced_threshold(share[:3], truth[:3]) == 0.5


def test_strict_threshold_bars_the_no_and_keeps_the_yes_where_it_can() -> None:
    yes, no = np.linspace(0.6, 1, 500), np.linspace(0, 0.2, 500)
    threshold = strict_threshold(yes.astype(np.float32), no.astype(np.float32), 0.002)
    assert 0.2 < threshold < 0.6
    overlapping = np.linspace(0, 0.9, 1000).astype(np.float32)
    threshold = strict_threshold(yes.astype(np.float32), overlapping, 0.01)
    assert threshold == pytest.approx(0.891, abs=0.005)
