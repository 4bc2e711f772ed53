"""Figures as a Markdown table, for docs/no-loss.md."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.figures import Figure, shown


def as_markdown(figures: Sequence[Figure]) -> str:
    lines = ["| part | figure | value | of | bar | |", "|---|---|--:|--:|---|---|"]
    part = ""
    for figure in figures:
        cells = (
            figure.part if figure.part != part else "",
            figure.name,
            f"{shown(figure.value)} {figure.unit}".rstrip() + _range(figure),
            "" if figure.n is None else str(figure.n),
            _bar(figure),
            figure.note,
        )
        lines.append("| " + " | ".join(cells) + " |")
        part = figure.part
    return "\n".join(lines) + "\n"


def _range(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return f" ({shown(figure.low)} to {shown(figure.high)})"


def _bar(figure: Figure) -> str:
    if figure.target is None:
        return ""
    sign = "≤" if figure.target.bound == "at most" else "≥"
    return f"{sign} {shown(figure.target.value)}, {'met' if figure.met else 'not met'}"
