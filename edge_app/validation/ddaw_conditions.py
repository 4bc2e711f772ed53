"""What a safety engineer asks beyond the regulation: by condition, false warnings per hour, delays, missed cases.

Ours, not the regulation's. Intervals resample participants, since events of one person are not independent.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge_app.validation.ddaw_events import THRESHOLD_KSS, WARNED_RIGHTLY_KSS, DriveEvent, Outcome
from edge_app.validation.ddaw_records import DdawTest
from edge_app.validation.intervals import Interval, clopper_pearson, clustered_share, poisson_rate
from edge_app.validation.records import condition_names


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One value of one condition."""

    condition: str
    value: str
    participants: int  # with a true positive or a false negative
    tests: int
    true_positives: int
    events: int  # true positives and false negatives
    clustered: Interval | None  # of the share, participants resampled
    exact: Interval | None  # of the share, as if events were independent
    false_warnings: int
    alert_h: float  # time in which ratings say 6 or less
    false_rate_per_h: Interval | None
    median_delay_s: float | None

    @property
    def share(self) -> float | None:
        return self.true_positives / self.events if self.events else None

    @property
    def false_per_h(self) -> float | None:
        return self.false_warnings / self.alert_h if self.alert_h > 0 else None


@dataclass(frozen=True, slots=True)
class Delay:
    """From the first rating of 8 or more to the true positive; negative: before it."""

    test: DdawTest
    first_rated_s: float
    delay_s: float | None  # None: no such warning until the drive's end
    followed_s: float  # how long the drive went on after that rating


@dataclass(frozen=True, slots=True)
class Missed:
    """A false negative, and where to look."""

    test: DdawTest
    event: DriveEvent
    from_s: float
    to_s: float
    highest_level: float | None  # of drowsiness within that time
    pointer: str


def condition_table(tests: Sequence[DdawTest]) -> list[ConditionRow]:
    """All together first, then each condition that has more than one value."""
    kept = counted(tests)
    rows = [_row("all", "all drives", kept)]
    for name in condition_names(test.drive.conditions for test in kept):
        values = sorted({test.drive.conditions[name] for test in kept})
        rows += [
            _row(name, value, [t for t in kept if t.drive.conditions[name] == value])
            for value in values
        ]
    return rows


def counted(tests: Iterable[DdawTest]) -> list[DdawTest]:
    """Without what was discarded, or excluded for its ratings."""
    return [test for test in tests if not test.drive.discarded and not test.judged.excluded]


def delays(tests: Iterable[DdawTest]) -> list[Delay]:
    found = []
    for test in counted(tests):
        first = next((r for r in test.ratings if r.kss >= THRESHOLD_KSS), None)
        if first is None:
            continue
        rightly_s = (e.t_s for e in test.judged.events if e.outcome is Outcome.TRUE_POSITIVE)
        warned_s = next(rightly_s, None)
        delay_s = None if warned_s is None else warned_s - first.t_s
        found.append(Delay(test, first.t_s, delay_s, max(0.0, test.end_s - first.t_s)))
    return found


def missed(tests: Iterable[DdawTest]) -> list[Missed]:
    found = []
    for test in counted(tests):
        for event in test.judged.events:
            if event.outcome is not Outcome.FALSE_NEGATIVE:
                continue
            from_s, to_s = event.ratings[0].t_s, event.ratings[-1].t_s
            level = test.outputs.highest_drowsiness(from_s, to_s)
            found.append(Missed(test, event, from_s, to_s, level, pointer(test, from_s, to_s)))
    return found


def pointer(test: DdawTest, from_s: float, to_s: float) -> str:
    """The command that shows this stretch, or where nothing was kept."""
    if test.drive.trace is None:
        return "no trace kept"
    return f"vigil replay {test.drive.trace} --from {from_s:.0f} --to {to_s:.0f}"


def alert_hours(test: DdawTest) -> float:
    """Time in which a warning would be a false one: beside ratings of 6 and less only, once the system is active."""
    if not test.ratings:
        return 0.0
    active_s = test.drive.active_from_s
    edges_s = [0.0, *(rating.t_s for rating in test.ratings), test.end_s]
    return (
        sum(
            max(0.0, to_s - max(from_s, active_s))
            for from_s, to_s in pairwise(edges_s)
            if _is_false(test, from_s)
        )
        / 3600.0
    )


def false_warnings(test: DdawTest) -> int:
    """Over the whole drive, also after the true positive that ends the regulation's test."""
    active_s = test.drive.active_from_s
    return sum(_is_false(test, w.t_s) for w in test.warnings if w.t_s >= active_s)


def _is_false(test: DdawTest, t_s: float) -> bool:
    earlier = [rating.kss for rating in test.ratings if rating.t_s <= t_s][-1:]
    later = [rating.kss for rating in test.ratings if rating.t_s > t_s][:1]
    return bool(earlier + later) and max(earlier + later) < WARNED_RIGHTLY_KSS


def _row(condition: str, value: str, tests: Sequence[DdawTest]) -> ConditionRow:
    people: dict[str, tuple[int, int]] = {}
    for test in tests:
        hits, trials = people.get(test.drive.participant.name, (0, 0))
        rightly = test.judged.count(Outcome.TRUE_POSITIVE)
        events = rightly + test.judged.count(Outcome.FALSE_NEGATIVE)
        people[test.drive.participant.name] = (hits + rightly, trials + events)
    with_events = [pair for pair in people.values() if pair[1]]
    hits, trials = (sum(pair[at] for pair in with_events) for at in (0, 1))
    false = sum(false_warnings(test) for test in tests)
    alert_h = sum(alert_hours(test) for test in tests)
    told = [d.delay_s for d in delays(tests) if d.delay_s is not None]
    return ConditionRow(
        condition=condition,
        value=value,
        participants=len(with_events),
        tests=len(tests),
        true_positives=hits,
        events=trials,
        clustered=clustered_share(with_events),
        exact=clopper_pearson(hits, trials),
        false_warnings=false,
        alert_h=alert_h,
        false_rate_per_h=poisson_rate(false, alert_h),
        median_delay_s=statistics.median(told) if told else None,
    )
