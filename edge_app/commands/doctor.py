"""`vigil doctor`: is this unit fit to drive? Each part tried for real, with what to do about it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from edge_app.commands.checkup import Checkup
from edge_app.commands.finding import Finding, Verdict
from edge_app.commands.options import ConfigOption, Overrides

_COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


def doctor(
    config: ConfigOption = None,
    overrides: Overrides = None,
    silent: Annotated[
        bool, typer.Option("--silent", help="Open sound and lights, but do not try them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Check camera, model, broker and the rest, and say what to do."""
    from edge_app.configuration.load import load_settings

    checkup = Checkup(load_settings(config, overrides or []), silent=silent)
    if as_json:
        findings = list(checkup.findings())
        typer.echo(_json(findings))
    elif sys.stdout.isatty():
        findings = _table(checkup)
    else:
        findings = list(_lines(checkup))
    if any(finding.verdict is Verdict.FAIL for finding in findings):
        raise typer.Exit(1)


def _lines(checkup: Checkup) -> Iterator[Finding]:
    for finding in checkup.findings():
        to_do = f"; {finding.to_do}" if finding.to_do else ""
        typer.echo(f"{finding.verdict.value:<5}{finding.name}: {finding.found}{to_do}")
        yield finding


def _table(checkup: Checkup) -> list[Finding]:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table("", "part", box=None, pad_edge=False)
    for title in ("found", "what to do"):
        table.add_column(title, overflow="fold")
    findings = []
    waiting = iter([*list(checkup.checks)[1:], "…"])
    with console.status(next(iter(checkup.checks))) as status:
        for finding in checkup.findings():
            findings.append(finding)
            colour = _COLOURS[finding.verdict]
            table.add_row(
                f"[{colour}]{finding.verdict.value}[/]",
                escape(finding.name),
                escape(finding.found),
                escape(finding.to_do),
            )
            status.update(next(waiting, ""))
    console.print(table)
    return findings


def _json(findings: list[Finding]) -> str:
    ok = all(finding.verdict is not Verdict.FAIL for finding in findings)
    checks = [
        {
            "name": finding.name,
            "verdict": finding.verdict.value,
            "found": finding.found,
            "to_do": finding.to_do,
        }
        for finding in findings
    ]
    return json.dumps({"ok": ok, "checks": checks}, indent=2, ensure_ascii=False)
