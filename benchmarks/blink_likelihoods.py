"""`python -m benchmarks.blink_likelihoods`: what blinks that are long for a person say of their sleepiness.

On UTA-RLDD's sequences of 30 blinks, real people, each blink in deviations from that person's own alert ones: how much
more often a mean duration is seen of drowsy people than of alert and low-vigilant ones. Intervals draw whole people. It
stands behind
`blink_alert_deviations` and `blink_drowsy_deviations`.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import PROJECT
from edge_app.errors import UserError
from model_compression.blinks.sequences import LABELS, fold_files, read_folds
from model_compression.evaluation.figure import Figure, Weights, clustered
from model_compression.evaluation.ranking import auc

_ALERT, _LOW, _DROWSY = LABELS
_DURATION, _THERE = 1, 3  # of a sequence's rows
_LARGEST_DEVIATION = 3.0
_LEAST_BLINKS = 10
_EDGES = (-math.inf, 0.0, 0.5, 1.0, 1.5, math.inf)
_ONE = 1.0  # counted with each class, so that nothing is impossible

Values = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.blink_likelihoods", description=__doc__
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("VIGIL_DATA") or PROJECT.parent / "shared" / "data"),
        help="folder that holds uta_rldd_blinks (default: $VIGIL_DATA)",
    )
    options = parser.parse_args(arguments)
    try:
        told = read_durations(options.data / "uta_rldd_blinks")
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(markdown(told))
    return 0


@dataclass(frozen=True, slots=True)
class Durations:
    """Of each sequence with enough blinks; all (N,)."""

    means: Values  # standardised
    labels: NDArray[np.int64]  # 0 alert, 5 low vigilance, 10 drowsy
    people: NDArray[np.int64]


def read_durations(folder: Path) -> Durations:
    """Raises `UserError` where there is no set of that form."""
    sequences = read_folds(fold_files(folder))
    there = sequences.rows[..., _THERE].astype(np.float64)
    within = sequences.rows[..., _DURATION].astype(np.float64)
    within = np.clip(within, -_LARGEST_DEVIATION, _LARGEST_DEVIATION) * there
    counts = there.sum(axis=1)
    enough = counts >= _LEAST_BLINKS
    means = within[enough].sum(axis=1) / counts[enough]
    return Durations(means, np.array(LABELS)[sequences.classes[enough]], sequences.people[enough])


def log_likelihood_ratio(
    told: Durations, low: float, high: float, weights: Weights | None = None
) -> float:
    """Of drowsy against alert and low-vigilant people, the latter two counted alike."""
    weight = np.ones(len(told.means)) if weights is None else weights
    within = (told.means >= low) & (told.means < high)

    def share(label: int) -> float:
        of = weight * (told.labels == label)
        return float((of[within].sum() + _ONE) / (of.sum() + _ONE))

    return math.log(share(_DROWSY) / ((share(_ALERT) + share(_LOW)) / 2))


def auc_drowsy(told: Durations) -> Figure:
    """Drowsy against low vigilance, by the mean duration alone."""
    own = told.labels != _ALERT

    def metric(weights: Weights) -> float | None:
        return auc(told.means[own], told.labels[own] == _DROWSY, weights[own])

    return clustered(metric, [str(person) for person in told.people])


def markdown(told: Durations) -> str:
    people = [str(person) for person in told.people]
    lines = [
        f"{len(told.means)} sequences of up to 30 blinks, {len(set(people))} people. In brackets: 95 % interval, whole"
        " people drawn with replacement.",
        "",
        "| mean duration, deviations | alert | low vigilance | drowsy | ln of the likelihood ratio |",
        "|---|---|---|---|---|",
    ]
    for low, high in pairwise(_EDGES):

        def ratio(weights: Weights, low: float = low, high: float = high) -> float:
            return log_likelihood_ratio(told, low, high, weights)

        within = (told.means >= low) & (told.means < high)
        shares = [float(within[told.labels == label].mean()) for label in LABELS]
        cells = [_span(low, high), *(f"{share:.0%}".replace("%", " %") for share in shares)]
        lines.append(
            f"| {' | '.join([*cells, _with_interval(clustered(ratio, people), '+.1f')])} |"
        )
    drowsy = _with_interval(auc_drowsy(told), ".2f")
    lines += ["", f"Drowsy against low vigilance by mean duration alone: AUC {drowsy}."]
    return "\n".join(lines) + "\n"


def _with_interval(figure: Figure, form: str) -> str:
    if figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:{form}}"
    return f"{figure.value:{form}} ({figure.low:{form}} to {figure.high:{form}})"


def _span(low: float, high: float) -> str:
    if math.isinf(low):
        return f"below {high:g}"
    return f"{low:g} and more" if math.isinf(high) else f"{low:g} to {high:g}"


if __name__ == "__main__":
    sys.exit(main())
