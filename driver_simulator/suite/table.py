"""The suite's results as Markdown: what was expected under which condition, what came and when, and the two rates."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from driver_simulator.suite.job import Result
from driver_simulator.suite.matrix import Layer
from driver_simulator.suite.rates import rank_correlation, upper_bound_per_h

_BARS = {
    Layer.SIGNALS: {"warnings_per_h": 0.1, "hours": 40.0, "rank_correlation": 0.9},
    Layer.PICTURES: {"warnings_per_h": 1.0, "hours": 3.0, "rank_correlation": 0.8},
}
_KEPT = ("in time", "announced")


def markdown(results: Sequence[Result], machine: Mapping[str, Any]) -> str:
    """machine: date, commit, processor and cores."""
    lines = [
        f"Driven on {str(machine['date'])[:10]} at commit `{machine['git_commit']}`,"
        f" {machine['cpu']}, {machine['cores']} cores.",
        "",
        *_summary(results),
    ]
    for layer in Layer:
        cells = [r for r in results if r["kind"] == "matrix" and r["layer"] == layer.value]
        if cells:
            lines += ["", f"## Matrix, {layer.value}", "", *_by_condition(cells)]
            lines += ["", f"### Situations in nominal conditions, {layer.value}", ""]
            lines += _by_situation(cells)
            failed = [cell for cell in cells if not cell["passed"]]
            lines += ["", f"### What failed, {layer.value}", "", *_failures(failed)]
    return "\n".join(lines) + "\n"


def _summary(results: Sequence[Result]) -> Iterator[str]:
    yield "| layer | what | figure | n | bar |"
    yield "|---|---|---|---|---|"
    for layer in Layer:
        of_layer = [r for r in results if r["layer"] == layer.value]
        cells = [r for r in of_layer if r["kind"] == "matrix"]
        bars = _BARS[layer]
        if cells:
            passed = sum(cell["passed"] for cell in cells)
            yield (
                f"| {layer.value} | situations under conditions that pass | {passed} of {len(cells)}"
                f" | {_h(cells)} | |"
            )
            nominal = [c for c in cells if c["tags"]["condition"] == "nominal"]
            kept = sum(cell["passed"] for cell in nominal)
            yield f"| | of these in nominal conditions | {kept} of {len(nominal)} | {_h(nominal)} | all |"
            degraded = [c for c in cells if c["tags"]["degrades"]]
            said = sum(_said_in_time(cell) for cell in degraded)
            yield f"| | degraded conditions told within 10 s | {said} of {len(degraded)} | {_h(degraded)} | all |"
        attentive = [r for r in of_layer if r["kind"] == "attentive"]
        if attentive:
            count = sum(len(r["warnings"]) for r in attentive)
            hours = sum(r["hours"] for r in attentive)
            people = len({r["tags"]["person"] for r in attentive})
            bound = upper_bound_per_h(count, hours)
            yield (
                f"| {layer.value} | false warnings, attentive at KSS 1 to 3 | {count}, at most {bound:.3f} per hour"
                f" (95 %) | {hours:.1f} h, {people} people | ≤ {bars['warnings_per_h']:g} in ≥ {bars['hours']:g} h |"
            )
        sleepy = [r for r in of_layer if r["kind"] == "sleepy" and r["mean_level"] is not None]
        if sleepy:
            rho, low, high = _sleepiness(sleepy)
            people = len({r["tags"]["person"] for r in sleepy})
            yield (
                f"| {layer.value} | level of drowsiness against scripted KSS, rank correlation | {rho:.3f}"
                f" (one person {low:.2f} to {high:.2f}) | {len(sleepy)} drives, {people} people |"
                f" ≥ {bars['rank_correlation']:g} |"
            )


def _said_in_time(cell: Result) -> bool:
    return cell["announced_s"] is not None and cell["announced_s"] <= 10.0


def _sleepiness(drives: Sequence[Result]) -> tuple[float, float, float]:
    def rho(some: Iterable[Result]) -> float:
        chosen = list(some)
        return rank_correlation(
            [r["tags"]["kss"] for r in chosen], [r["mean_level"] for r in chosen]
        )

    people = sorted({r["tags"]["person"] for r in drives})
    single = [rho(r for r in drives if r["tags"]["person"] == person) for person in people]
    return rho(drives), min(single), max(single)


def _by_condition(cells: Sequence[Result]) -> Iterator[str]:
    yield (
        "| condition | situations | passed | alerts due | in time | announced | late or missed"
        " | false warnings per hour | told that it cannot see after |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for condition in dict.fromkeys(cell["tags"]["condition"] for cell in cells):
        of_it = [cell for cell in cells if cell["tags"]["condition"] == condition]
        outcomes = [answer["outcome"] for cell in of_it for answer in cell["answers"]]
        false = sum(len(cell["false_warnings"]) for cell in of_it)
        hours = sum(cell["hours"] for cell in of_it)
        said = [cell["announced_s"] for cell in of_it if cell["announced_s"] is not None]
        told = "–"
        if any(cell["tags"]["degrades"] for cell in of_it):
            told = f"{statistics.median(said):.1f} s (in {len(said)})" if said else "never"
        bad = sum(outcome not in _KEPT for outcome in outcomes)
        yield (
            f"| {condition} | {len(of_it)} | {sum(cell['passed'] for cell in of_it)} | {len(outcomes)}"
            f" | {outcomes.count('in time')} | {outcomes.count('announced')} | {bad}"
            f" | {false / hours:.1f} ({false} in {hours:.2f} h) | {told} |"
        )


def _by_situation(cells: Sequence[Result]) -> Iterator[str]:
    yield "| situation | from | expected, at the latest | got | after its beginning | false warnings |"
    yield "|---|---|---|---|---|---|"
    for cell in cells:
        if cell["tags"]["condition"] != "nominal":
            continue
        answers = cell["answers"]
        expected = ", ".join(f"{a['type']} {a['latest_s']:.2f} s" for a in answers) or "nothing"
        got = ", ".join(_told(a) for a in answers) or "nothing"
        delays = ", ".join(
            "–" if a["told_s"] is None else f"{a['told_s'] - a['onset_s']:.2f} s" for a in answers
        )
        yield (
            f"| {_words(cell['tags']['situation'])} | {cell['tags']['group']} | {expected} | {got}"
            f" | {delays or '–'} | {len(cell['false_warnings'])} |"
        )


def _failures(cells: Sequence[Result]) -> Iterator[str]:
    if not cells:
        yield "Nothing."
        return
    yield "| situation | condition | why |"
    yield "|---|---|---|"
    for cell in cells:
        why = [
            f"{a['type']} due at {a['latest_s']:.2f} s: {_told(a)}"
            for a in cell["answers"]
            if a["outcome"] not in _KEPT
        ]
        why += [f"false {w['type']} at {w['t_s']:.1f} s" for w in cell["false_warnings"]]
        if cell["tags"]["degrades"] and not _said_in_time(cell):
            why.append("not told within 10 s that it cannot see")
        yield f"| {_words(cell['tags']['situation'])} | {cell['tags']['condition']} | {'; '.join(why)} |"


def _told(answer: Mapping[str, Any]) -> str:
    if answer["told_s"] is None:
        return str(answer["outcome"])
    told = f"{answer['told_s']:.2f} s"
    return told if answer["outcome"] == "in time" else f"{told} ({answer['outcome']})"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _h(cells: Sequence[Result]) -> str:
    return f"{sum(cell['hours'] for cell in cells):.1f} h"
