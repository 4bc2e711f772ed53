"""What is asked of a picture, and how a set of pictures answers: its own classes against those asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from model_compression.data.clips.classes import (
    CLASSES,
    EXPRESSION,
    EXPRESSION_8,
    EXPRESSION_11,
    EXPRESSION_OTHER,
    IDENTITY,
)
from model_compression.data.clips.store import ClipStore

PictureLabel = Literal["expression", "expression_8", "expression_other", "expression_11"]
_EXPRESSIONS = (EXPRESSION, EXPRESSION_8, EXPRESSION_OTHER, EXPRESSION_11)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """How one set answers: by which of its labels, and which class asked for each of its classes is."""

    task: str  # a label of the set
    number: NDArray[np.int64]  # (classes of the set,) the class asked for; -1: none of them

    def known(self, count: int) -> NDArray[np.bool_]:
        """(count,) which of the classes asked for this set tells apart from the others."""
        known = np.zeros(count, dtype=bool)
        known[self.number[self.number >= 0]] = True
        return known


def expression_answer(store: ClipStore, label: PictureLabel) -> Answer:
    """By the label itself where the set has it, else by its nearest: pictures of classes not asked for are left out.

    So seven expressions are learned from sets of eight without contempt, as paper 2 does. Raises `UserError`.
    """
    own = next((task for task in (label, *_EXPRESSIONS) if task in store.classes), None)
    if own is None:
        there = ", ".join(store.classes) or "nothing"
        raise UserError(f"{store.folder}: is not labelled for {label}, only for {there}.")
    asked = CLASSES[label]
    numbers = [asked.index(name) if name in asked else -1 for name in store.classes[own]]
    return Answer(own, np.array(numbers, dtype=np.int64))


def identity_answer(store: ClipStore, first: int) -> Answer:
    """first: how many people the sets before have; each set has people of its own. Raises `UserError`."""
    if IDENTITY not in store.classes:
        there = ", ".join(store.classes) or "nothing"
        raise UserError(f"{store.folder}: does not say who is who, only {there}.")
    return Answer(IDENTITY, first + np.arange(len(store.classes[IDENTITY]), dtype=np.int64))
