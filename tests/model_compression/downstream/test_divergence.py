"""Divergence and kappa: closed forms, and two balances whose divergence paper 4 prints."""

from __future__ import annotations

import numpy as np
import pytest

from model_compression.downstream.compound import PRINTED_FRAMES
from model_compression.downstream.divergence import crossed, divergence, kappa

PRINTED = np.array(PRINTED_FRAMES, dtype=np.float64)


def test_divergence_of_two_coins() -> None:
    said = divergence(np.array([1.0, 1.0]), np.array([1.0, 3.0]))
    assert said == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3))
    assert divergence(PRINTED, 3 * PRINTED) == pytest.approx(0)


# Balances as the cells of `cexpr.ipynb` print them (av-savchenko/face-emotion-recognition, Apache-2.0); table 5 has
# their divergences.
@pytest.mark.parametrize(
    ("balance", "table5"),
    [
        (
            (0.06890351, 0.3697299, 0.08856837, 0.07150509, 0.03083633, 0.19121585, 0.17924095),
            0.1847,
        ),
        (
            (0.21665774, 0.31961129, 0.05566608, 0.05933889, 0.07031908, 0.15494682, 0.1234601),
            0.0830,
        ),
    ],
)
def test_divergence_is_the_one_that_the_paper_prints(
    balance: tuple[float, ...], table5: float
) -> None:
    assert divergence(PRINTED, np.array(balance)) == pytest.approx(table5, abs=5e-5)


def test_a_class_that_is_never_said_is_infinitely_far() -> None:
    assert divergence(np.array([1.0, 1.0]), np.array([1.0, 0.0])) is None
    assert divergence(np.array([1.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(np.log(2))


def test_kappa_of_a_known_table() -> None:
    # Cohen's own kind of example: 20 + 15 of 50 agree, 0.5 of it by chance.
    assert kappa(np.array([[20.0, 5.0], [10.0, 15.0]])) == pytest.approx(0.4)
    assert kappa(np.diag([3.0, 4.0])) == pytest.approx(1.0)
    assert kappa(np.array([[5.0, 0.0], [0.0, 0.0]])) is None


def test_crossed_counts_the_first_by_row() -> None:
    assert crossed(np.array([0, 0, 1]), np.array([1, 0, 1]), 2).tolist() == [[1, 1], [0, 1]]
