"""Who the people of the project's sets are to the shipped models: whom training never saw, under whatever name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from model_compression.data.held_out import is_held_out
from model_compression.evaluation.measured import ByContestant

# Who is in more than one clip, by the name in the clip in which they are alone.
_SAME_PERSON = {("headpose", "both-left"): "woman", ("headpose", "both-right"): "man"}


def same_person(set_name: str, name: str) -> str:
    """One name for one person, in however many clips."""
    return _SAME_PERSON.get((set_name, name), name)


def why_not_held_out(set_name: str, name: str) -> str | None:
    """None for people of whom no shipped model has seen a picture. set_name: as in `model_compression.data`."""
    if not is_held_out(set_name, name):
        return "shipped models were trained on this person, or nobody says that they were not"
    person = same_person(set_name, name)
    if not is_held_out(set_name, person):
        return f"the same person as {person}, whom shipped models were trained on"
    return None


def not_held_out(set_name: str, names: Iterable[str]) -> dict[str, str]:
    """Name -> why it is not held out, of those that are not."""
    reasons = {name: why_not_held_out(set_name, name) for name in names}
    return {name: why for name, why in reasons.items() if why is not None}


def by_training(
    set_name: str, names: Sequence[str], figures_of: Callable[[NDArray[np.int64]], ByContestant]
) -> dict[str, ByContestant]:
    """Figures of those whom training never saw, and of the others; empty where all are of one sort.

    names: of the person in each observation; figures_of: takes the numbers of observations.
    """
    others = not_held_out(set_name, set(names))
    learned = np.array([name in others for name in names])
    if learned.all() or not learned.any():
        return {}
    return {
        "never seen": figures_of(np.flatnonzero(~learned)),
        "learned from": figures_of(np.flatnonzero(learned)),
    }
