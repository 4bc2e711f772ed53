"""What measuring one set gives: figures for each contestant, the same by group, and what has to be said beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from model_compression.evaluation.classification import Confusion
from model_compression.evaluation.figure import Figures

ByContestant = dict[str, Figures]  # role of the contestant -> its figures


@dataclass(frozen=True, slots=True)
class Measured:
    """One set."""

    n: int  # observations: pictures, frames or sequences
    people: int | None
    figures: ByContestant
    groups: dict[str, dict[str, ByContestant]] = field(default_factory=dict)
    """What is grouped by (`person`, `subset`, `glasses`, ...) -> the group -> figures."""
    confusions: dict[str, Confusion] = field(default_factory=dict)  # by role
    left_out_of_groups: tuple[str, ...] = ()  # sentences
    left_out: dict[str, str] = field(default_factory=dict)  # person -> why, where people are chosen
    notes: tuple[str, ...] = ()
