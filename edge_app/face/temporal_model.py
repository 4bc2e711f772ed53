"""The part `temporal` of a bundle, ready to run: its heads, how often it is asked, and its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from calibration.probability.isotonic import IsotonicMap
from edge_app.driver_state.signals import TemporalHead
from edge_app.inference.session import Session


@dataclass(frozen=True, slots=True)
class TemporalModel:
    """It remembers nothing itself, so that drives which follow each other can share it: see `TemporalReader`."""

    session: Session  # `step` (1, embedding_size + memory_size) -> each head (1, classes), `memory`
    heads: tuple[TemporalHead, ...]
    temperatures: Mapping[str, float]  # by head; 1 where there is none
    rate_hz: float  # steps a second; it knows no other rate
    embedding_size: int
    memory_size: int
    curves: Mapping[str, IsotonicMap] = field(default_factory=dict)  # by head of two classes
