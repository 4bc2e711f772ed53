"""What was expected against what was told: in time, late, missed or announced, and what came without a cause."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from driver_simulator.suite.expected import Expectation, Expected
from edge_app.alerts.event import Event, EventType, Level

_ALERT_ENDS = (EventType.ALERT_ENDED, EventType.ALERT_ACKNOWLEDGED, EventType.YAWN)


class Outcome(str, Enum):
    IN_TIME = "in time"
    LATE = "late"
    MISSED = "missed"
    # Not told, but the driver had been told that the system cannot see.
    ANNOUNCED = "announced"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one expectation."""

    expectation: Expectation
    outcome: Outcome
    told_s: float | None

    @property
    def delay_s(self) -> float | None:
        """From the beginning of the deed until it was told."""
        return None if self.told_s is None else self.told_s - self.expectation.onset_s


@dataclass(frozen=True, slots=True)
class Verdict:
    answers: tuple[Answer, ...]
    false_warnings: tuple[Event, ...]  # of level warning and above, with no cause in the script
    announced_s: float | None  # when the driver was first told that the system cannot see

    @property
    def passed(self) -> bool:
        kept = (Outcome.IN_TIME, Outcome.ANNOUNCED)
        return not self.false_warnings and all(one.outcome in kept for one in self.answers)


def judge(expected: Expected, events: Sequence[Event], *, may_be_blind: bool = False) -> Verdict:
    """may_be_blind: saying that it cannot see is as good as seeing, since the condition takes the sight away."""
    alerts = [event for event in events if event.type not in _ALERT_ENDS]
    blind = _blind_spans(events)
    left = list(alerts)
    answers = []
    for one in expected.must:
        told = next((e for e in left if e.type is one.type and e.t_s >= one.earliest_s), None)
        if told is not None:
            left.remove(told)
        answers.append(
            Answer(one, _outcome(one, told, blind, may_be_blind), told.t_s if told else None)
        )
    false_warnings = [
        event
        for event in left
        if event.level is not None
        and event.level >= Level.WARNING
        and not expected.tolerates(event.type, event.t_s)
    ]
    return Verdict(tuple(answers), tuple(false_warnings), blind[0][0] if blind else None)


def _blind_spans(events: Sequence[Event]) -> list[tuple[float, float]]:
    """From when until when the driver has been told that the system cannot see."""
    spans: list[tuple[float, float]] = []
    for event in events:
        ended = event.type is EventType.ALERT_ENDED
        if event.type is EventType.DEGRADED and (not spans or spans[-1][1] < math.inf):
            spans.append((event.t_s, math.inf))
        elif ended and spans and event.values.get("alert") == EventType.DEGRADED.value:
            spans[-1] = (spans[-1][0], event.t_s)
    return spans


def _outcome(
    one: Expectation,
    told: Event | None,
    blind: Sequence[tuple[float, float]],
    may_be_blind: bool,
) -> Outcome:
    if told is not None and told.t_s <= one.latest_s:
        return Outcome.IN_TIME
    said = any(from_s <= one.latest_s <= until_s for from_s, until_s in blind)
    if said and (may_be_blind or one.type is EventType.DEGRADED):
        return Outcome.ANNOUNCED
    return Outcome.MISSED if told is None else Outcome.LATE
