"""The threshold of an alert for a stated rate of false ones, or the refusal to promise that rate on too few people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.probability.clustered_share import (
    FEWEST_WITH_BOTH,
    effective_count,
    observations_needed,
    upper_bound,
)
from calibration.probability.softmax import Floats

FEWEST_PEOPLE = 20  # of fewer nobody can say how much people differ


@dataclass(frozen=True, slots=True)
class ThresholdChoice:
    """An alert is given from `threshold` on; None where no threshold can be promised to keep the rate."""

    threshold: float | None
    false_alerts: int
    negatives: int  # observations in which an alert is false
    people: int  # in them
    rate: float  # of false alerts, as observed
    rate_bound: float  # not exceeded with 95 % confidence, over people
    detected: float | None  # share of the positives; None without one, or without a threshold
    positives: int
    needed: int  # independent observations without a false alert that could promise the rate

    @property
    def sentence(self) -> str:
        """Why there is no threshold; empty where there is one."""
        if self.threshold is not None:
            return ""
        if self.people < FEWEST_PEOPLE:
            return (
                f"{self.people} people cannot promise a rate of false alerts to others; at least {FEWEST_PEOPLE} are"
                " needed"
            )
        return (
            f"{self.negatives} observations of {self.people} people cannot promise this rate: no false alert in"
            f" {self.needed} independent ones could, or more with some"
        )


def choose_threshold(
    scores: Floats,
    truth: NDArray[np.bool_],
    people: Sequence[str],
    false_alert_rate: float,
    *,
    confidence: float = 0.95,
) -> ThresholdChoice:
    """The lowest threshold whose rate of false alerts stays within `false_alert_rate` with this confidence.

    scores: (N,) the higher, the more an alert is asked for; truth: (N,) whether it would be right; people: (N,).
    Raises `ValueError` for scores that are no numbers and for a rate outside 0..1.
    """
    if not 0.0 < false_alert_rate < 1.0:
        raise ValueError(
            f"a rate of false alerts lies between 0 and 1, not at {false_alert_rate:g}"
        )
    if not np.isfinite(scores).all():
        raise ValueError("a score is not a number")
    _, whose = np.unique(np.asarray(people), return_inverse=True)
    no, names, yes = scores[~truth], whose[~truth], scores[truth]
    needed = observations_needed(false_alert_rate, confidence=confidence)

    def bound(threshold: float) -> float:
        hits = no >= threshold
        share = float(hits.mean()) if len(hits) else 0.0
        return upper_bound(share, effective_count(hits, names), confidence=confidence)

    chosen = None
    if len(np.unique(names)) >= FEWEST_PEOPLE:
        chosen = _lowest(np.unique(scores), no, names, false_alert_rate, bound)
    told = np.inf if chosen is None else chosen
    hits = no >= told
    return ThresholdChoice(
        chosen,
        int(hits.sum()),
        len(no),
        len(np.unique(names)),
        float(hits.mean()) if len(no) else 0.0,
        bound(told),
        float((yes >= told).mean()) if len(yes) and chosen is not None else None,
        len(yes),
        needed,
    )


def _lowest(
    candidates: Floats,
    no: Floats,
    names: NDArray[np.int64],
    rate: float,
    bound: Callable[[float], float],
) -> float | None:
    """From the strictest on, up to the first that breaks the rate.

    What fewer than three people's false alerts say of a rate is too little to end the search: whoever keeps it at a
    lower threshold keeps it at a higher one too.
    """
    ordered = np.sort(no)
    shares = 1 - np.searchsorted(ordered, candidates, side="left") / len(no)
    # Where the share itself is above the rate, its bound is not below.
    possible = candidates[shares <= rate]
    chosen = None
    for threshold in possible[::-1].tolist():
        if bound(threshold) <= rate:
            chosen = threshold
        elif len(np.unique(names[no >= threshold])) >= FEWEST_WITH_BOTH:
            break
    return chosen
