"""The drowsiness report: the regulation's figures first, then by condition, delays and missed cases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from edge_app.validation.ddaw_conditions import (
    ConditionRow,
    condition_table,
    counted,
    delays,
    missed,
)
from edge_app.validation.ddaw_document import REGULATION
from edge_app.validation.ddaw_events import READINGS, Outcome
from edge_app.validation.ddaw_records import DdawRecords, DdawTest
from edge_app.validation.ddaw_result import DdawResult, percent
from edge_app.validation.figures import Lane, Mark, ShareRow, lanes, shares
from edge_app.validation.intervals import Interval
from edge_app.validation.page import Page, Section, Table

_LOOKS = {
    Outcome.TRUE_POSITIVE: "true-positive",
    Outcome.FALSE_NEGATIVE: "false-negative",
    Outcome.FALSE_POSITIVE: "false-positive",
    Outcome.OUTLIER: "other-event",
    Outcome.UNRATED: "other-event",
}
_KEYS = (
    ("kss-awake", "KSS 1 to 5"),
    ("kss-some", "6"),
    ("kss-sleepy", "7"),
    ("kss-fighting", "8, 9"),
    ("true-positive", "true positive"),
    ("false-negative", "false negative"),
    ("false-positive", "false positive"),
    ("other-event", "outlier, unrated"),
)


def ddaw_page(records: DdawRecords, result: DdawResult) -> Page:
    study = records.study
    found = delays(records.tests)
    return Page(
        title=f"Drowsiness warning: {study.title}",
        regulation=REGULATION,
        simulated=study.simulated,
        facts=f"{study.system}; {study.road.replace('_', ' ')}; finished {study.date};"
        f" {records.participants} participants, {len(records.tests)} drives,"
        f" {sum(test.end_s for test in records.tests) / 3600:.1f} h",
        headlines=_headlines(records, result),
        sections=(
            Section("What the regulation asks", "regulation", checks=result.checks),
            _people(result),
            Section(
                "How the text was read",
                "regulation",
                (
                    *READINGS,
                    "Standard deviation s is the sample's (n - 1). The equation of 8.1(b) is a picture in the text that"
                    " was read: recital 7 and 8.1(b) speak of 95 % of the participants (mean - 1.645 s), the words"
                    " 'lower bound from the 90 % confidence interval' of the mean (mean - 1.645 s / sqrt(n)). Both are"
                    " given, and 8.1(b) is called met or not met only where they agree.",
                ),
            ),
            _drives(records.tests),
            _conditions(records.tests),
            Section(
                "From the first rating of 8 or more to the warning",
                "ours",
                (
                    "A rating covers the minutes before it, so the threshold was crossed up to one interval earlier."
                    " Negative: warned before that rating.",
                ),
                figures=(
                    lanes(
                        "Delay of the warning, minutes; 0 is the first rating of 8 or more",
                        [
                            Lane(
                                delay.test.drive.name,
                                ((0.0, delay.followed_s, "kss-fighting", "driven on"),),
                                ()
                                if delay.delay_s is None
                                else (
                                    Mark(delay.delay_s, "warned", f"{delay.delay_s / 60:.1f} min"),
                                ),
                            )
                            for delay in found
                        ],
                        unit_s=60.0,
                        unit="min",
                        keys=(("kss-fighting", "driven on"), ("warned", "first warning")),
                        from_s=min([0.0, *(d.delay_s for d in found if d.delay_s is not None)]),
                    ),
                )
                if found
                else (),
            ),
            _missed(records.tests),
            _given(records),
        ),
    )


def interval_words(interval: Interval | None, *, scale: float = 100.0, unit: str = " %") -> str:
    if interval is None:
        return "–"
    return f"{interval.low * scale:.3g} to {interval.high * scale:.3g}{unit}"


def _headlines(records: DdawRecords, result: DdawResult) -> tuple[tuple[str, str, str], ...]:
    found, everything = result.all_counted, condition_table(records.tests)[0]
    strict = "–" if result.strict is None else percent(result.strict.mean)
    rate = everything.false_per_h
    return (
        (
            "mean sensitivity",
            "–" if found is None else percent(found.mean),
            f"limit {percent(result.limits.mean)}; strict reading {strict}",
        ),
        (
            "lower bound",
            "–" if found is None else percent(found.population_bound),
            "mean - 1.645 s; "
            + ("–" if found is None else f"{percent(found.mean_bound)} with sqrt(n)"),
        ),
        (
            "participants with an event",
            str(0 if found is None else found.participants),
            f"{everything.true_positives} true positives, {everything.events - everything.true_positives}"
            " false negatives",
        ),
        (
            "false warnings per hour",
            "–" if rate is None else f"{rate:.2f}",
            f"{everything.false_warnings} in {everything.alert_h:.1f} h rated 6 or less",
        ),
    )


def _people(result: DdawResult) -> Section:
    limits = [(result.limits.mean, f"limit of the mean {percent(result.limits.mean)}")]
    rows = [
        ShareRow(
            person.name + (" (developer)" if person.developer else ""),
            person.sensitivity,
            None,
            (f"{person.true_positives} of {person.events}" if person.events else "no event")
            + (f", {person.false_positives} false" if person.false_positives else ""),
        )
        for person in result.people
    ]
    if result.all_counted is not None:
        found = result.all_counted
        rows.append(
            ShareRow(
                "mean",
                found.mean,
                None
                if found.mean_bound is None
                else Interval(
                    max(0.0, found.mean_bound), min(1.0, 2 * found.mean - found.mean_bound)
                ),
                f"{percent(found.mean)}, s {percent(found.standard_deviation)}",
            )
        )
    left_out = [(p.name, words) for p in result.people for words in p.left_out]
    return Section(
        "Sensitivity of each participant",
        "regulation",
        (
            "True positives over true positives and false negatives; the mean weighs every participant alike.",
        ),
        figures=(shares("Sensitivity; the line of the mean is its 90 % interval", rows, limits),),
        tables=(
            Table(
                ("participant", "left out, and why"), tuple(left_out), empty="Nothing was left out."
            ),
        ),
    )


def _drives(tests: Sequence[DdawTest]) -> Section:
    return Section(
        "All drives",
        "records",
        ("Each stretch has the colour of the rating at its end, which covers the time before it.",),
        figures=(
            lanes(
                "Ratings and events, minutes from the drive's start",
                [_lane(test) for test in tests],
                unit_s=60.0,
                unit="min",
                keys=_KEYS,
            ),
        ),
    )


def _lane(test: DdawTest) -> Lane:
    times = [0.0, *(rating.t_s for rating in test.ratings)]
    stretches = tuple(
        (begin, end, _look(rating.kss), f"KSS {rating.kss} at {end / 60:.0f} min")
        for (begin, end), rating in zip(pairwise(times), test.ratings, strict=True)
    )
    marks = tuple(
        Mark(event.t_s, _LOOKS[event.outcome], f"{event.outcome.value}, {event.clause}")
        for event in test.judged.events
    )
    out = test.drive.discarded or test.judged.excluded
    return Lane(test.drive.name + (" (left out)" if out else ""), stretches, marks)


def _look(kss: int) -> str:
    if kss >= 8:
        return "kss-fighting"
    return {7: "kss-sleepy", 6: "kss-some"}.get(kss, "kss-awake")


def _conditions(tests: Sequence[DdawTest]) -> Section:
    rows = condition_table(tests)
    drawn, last = [], ""
    for row in rows:
        if row.condition != last and row.condition != "all":
            drawn.append(ShareRow(row.condition, None, None, "", head=True))
        last = row.condition
        end = f"{row.true_positives} of {row.events}, {row.participants} people"
        drawn.append(ShareRow(f"  {row.value}", row.share, row.clustered, end))
    return Section(
        "By condition",
        "ours",
        (
            "All true positives over all true positives and false negatives. 95 % intervals resample participants, from"
            " five on; 'exact' treats events as independent (Clopper and Pearson), which they are only with one each."
            " False warnings: both neighbouring ratings at 6 or less, over the whole drive; hours likewise. Conditions"
            " were not drawn at random, so two that differ may differ for another reason.",
        ),
        figures=(shares("Share of crossings warned of, 95 % interval over participants", drawn),),
        tables=(
            Table(
                (
                    *("condition", "value", "people", "drives", "TP of TP + FN", "share"),
                    *("95 %, people resampled", "95 %, exact", "false warnings"),
                    *("false per hour", "95 %, exact", "median delay"),
                ),
                tuple(_cells(row) for row in rows),
                numbers=tuple(range(2, 12)),
            ),
        ),
    )


def _cells(row: ConditionRow) -> tuple[str, ...]:
    return (
        row.condition,
        row.value,
        str(row.participants),
        str(row.tests),
        f"{row.true_positives} of {row.events}",
        "–" if row.share is None else percent(row.share),
        interval_words(row.clustered),
        interval_words(row.exact),
        f"{row.false_warnings} in {row.alert_h:.1f} h",
        "–" if row.false_per_h is None else f"{row.false_per_h:.2f}",
        interval_words(row.false_rate_per_h, scale=1.0, unit=""),
        "–" if row.median_delay_s is None else f"{row.median_delay_s / 60:.1f} min",
    )


def _missed(tests: Sequence[DdawTest]) -> Section:
    rows = tuple(
        (
            one.test.drive.name,
            one.test.drive.participant.name,
            f"{one.event.t_s / 60:.0f} min",
            "-".join(str(rating.kss) for rating in one.event.ratings),
            "not known" if one.highest_level is None else f"{one.highest_level:.1f}",
            ", ".join(f"{k} {v}" for k, v in one.test.drive.conditions.items()),
            one.pointer,
        )
        for one in missed(tests)
    )
    header = (
        "drive",
        "participant",
        "crossed at",
        "ratings",
        "highest level told",
        "conditions",
        "look",
    )
    return Section("Missed", "ours", tables=(Table(header, rows, empty="No crossing was missed."),))


def _given(records: DdawRecords) -> Section:
    study = records.study
    rows = [
        ("system", study.system),
        ("configuration", study.configuration or "not told"),
        ("road", study.road.replace("_", " ")),
        ("consent", study.consent),
        ("about", study.description or "–"),
        (
            "warnings that count",
            f"{', '.join(study.ddaw.warnings)}; {study.ddaw.least_level} or louder",
        ),
        ("learning phase", f"{study.ddaw.learning_phase_min:g} min"),
        ("drives that count", f"{len(counted(records.tests))} of {len(records.tests)}"),
    ]
    return Section("The study", "records", tables=(Table(("", ""), tuple(rows)),))
