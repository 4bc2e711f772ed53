"""The computation of EU 2021/1341, Annex I, Part 2: sensitivity of each participant, their mean and its lower bound.

In: a study's judged drives. Out: numbers and checks, each with its clause. Nothing here says that a system conforms:
an approval authority does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge_app.validation.checks import Check, Found, met
from edge_app.validation.ddaw_events import Outcome
from edge_app.validation.ddaw_records import DdawRecords, DdawTest
from edge_app.validation.records import DAYLIGHT

LEAST_PARTICIPANTS, LEAST_EVENTS = 10, 10  # 3.1
_MEAN_LIMIT, _BOUND_LIMIT = 0.40, 0.20  # 8.1(a), (b)
_MEAN_STEP, _BOUND_STEP = 0.05, 0.025  # 8.1(c), (d)
_LONGEST_INTERVAL_S = 15 * 60.0  # 8.1(c), 5.2.4
_ABOUT_5_MIN_S = 6 * 60.0  # ours: 5.1.2 says approximately 5 minutes
_ONE_SIDED_95 = 1.645  # standard normal: 5 % lie below -1.645


@dataclass(frozen=True, slots=True)
class ParticipantResult:
    """Events of one participant over all tests that count."""

    name: str
    developer: bool
    tests: int
    true_positives: int
    false_negatives: int
    false_positives: int
    outliers: int
    strict: tuple[
        int, int
    ]  # true positives and false negatives, warnings after the crossing rating left out
    left_out: tuple[str, ...]  # drives that do not count, and why

    @property
    def events(self) -> int:
        return self.true_positives + self.false_negatives

    @property
    def sensitivity(self) -> float | None:
        """n(TP) / (n(TP) + n(FN)); None without such an event (3.1)."""
        return self.true_positives / self.events if self.events else None

    @property
    def strict_sensitivity(self) -> float | None:
        return self.strict[0] / sum(self.strict) if sum(self.strict) else None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Over participants, by 8.1."""

    participants: int
    mean: float
    standard_deviation: float  # of the sample (n - 1); 0 with one participant

    @property
    def population_bound(self) -> float | None:
        """What 95 % of the participants exceed if they spread like a Gaussian: mean - 1.645 s. None of one."""
        return self._bound(1)

    @property
    def mean_bound(self) -> float | None:
        """Lower end of the 90 % interval of the mean: mean - 1.645 s / sqrt(n). None of one participant."""
        return self._bound(self.participants)

    def _bound(self, count: int) -> float | None:
        if self.participants < 2:
            return None  # one shows no spread
        return self.mean - _ONE_SIDED_95 * self.standard_deviation / math.sqrt(count)


@dataclass(frozen=True, slots=True)
class Limits:
    """What mean and bound must exceed in this study."""

    mean: float
    bound: float
    why: str


@dataclass(frozen=True, slots=True)
class DdawResult:
    """Everything that the regulation's part of the report says."""

    people: tuple[ParticipantResult, ...]
    all_counted: Sensitivity | None
    without_developers: Sensitivity | None
    strict: Sensitivity | None
    limits: Limits
    checks: tuple[Check, ...]


def compute(records: DdawRecords) -> DdawResult:
    people = tuple(_participants(records.tests))
    counted = [person for person in people if person.events]
    independent = [person for person in counted if not person.developer]
    all_counted = sensitivity([p.sensitivity for p in counted if p.sensitivity is not None])
    without = sensitivity([p.sensitivity for p in independent if p.sensitivity is not None])
    strict = sensitivity([s for p in people if (s := p.strict_sensitivity) is not None])
    limits = limits_of(records)
    checks = [
        *_sample(counted, independent),
        _daylight(records),
        *_intervals(records),
        *_acceptance(limits, all_counted, without, any(p.developer for p in counted)),
    ]
    return DdawResult(people, all_counted, without, strict, limits, tuple(checks))


def sensitivity(values: Sequence[float]) -> Sensitivity | None:
    """None of nobody."""
    if not values:
        return None
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Sensitivity(len(values), float(np.mean(values)), spread)


def limits_of(records: DdawRecords) -> Limits:
    """40 % and 20 %, moved by long intervals between ratings (c) and by an open road (d)."""
    mean, bound, why = _MEAN_LIMIT, _BOUND_LIMIT, ["8.1(a) and (b)"]
    longest_s = max((test.longest_interval_s() or 0.0 for test in _tests(records)), default=0.0)
    if max(longest_s, 60.0 * records.study.ddaw.rating_interval_min) > _LONGEST_INTERVAL_S:
        mean, bound = mean + _MEAN_STEP, bound + _BOUND_STEP
        why.append("raised by 8.1(c), intervals above 15 minutes")
    if records.study.road == "open_road":
        mean, bound = mean - _MEAN_STEP, bound - _BOUND_STEP
        why.append("lowered by 8.1(d), open road")
    return Limits(mean, bound, "; ".join(why))


def _tests(records: DdawRecords) -> list[DdawTest]:
    return [test for test in records.tests if not test.drive.discarded]


def _participants(tests: Sequence[DdawTest]) -> list[ParticipantResult]:
    by_name: dict[str, list[DdawTest]] = {}
    for test in tests:
        by_name.setdefault(test.drive.participant.name, []).append(test)
    return [_participant(of_one) for of_one in by_name.values()]


def _participant(tests: Sequence[DdawTest]) -> ParticipantResult:
    person = tests[0].drive.participant
    left_out = [
        f"{test.drive.name}: discarded, {test.drive.discarded} (7.1)"
        for test in tests
        if test.drive.discarded
    ]
    kept = [test for test in tests if not test.drive.discarded]
    left_out += [f"{t.drive.name}: {t.judged.excluded}" for t in kept if t.judged.excluded]

    def count(outcome: Outcome, *, strict: bool = False) -> int:
        return sum((t.judged_strictly if strict else t.judged).count(outcome) for t in kept)

    return ParticipantResult(
        name=person.name,
        developer=person.developer,
        tests=len(kept),
        true_positives=count(Outcome.TRUE_POSITIVE),
        false_negatives=count(Outcome.FALSE_NEGATIVE),
        false_positives=count(Outcome.FALSE_POSITIVE),
        outliers=count(Outcome.OUTLIER),
        strict=(
            count(Outcome.TRUE_POSITIVE, strict=True),
            count(Outcome.FALSE_NEGATIVE, strict=True),
        ),
        left_out=tuple(left_out),
    )


def _sample(
    counted: Sequence[ParticipantResult], independent: Sequence[ParticipantResult]
) -> list[Check]:
    events = sum(person.events for person in counted)
    return [
        Check(
            "Part 2, 3.1",
            "10 participants or more, each with a true positive or a false negative",
            f"{len(counted)} such participants",
            met(len(counted) >= LEAST_PARTICIPANTS),
        ),
        Check(
            "Part 2, 3.1",
            "true positives and false negatives are 10 or more together",
            f"{events}",
            met(events >= LEAST_EVENTS),
        ),
        Check(
            "Part 2, 3.4",
            "10 such participants or more who had no part in developing the system",
            f"{len(independent)} of the {len(counted)}",
            met(len(independent) >= LEAST_PARTICIPANTS),
        ),
    ]


def _daylight(records: DdawRecords) -> Check:
    rightly = {
        light: sum(
            test.judged.count(Outcome.TRUE_POSITIVE)
            for test in _tests(records)
            if test.drive.daylight == light
        )
        for light in DAYLIGHT
    }
    found = ", ".join(f"{count} by {light}" for light, count in rightly.items())
    if not records.study.ddaw.affected_by_light:
        found += "; the study says that light does not affect the system"
    holds = all(rightly.values()) or not records.study.ddaw.affected_by_light
    return Check("Part 2, 4.1", "a true positive by day and one by night", found, met(holds))


def _intervals(records: DdawRecords) -> list[Check]:
    longest = [s for test in _tests(records) if (s := test.longest_interval_s()) is not None]
    early = "ratings about every 5 minutes once a first one of 6 or more was given"
    if not longest:
        return [Check("Part 2, 5.1.2", early, "no such ratings", Found.OPEN)]
    found = f"the longest interval is {max(longest) / 60:.1f} min"
    return [
        Check("Part 2, 5.1.2", early, found, met(max(longest) <= _ABOUT_5_MIN_S)),
        Check(
            "Part 2, 5.1.1, 5.1.3",
            "participants trained on the scale in one way; warnings muted, if the advice is followed",
            "not in the records",
            Found.OPEN,
        ),
    ]


def _acceptance(
    limits: Limits,
    everybody: Sensitivity | None,
    without: Sensitivity | None,
    developers: bool,
) -> list[Check]:
    groups = [("all participants", everybody)]
    groups += [("without developers (3.4)", without)] if developers else []
    checks: list[Check] = []
    either: list[Found] = []
    for who, found in groups:
        if found is None:
            told = f"{who}: no participant with an event"
            checks.append(Check("Part 2, 8.1", "sensitivity", told, Found.OPEN))
            either.append(Found.OPEN)
            continue
        of_mean, of_bound = met(found.mean > limits.mean), _bound_verdict(found, limits)
        either.append(_either(of_mean, of_bound))
        checks += [
            Check(
                "Part 2, 8.1(a)",
                f"mean sensitivity above {percent(limits.mean)}",
                f"{who}: {percent(found.mean)}",
                of_mean,
            ),
            Check(
                "Part 2, 8.1(b)",
                f"lower bound above {percent(limits.bound)}, or else (a)",
                f"{who}: {percent(found.population_bound)} as mean - 1.645 s,"
                f" {percent(found.mean_bound)} as mean - 1.645 s / sqrt(n)",
                of_bound,
            ),
        ]
    worst = next((v for v in (Found.NOT_MET, Found.OPEN) if v in either), Found.MET)
    asks = "(a) or (b)" + (", with and without developers (3.4)" if developers else "")
    return [
        *checks,
        Check("Part 2, 8.1", asks, f"{limits.why}; counts with 3.1 and 3.4 above", worst),
    ]


def _either(one: Found, other: Found) -> Found:
    return next(v for v in (Found.MET, Found.OPEN, Found.NOT_MET) if v in (one, other))


def _bound_verdict(found: Sensitivity, limits: Limits) -> Found:
    """The equation is a picture in the text that was read: only where both readings agree is it told."""
    bounds = (found.population_bound, found.mean_bound)
    readings = {bound > limits.bound for bound in bounds if bound is not None}
    return met(readings.pop()) if len(readings) == 1 else Found.OPEN


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
