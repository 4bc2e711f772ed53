"""The spot-check of EU 2023/2590, Annex I, Part 2, and the tables beyond it.

A fixation point fails when both of its re-tests are false negatives (5.1, 5.2); one fail is enough (6.1.1).
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from edge_app.validation.addw_records import AddwRecords
from edge_app.validation.addw_trials import SPEED_BANDS, ZONES, Outcome, Trial
from edge_app.validation.checks import Check, Found, met
from edge_app.validation.intervals import Interval, clopper_pearson, clustered_share
from edge_app.validation.records import DAYLIGHT, condition_names

_JUDGED = (Outcome.WARNED, Outcome.MISSED)
_QUIET_ASKED = (Outcome.QUIET, Outcome.FALSE_WARNING)


class PointVerdict(str, Enum):
    """What became of one fixation point in one band of speed."""

    PASSED = "passed"
    PASSED_RETEST = "passed in the re-test"
    FAILED = "fail"
    RETEST_DUE = "re-test due"
    NOT_TESTED = "not tested"
    ABSENT = "not there, or not in Area 3"


@dataclass(frozen=True, slots=True)
class Point:
    """One zone at one band of speed, by one participant in one light."""

    zone: str
    band: str
    where: str  # participant and light; empty where nobody tested it
    verdict: PointVerdict
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """Trials that share one value of one condition."""

    condition: str
    value: str
    participants: int
    warned: int
    judged: int
    clustered: Interval | None
    exact: Interval | None
    median_latency_s: float | None
    longest_latency_s: float | None
    false_warnings: int
    quiet_asked: int
    false_clustered: Interval | None

    @property
    def share(self) -> float | None:
        return self.warned / self.judged if self.judged else None

    @property
    def false_share(self) -> float | None:
        return self.false_warnings / self.quiet_asked if self.quiet_asked else None


@dataclass(frozen=True, slots=True)
class AddwResult:
    points: tuple[Point, ...]
    checks: tuple[Check, ...]
    table: tuple[TrialRow, ...]


def compute(records: AddwRecords) -> AddwResult:
    points = _points(records)
    return AddwResult(
        tuple(points), tuple(_checks(records, points)), tuple(trial_table(records.trials))
    )


def _points(records: AddwRecords) -> list[Point]:
    """Each zone and band, and each participant and light that tested it."""
    groups: dict[tuple[str, str, str], list[Trial]] = {}
    for trial in records.trials:
        asked = trial.zone in ZONES and trial.asks_for_warning and not trial.non_nominal
        if asked and trial.band:
            where = f"{trial.drive.participant.name}, {trial.drive.daylight}"
            groups.setdefault((trial.zone, trial.band, where), []).append(trial)
    points = []
    for zone in ZONES:
        for band in SPEED_BANDS:
            found = [key for key in groups if key[:2] == (zone, band)]
            for key in found:
                trials = tuple(sorted(groups[key], key=lambda trial: trial.attempt))
                points.append(Point(zone, band, key[2], point_verdict(trials), trials))
            if not found:
                absent = zone in records.study.addw.zones_without
                verdict = PointVerdict.ABSENT if absent else PointVerdict.NOT_TESTED
                points.append(Point(zone, band, "", verdict, ()))
    return points


def point_verdict(trials: Sequence[Trial]) -> PointVerdict:
    """`trials` of one point in order of `attempt`; several first tests all count."""
    first = [trial.outcome for trial in trials if trial.attempt == 0]
    again = [trial.outcome for trial in trials if trial.attempt > 0]
    if Outcome.MISSED not in first:
        done = any(o in (Outcome.WARNED, Outcome.NOT_APPLICABLE) for o in first)
        return PointVerdict.PASSED if done else PointVerdict.NOT_TESTED
    if again.count(Outcome.MISSED) >= 2:
        return PointVerdict.FAILED
    if any(outcome in (Outcome.WARNED, Outcome.NOT_APPLICABLE) for outcome in again):
        return PointVerdict.PASSED_RETEST
    return PointVerdict.RETEST_DUE


def _checks(records: AddwRecords, points: Sequence[Point]) -> list[Check]:
    trials = records.trials
    by = {verdict: [p for p in points if p.verdict is verdict] for verdict in PointVerdict}
    lights = {trial.drive.daylight for point in points for trial in point.trials}
    flaws = [trial for trial in trials if trial.flaw]
    open_points = [*by[PointVerdict.NOT_TESTED], *by[PointVerdict.RETEST_DUE]]
    failed = by[PointVerdict.FAILED]
    tested = {(p.zone, p.band) for p in points if p.trials}
    due = {(p.zone, p.band) for p in points} - {(p.zone, p.band) for p in by[PointVerdict.ABSENT]}
    passed = Found.MET if due and not open_points else Found.OPEN
    by_light = not records.study.addw.affected_by_light or lights >= set(DAYLIGHT)
    return [
        Check(
            "Part 2, 1.4.2, 1.5.1, 2.3.4",
            "each zone in Area 3 once at 20 to 35 km/h and once at 50 to 65 km/h",
            f"{len(tested)} of {len(due)} zones and speeds tested",
            met(tested >= due) if due else Found.OPEN,
        ),
        Check(
            "Part 2, 1.6.1",
            "by day and by night",
            ", ".join(sorted(lights)) or "no trial of the spot-check",
            met(by_light),
        ),
        Check(
            "Part 2, 2.3.5, 2.3.8",
            "15 s attentive before, and the gaze held until the warning or 3 s beyond the limit",
            f"{len(flaws)} of {len(trials)} trials depart from it, as far as recorded",
            met(not flaws),
        ),
        Check(
            "Part 2, 4.1",
            "each false negative is tested again, twice at most",
            f"{len(by[PointVerdict.RETEST_DUE])} points wait for a re-test",
            met(not by[PointVerdict.RETEST_DUE]),
        ),
        Check(
            "Part 2, 5, 6.1",
            "no fixation point is a false negative in two re-tests",
            f"{len(failed)} fail, {len(open_points)} open, {len(by[PointVerdict.PASSED])} passed,"
            f" {len(by[PointVerdict.PASSED_RETEST])} passed in the re-test",
            Found.NOT_MET if failed else passed,
        ),
        Check(
            "Part 2, 1.3.1",
            "test drivers without glasses, hat, mask and beard, eyes near the reference point",
            "not in the records",
            Found.OPEN,
        ),
    ]


def trial_table(trials: Sequence[Trial]) -> list[TrialRow]:
    """All together first; then zone, speed and every condition with more than one value.

    First tests only: what is tested again was missed before, and would weigh twice.
    """
    trials = [trial for trial in trials if trial.attempt == 0]
    rows = [_row("all", "all first tests", trials)]
    keyed = [(trial, _keys(trial)) for trial in trials]
    for name in condition_names(keys for _, keys in keyed):
        values = sorted({keys.get(name, "not told") for _, keys in keyed})
        rows += [
            _row(name, value, [t for t, keys in keyed if keys.get(name, "not told") == value])
            for value in values
        ]
    return rows


def zone_words(zone: str) -> str:
    return f"{zone}: {ZONES[zone]}" if zone in ZONES else zone


def _keys(trial: Trial) -> dict[str, str]:
    band = "50 km/h and more" if trial.speed_kmh >= 50 else "20 to 50 km/h"
    speed = band if trial.speed_kmh >= 20 else "below 20 km/h"
    return {"zone": zone_words(trial.zone), "speed": speed, **trial.conditions}


def _row(condition: str, value: str, trials: Sequence[Trial]) -> TrialRow:
    judged = [trial for trial in trials if trial.outcome in _JUDGED]
    quiet = [trial for trial in trials if trial.outcome in _QUIET_ASKED]
    warned = [trial for trial in judged if trial.outcome is Outcome.WARNED]
    false = [trial for trial in quiet if trial.outcome is Outcome.FALSE_WARNING]
    latencies = [s for trial in warned if (s := trial.latency_s) is not None]
    return TrialRow(
        condition=condition,
        value=value,
        participants=len({trial.drive.participant.name for trial in trials}),
        warned=len(warned),
        judged=len(judged),
        clustered=clustered_share(_by_person(warned, judged)),
        exact=clopper_pearson(len(warned), len(judged)),
        median_latency_s=statistics.median(latencies) if latencies else None,
        longest_latency_s=max(latencies, default=None),
        false_warnings=len(false),
        quiet_asked=len(quiet),
        false_clustered=clustered_share(_by_person(false, quiet)),
    )


def _by_person(hits: Sequence[Trial], trials: Sequence[Trial]) -> list[tuple[int, int]]:
    names = {trial.drive.participant.name for trial in trials}
    return [
        (
            sum(trial.drive.participant.name == name for trial in hits),
            sum(trial.drive.participant.name == name for trial in trials),
        )
        for name in sorted(names)
    ]
