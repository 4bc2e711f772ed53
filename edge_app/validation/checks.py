"""One line of what a regulation asks, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Found(str, Enum):
    """How a requirement stands."""

    MET = "met"
    NOT_MET = "not met"
    OPEN = "open"  # the records cannot say; somebody must
    OURS = "noted"  # no requirement of the regulation


@dataclass(frozen=True, slots=True)
class Check:
    """`asks` in our words, with the clause where it stands; `found` in the records."""

    clause: str
    asks: str
    found: str
    verdict: Found


def met(holds: bool) -> Found:
    return Found.MET if holds else Found.NOT_MET
