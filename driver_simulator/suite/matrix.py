"""Which situation is driven under which condition, in which layer; each pair is a cell of the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from driver_simulator.scenario.scenario import Scenario
from driver_simulator.suite.conditions import MUST_COPE, MUST_SAY, NOMINAL, Condition
from driver_simulator.suite.situations import Situation, situations
from edge_app.settings import VigilSettings

_THROUGH_EVERY_CONDITION = ("microsleep", "sleep", "long_glance_console", "talking")
_FEW_PICTURES = ("microsleep", "long_glance_console")
_FEWER_FRAMES = Condition("15 frames/s", {"camera": {"frame_rate_hz": 15}})


class Layer(str, Enum):
    SIGNALS = "signals"  # what a good perception would read
    PICTURES = "pictures"  # drawn, and read by the configured perception


@dataclass(frozen=True, slots=True)
class Cell:
    situation: Situation
    condition: Condition
    layer: Layer

    @property
    def name(self) -> str:
        return f"{self.layer.value}/{self.situation.name}/{self.condition.name}"

    @property
    def scenario(self) -> Scenario:
        return self.condition.of(self.situation.scenario)


def full_matrix(settings: VigilSettings) -> Iterator[Cell]:
    """Signals: everything under everything. Pictures: every situation once, and four under every condition."""
    for situation in situations(settings):
        for condition in (*MUST_COPE, *MUST_SAY):
            yield Cell(situation, condition, Layer.SIGNALS)
    for situation in situations(settings):
        for condition in (*MUST_COPE, *MUST_SAY):
            drawn = condition.noise is None
            chosen = condition is NOMINAL or situation.name in _THROUGH_EVERY_CONDITION
            if drawn and chosen:
                yield Cell(situation, condition, Layer.PICTURES)


def small_matrix(settings: VigilSettings) -> Iterator[Cell]:
    """What the tests drive: every situation as signals, two as pictures."""
    for situation in situations(settings):
        yield Cell(situation, NOMINAL, Layer.SIGNALS)
    for situation in situations(settings):
        if situation.name in _FEW_PICTURES:
            yield Cell(situation, _FEWER_FRAMES, Layer.PICTURES)
