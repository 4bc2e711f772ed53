"""The distraction report: the spot-check's verdict for each fixation point, then latencies and conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge_app.validation.addw_records import AddwRecords
from edge_app.validation.addw_result import AddwResult, Point, PointVerdict, TrialRow, zone_words
from edge_app.validation.addw_trials import (
    BUFFER_S,
    FAST_LIMIT_S,
    READINGS,
    SLOW_LIMIT_S,
    ZONES,
    Outcome,
    Trial,
)
from edge_app.validation.ddaw_page import interval_words
from edge_app.validation.ddaw_result import percent
from edge_app.validation.figures import Figure, Lane, Mark, ShareRow, lanes, shares
from edge_app.validation.page import Page, Section, Table

REGULATION = "Commission Delegated Regulation (EU) 2023/2590, Annex I"
_BANDS = {"fast": "50 to 65 km/h", "slow": "20 to 35 km/h"}


def addw_page(records: AddwRecords, result: AddwResult) -> Page:
    study = records.study
    people = {trial.drive.participant.name for trial in records.trials}
    return Page(
        title=f"Distraction warning: {study.title}",
        regulation=REGULATION,
        simulated=study.simulated,
        facts=f"{study.system}; {study.road.replace('_', ' ')}; finished {study.date};"
        f" {len(people)} participants, {len(records.trials)} trials",
        headlines=_headlines(result),
        sections=(
            Section("What the regulation asks", "regulation", checks=result.checks),
            _points(result.points),
            Section("How the text was read", "regulation", READINGS),
            _latency(records.trials),
            _conditions(result.table),
            _false_warnings(records.trials),
            _given(records),
        ),
    )


def addw_document(records: AddwRecords, result: AddwResult) -> dict[str, Any]:
    """The same as plain numbers."""
    return {
        "regulation": REGULATION,
        "conformance_claimed": False,
        "simulated": records.study.simulated,
        "study": records.study.model_dump(mode="json"),
        "checks": result.checks,
        "points": [
            {
                "zone": point.zone,
                "zone_words": ZONES[point.zone],
                "band": _BANDS[point.band],
                "where": point.where,
                "verdict": point.verdict,
                "trials": [trial.name for trial in point.trials],
            }
            for point in result.points
        ],
        "conditions": result.table,
        "trials": [
            {
                "trial": trial.name,
                "zone": trial.zone,
                "speed_kmh": trial.speed_kmh,
                "limit_s": trial.limit_s,
                "latency_s": trial.latency_s,
                "outcome": trial.outcome,
                "flaw": trial.flaw,
            }
            for trial in records.trials
        ],
    }


def _headlines(result: AddwResult) -> tuple[tuple[str, str, str], ...]:
    everything = result.table[0]
    count = dict.fromkeys(PointVerdict, 0)
    for point in result.points:
        count[point.verdict] += 1
    return (
        (
            "warned in time",
            "–" if everything.share is None else percent(everything.share),
            f"{everything.warned} of {everything.judged} first tests in Area 3",
        ),
        (
            "fixation points failed",
            str(count[PointVerdict.FAILED]),
            f"{count[PointVerdict.NOT_TESTED] + count[PointVerdict.RETEST_DUE]} open,"
            f" {count[PointVerdict.PASSED] + count[PointVerdict.PASSED_RETEST]} passed",
        ),
        (
            "longest latency",
            "–"
            if everything.longest_latency_s is None
            else f"{everything.longest_latency_s:.2f} s",
            "of warnings in time",
        ),
        (
            "false warnings",
            str(everything.false_warnings),
            f"of {everything.quiet_asked} glances that ask for none",
        ),
    )


def _points(points: Sequence[Point]) -> Section:
    """One row for each zone, then every point that did not simply pass."""
    overview = tuple(
        (zone_words(zone), *(_counts(points, zone, band) for band in _BANDS)) for zone in ZONES
    )
    rows = tuple(
        (
            zone_words(point.zone),
            _BANDS[point.band],
            point.where,
            point.verdict.value,
            ", ".join(f"{t.name}: {t.outcome.value}" for t in point.trials),
        )
        for point in points
        if point.trials and point.verdict is not PointVerdict.PASSED
    )
    return Section(
        "Fixation points",
        "regulation",
        (
            "A point fails when both re-tests are false negatives (Part 2, 5.1 and 5.2). Each participant and light is"
            " told apart; the regulation is content with one test driver.",
        ),
        tables=(
            Table(("zone", *_BANDS.values()), overview),
            Table(
                ("zone", "speed", "participant, light", "verdict", "trials"),
                rows,
                empty="Every point that was tested passed at once.",
            ),
        ),
    )


def _counts(points: Sequence[Point], zone: str, band: str) -> str:
    found = [point.verdict for point in points if (point.zone, point.band) == (zone, band)]
    if found in ([PointVerdict.ABSENT], [PointVerdict.NOT_TESTED]):
        return found[0].value
    return ", ".join(f"{found.count(v)} {v.value}" for v in PointVerdict if v in found)


def _latency(trials: Sequence[Trial]) -> Section:
    return Section(
        "Latency",
        "ours",
        ("From the gaze's arrival to the warning. A false negative stands where the gaze left.",),
        figures=tuple(
            figure
            for fast, limit_s, words in (
                (True, FAST_LIMIT_S, "50 km/h and more"),
                (False, SLOW_LIMIT_S, "20 to 50 km/h"),
            )
            if (figure := _latency_figure(trials, fast=fast, limit_s=limit_s, words=words))
        ),
    )


def _latency_figure(
    trials: Sequence[Trial], *, fast: bool, limit_s: float, words: str
) -> Figure | None:
    shown = [
        trial
        for trial in trials
        if trial.asks_for_warning
        and not trial.non_nominal
        and (trial.speed_kmh >= 50.0) is fast
        and trial.outcome in (Outcome.WARNED, Outcome.MISSED)
    ]
    if not shown:
        return None
    rows = []
    for zone in sorted({trial.zone for trial in shown}):
        marks = tuple(_mark(trial) for trial in shown if trial.zone == zone)
        rows.append(Lane(zone_words(zone), (), marks))
    return lanes(
        f"Seconds until the warning, {words}",
        rows,
        unit_s=1.0,
        unit="s",
        keys=(("warned", "warned in time"), ("missed", "false negative")),
        limits=((limit_s, f"{limit_s:g} s"), (limit_s + BUFFER_S, f"+ {BUFFER_S:g} s")),
    )


def _mark(trial: Trial) -> Mark:
    missed = trial.outcome is Outcome.MISSED
    at_s = trial.latency_s if trial.latency_s is not None else trial.held_s
    return Mark(at_s, "missed" if missed else "warned", f"{trial.name}: {at_s:.2f} s")


def _conditions(rows: Sequence[TrialRow]) -> Section:
    drawn, last = [], ""
    for row in rows:
        if row.condition != last and row.condition != "all":
            drawn.append(ShareRow(row.condition, None, None, "", head=True))
        last = row.condition
        if row.judged:
            end = f"{row.warned} of {row.judged}, {row.participants} people"
            drawn.append(ShareRow(f"  {row.value}", row.share, row.clustered, end))
    header = (
        *(
            "condition",
            "value",
            "people",
            "in time",
            "share",
            "95 %, people resampled",
            "95 %, exact",
        ),
        *("median latency", "longest", "false warnings", "share", "95 %, people resampled"),
    )
    return Section(
        "By condition",
        "ours",
        (
            "First tests in Area 3 at 20 km/h and more; re-tests are of what was missed, and are left out. 95 %"
            " intervals resample participants, from five on; 'exact' treats trials as independent (Clopper and"
            " Pearson). False warnings: of glances that ask for none.",
        ),
        figures=(shares("Warned in time, 95 % interval over participants", drawn),),
        tables=(Table(header, tuple(_cells(row) for row in rows), numbers=tuple(range(2, 12))),),
    )


def _cells(row: TrialRow) -> tuple[str, ...]:
    def seconds(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f} s"

    return (
        row.condition,
        row.value,
        str(row.participants),
        f"{row.warned} of {row.judged}",
        "–" if row.share is None else percent(row.share),
        interval_words(row.clustered),
        interval_words(row.exact),
        seconds(row.median_latency_s),
        seconds(row.longest_latency_s),
        f"{row.false_warnings} of {row.quiet_asked}",
        "–" if row.false_share is None else percent(row.false_share),
        interval_words(row.false_clustered),
    )


def _false_warnings(trials: Sequence[Trial]) -> Section:
    rows = tuple(
        (
            trial.name,
            trial.drive.participant.name,
            zone_words(trial.zone),
            f"{trial.speed_kmh:g} km/h",
            trial.outcome.value,
            "–" if trial.latency_s is None else f"{trial.latency_s:.2f} s",
            f"{trial.held_s:.1f} s",
            _look(trial),
        )
        for trial in trials
        if trial.outcome in (Outcome.MISSED, Outcome.FALSE_WARNING)
    )
    header = ("trial", "participant", "target", "speed", "outcome", "warned after", "held", "look")
    empty = "Nothing was missed, and nothing warned of wrongly."
    return Section("Missed and false", "ours", tables=(Table(header, rows, empty=empty),))


def _look(trial: Trial) -> str:
    if trial.drive.trace is None:
        return "no trace kept"
    from_s, to_s = max(0.0, trial.onset_s - 5), trial.end_s + 1
    return f"vigil replay {trial.drive.trace} --from {from_s:.0f} --to {to_s:.0f}"


def _given(records: AddwRecords) -> Section:
    study = records.study
    rows = [
        ("system", study.system),
        ("configuration", study.configuration or "not told"),
        ("road", study.road.replace("_", " ")),
        ("consent", study.consent),
        ("about", study.description or "–"),
        (
            "warnings that count",
            f"{', '.join(study.addw.warnings)}; {study.addw.least_level} or louder",
        ),
        ("zones without", ", ".join(study.addw.zones_without) or "none"),
    ]
    return Section("The study", "records", tables=(Table(("", ""), tuple(rows)),))
