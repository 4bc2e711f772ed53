"""The document of one run, as JSON: who was measured where and when, and each set's figures with their intervals.

`docs/evaluation.md` describes the keys.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_app.errors import UserError
from model_compression.evaluation.contestant import BUNDLE, RIVAL, Contestant
from model_compression.evaluation.figure import Figure, Figures
from model_compression.evaluation.measured import ByContestant, Measured

FORMAT = 2
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """One `--set` of the command line and what it gave."""

    kind: str
    path: str
    measured: Measured


def document(
    contestants: Sequence[Contestant],
    sets: Sequence[MeasuredSet],
    *,
    date: str,
    choice: Mapping[str, object],
    machine: Mapping[str, object],
) -> Json:
    by_role = {contestant.role: contestant for contestant in contestants}
    rival = by_role.get(RIVAL)
    return {
        "format": FORMAT,
        "date": date,
        "machine": dict(machine),
        "choice": dict(choice),
        "bundle": _contestant(by_role[BUNDLE]),
        "rival": None if rival is None else _contestant(rival),
        "sets": [_set(each) for each in sets],
    }


def write_document(document: Json, path: Path) -> None:
    """Replaces the file in one step. Raises `UserError`."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror}); choose another place"
        ) from (error)


def read_document(path: Path) -> Json:
    """Raises `UserError` unless the file is such a document."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error}); run `vigil evaluate --json` again") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT or "sets" not in content:
        raise UserError(
            f"{path}: not a document of `vigil evaluate --json` of format {FORMAT}; make it again"
        )
    return content


def measurements(document: Json) -> list[Json]:
    """The figures as `metrics` of a bundle's manifest has them: numbers only, one entry a set."""
    return [
        {
            "set": f"{entry['kind']}:{entry['path']}",
            "date": str(document["date"])[:10],
            "n": entry["n"],
            "people": entry["people"],
            "figures": {
                name: value for name, value in entry["figures"].items() if value is not None
            },
        }
        for entry in document["sets"]
    ]


def left_out_sentences(left_out: Mapping[str, str]) -> list[str]:
    """Who was not measured, by the reason why. left_out: as in the document."""
    by_reason: dict[str, list[str]] = {}
    for person, why in left_out.items():
        by_reason.setdefault(why, []).append(person)
    return [f"left out: {', '.join(people)}: {why}" for why, people in by_reason.items()]


def _contestant(contestant: Contestant) -> Json:
    settings = contestant.settings
    return {
        "name": contestant.perception.name,
        "model": settings.model,
        "sha256": contestant.sha256,
        "runtime": settings.runtime,
        "files": contestant.files,
        "threads": settings.threads,
    }


def _set(each: MeasuredSet) -> Json:
    measured = each.measured
    entry: Json = {
        "kind": each.kind,
        "path": each.path,
        "n": measured.n,
        "people": measured.people,
        **_figures(measured.figures),
        "groups": {
            what: {group: _figures(figures) for group, figures in parts.items()}
            for what, parts in measured.groups.items()
        },
        "confusion": {role: table.as_json() for role, table in measured.confusions.items()},
        "left_out_of_groups": list(measured.left_out_of_groups),
        "left_out": measured.left_out,
        "notes": list(measured.notes),
    }
    return entry


def _figures(by_role: ByContestant) -> Json:
    rival = by_role.get(RIVAL)
    return {
        **figures_as_json(by_role[BUNDLE]),
        "rival": None if rival is None else figures_as_json(rival),
    }


def figures_as_json(figures: Figures) -> Json:
    """`figures`, a number or null each, and `intervals`, what stands behind them."""
    return {
        "figures": {name: _rounded(figure.value) for name, figure in figures.items()},
        "intervals": {name: _interval(figure) for name, figure in figures.items()},
    }


def _interval(figure: Figure) -> Json:
    return {
        "n": figure.n,
        "people": figure.people,
        "sources": figure.sources,
        "low": _rounded(figure.low),
        "high": _rounded(figure.high),
        "how": figure.interval,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)
