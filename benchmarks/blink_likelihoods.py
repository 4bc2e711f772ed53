"""`python -m benchmarks.blink_likelihoods`: what blinks that are long for a person say of their sleepiness.

On UTA-RLDD's sequences of 30 blinks, real people, each blink in deviations from that person's own alert ones: how much
more often a mean duration is seen of drowsy people than of alert and low-vigilant ones. It stands behind
`blink_alert_deviations` and `blink_drowsy_deviations`.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import PROJECT
from edge_app.errors import UserError

_ALERT, _LOW, _DROWSY = 0, 5, 10
_DURATION = 2  # of the set's four features
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
        means, labels = read_means(options.data / "uta_rldd_blinks")
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    sys.stdout.write(markdown(means, labels))
    return 0


def read_means(folder: Path) -> tuple[Values, NDArray[np.int64]]:
    """(N,) mean standardised duration of each sequence, and its label."""
    files = sorted(folder.glob("fold*.npz"))
    if not files:
        raise UserError(f"{folder} has no fold*.npz; give the folder of the data sets with --data.")
    means: list[float] = []
    labels: list[int] = []
    for file in files:
        with np.load(file) as fold:
            for blinks, label in zip(fold["blinks"], fold["labels"].ravel(), strict=True):
                durations = blinks[np.any(blinks != 0.0, axis=1), _DURATION]
                if len(durations) >= _LEAST_BLINKS:
                    within = np.clip(durations, -_LARGEST_DEVIATION, _LARGEST_DEVIATION)
                    means.append(float(within.mean()))
                    labels.append(int(label))
    return np.array(means), np.array(labels)


def log_likelihood_ratio(
    means: Values, labels: NDArray[np.int64], low: float, high: float
) -> float:
    """Of drowsy against alert and low-vigilant people, the latter two counted alike."""

    def share(label: int) -> float:
        of = means[labels == label]
        return float((np.sum((of >= low) & (of < high)) + _ONE) / (len(of) + _ONE))

    return math.log(share(_DROWSY) / ((share(_ALERT) + share(_LOW)) / 2))


def markdown(means: Values, labels: NDArray[np.int64]) -> str:
    lines = [
        f"{len(means)} sequences of up to 30 blinks.",
        "",
        "| mean duration, deviations | alert | low vigilance | drowsy | ln of the likelihood ratio |",
        "|---|---|---|---|---|",
    ]
    for low, high in pairwise(_EDGES):
        within = (means >= low) & (means < high)
        shares = [100 * float(within[labels == label].mean()) for label in (_ALERT, _LOW, _DROWSY)]
        lines.append(
            f"| {_span(low, high)} | "
            + " | ".join(f"{share:.0f} %" for share in shares)
            + f" | {log_likelihood_ratio(means, labels, low, high):+.1f} |"
        )
    return "\n".join(lines) + "\n"


def _span(low: float, high: float) -> str:
    if math.isinf(low):
        return f"below {high:g}"
    return f"{low:g} and more" if math.isinf(high) else f"{low:g} to {high:g}"


if __name__ == "__main__":
    sys.exit(main())
