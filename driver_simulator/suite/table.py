"""The suite's results as Markdown: what was expected under which condition, what came and when, and the two rates."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from driver_simulator.suite.bars import figures, told_in_time_that_it_cannot_see
from driver_simulator.suite.job import Kind
from driver_simulator.suite.matrix import Layer
from driver_simulator.suite.result import Result

_KEPT = ("in time", "announced")


def markdown(results: Sequence[Result], planned: int, machine: Mapping[str, Any]) -> str:
    """planned: how many drives there were to be. machine: date, commit, processor and cores."""
    lines = [
        f"{len(results)} of {planned} drives, judged on {str(machine['date'])[:10]} at commit"
        f" `{machine['git_commit']}`, {machine['cpu']}, {machine['cores']} cores.",
        "",
        *_summary(results),
    ]
    lines += ["", "### Warnings in attentive drives", "", *_in_attentive_drives(results)]
    for layer in Layer:
        cells = [r for r in results if r["kind"] == Kind.MATRIX and r["layer"] == layer.value]
        if cells:
            lines += ["", f"### Matrix, {layer.value}", "", *_by_condition(cells)]
            lines += ["", f"#### Situations in nominal conditions, {layer.value}", ""]
            lines += _by_situation(cells)
            failed = [cell for cell in cells if not cell["passed"]]
            lines += ["", f"#### What failed, {layer.value}", "", *_failures(failed)]
    return "\n".join(lines) + "\n"


def _summary(results: Sequence[Result]) -> Iterator[str]:
    yield "| layer | what | figure | n | bar | met |"
    yield "|---|---|---|---|---|---|"
    for one in figures(results):
        met = "" if one.met is None else "yes" if one.met else "**no**"
        yield f"| {one.layer.value} | {one.what} | {one.value} | {one.of} | {one.bar} | {met} |"


def _in_attentive_drives(results: Sequence[Result]) -> Iterator[str]:
    told = [(r, w) for r in results if r["kind"] == Kind.ATTENTIVE for w in r["warnings"]]
    if not told:
        yield "None."
        return
    yield "| layer | drive | at | warning | why |"
    yield "|---|---|---|---|---|"
    for drive, warning in told:
        yield (
            f"| {drive['layer']} | {drive['tags']['person']} | {warning['t_s']:.1f} s | {warning['type']}"
            f" | {warning['reason']} |"
        )


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
        if not told_in_time_that_it_cannot_see(cell):
            why.append(f"not told by {cell['announce_by_s']:.1f} s that it cannot see")
        yield f"| {_words(cell['tags']['situation'])} | {cell['tags']['condition']} | {'; '.join(why)} |"


def _told(answer: Mapping[str, Any]) -> str:
    if answer["told_s"] is None:
        return str(answer["outcome"])
    told = f"{answer['told_s']:.2f} s"
    return told if answer["outcome"] == "in time" else f"{told} ({answer['outcome']})"


def _words(name: str) -> str:
    return name.replace("_", " ")
