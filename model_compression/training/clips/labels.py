"""What a clip network has to tell: the classes of a label, and which of them a clip has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Label = Literal[
    "expression",
    "expression_8",
    "expression_other",
    "expression_11",
    "identity",
    "drowsiness",
    "intoxication",
]
# Alcohol from which a clip counts as positive: paper 1, Table 2, at 0.05 and 0.08 g/100 ml.
PositiveFrom = Literal["moderate", "strong"]


@dataclass(frozen=True, slots=True)
class Question:
    """A label of a set, and how its classes are asked for."""

    label: Label
    positive_from: PositiveFrom | None = None  # intoxication as two classes

    def classes(self, of_set: tuple[str, ...]) -> tuple[str, ...]:
        """of_set: the classes of the label in the set."""
        if self.positive_from is None:
            return of_set
        return (f"below {self.positive_from}", f"at least {self.positive_from}")

    def number(self, label: int, of_set: tuple[str, ...]) -> int:
        """The class asked for, of a label's own number."""
        if self.positive_from is None:
            return label
        return int(label >= of_set.index(self.positive_from))
