"""Compute a study's records as EU 2021/1341 and EU 2023/2590 ask. No conformance is claimed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_app.errors import UserError

if TYPE_CHECKING:
    from edge_app.validation.checks import Check
    from edge_app.validation.outputs import Outputs
    from edge_app.validation.page import Page
    from edge_app.validation.study import Kind

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Compute a study of warnings as EU 2021/1341 (drowsiness) or EU 2023/2590 (distraction) ask.",
)

_Records = Annotated[
    Path | None,
    typer.Option("--records", "-r", metavar="DIR", help="Folder of the study's records."),
]
_Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="REPORT.html", help="Write the page, and JSON beside it."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document in place of text.")]
_Template = Annotated[
    Path | None,
    typer.Option("--template", metavar="DIR", help="Write an empty study to fill in, and leave."),
]
_WriteOutputs = Annotated[
    bool,
    typer.Option(
        "--write-outputs",
        help="Write what the traces hold of warnings into the study's outputs.csv, and leave.",
    ),
]


@app.command()
def ddaw(
    records: _Records = None,
    out: _Out = None,
    as_json: _Json = False,
    template: _Template = None,
    write_outputs: _WriteOutputs = False,
) -> None:
    """Drowsiness warnings: sensitivity after EU 2021/1341.

    Then by condition, false warnings per hour, delays and missed cases. The records are self-ratings on the Karolinska
    scale and what the system told; `--template` explains the files.
    """
    folder = _folder(records, template, "ddaw")
    if folder is None:
        return
    _require_page(out)
    from edge_app.validation.ddaw_document import ddaw_document
    from edge_app.validation.ddaw_page import ddaw_page
    from edge_app.validation.ddaw_records import read_ddaw
    from edge_app.validation.ddaw_result import compute

    with _reading() as progress:
        study = read_ddaw(folder, progress=progress)
    if write_outputs:
        _write_outputs(folder, {test.drive.name: test.outputs for test in study.tests})
        return
    result = compute(study)
    _tell(
        ddaw_page(study, result), result.checks, ddaw_document(study, result), out, as_json=as_json
    )


@app.command()
def addw(
    records: _Records = None,
    out: _Out = None,
    as_json: _Json = False,
    template: _Template = None,
    write_outputs: _WriteOutputs = False,
) -> None:
    """Distraction warnings: the spot-check of EU 2023/2590.

    Then latencies, false warnings and shares by condition. The records are trials (target, speed, when the gaze arrived
    and left) and what the system told; `--template` explains the files.
    """
    folder = _folder(records, template, "addw")
    if folder is None:
        return
    _require_page(out)
    from edge_app.validation.addw_page import addw_document, addw_page
    from edge_app.validation.addw_records import read_addw
    from edge_app.validation.addw_result import compute

    with _reading() as progress:
        study = read_addw(folder, progress=progress)
    if write_outputs:
        _write_outputs(folder, study.outputs)
        return
    result = compute(study)
    _tell(
        addw_page(study, result), result.checks, addw_document(study, result), out, as_json=as_json
    )


def _folder(records: Path | None, template: Path | None, kind: Kind) -> Path | None:
    """Where the records are; None where a template was written instead."""
    if template is not None:
        from edge_app.validation.empty_study import write_empty_study

        for path in write_empty_study(template, kind):
            typer.echo(str(path))
        return None
    if records is None:
        raise UserError(
            f"vigil validate {kind} needs --records DIR; `--template DIR` writes an empty study to fill in"
        )
    return records


def _require_page(out: Path | None) -> None:
    """Before traces are read, which takes long. Raises `UserError`."""
    if out is not None and out.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"--out is {out} but must end in .html; the JSON is written beside it")


@contextmanager
def _reading() -> Iterator[Callable[[str], None]]:
    """A line that says which trace is being read."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status("reading the records") as status:
        yield lambda name: status.update(f"reading the trace of {name}")


def _tell(
    page: Page,
    checks: Sequence[Check],
    document: Mapping[str, Any],
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    from edge_app.validation.page import plain, write_json, write_page

    if out is not None:
        write_page(out, page)
        write_json(out.with_suffix(".json"), document)
    if as_json:
        typer.echo(json.dumps(plain(document), indent=2, ensure_ascii=False))
        return
    _print(page, checks)
    if out is not None:
        typer.echo(str(out))
        typer.echo(str(out.with_suffix(".json")))


def _print(page: Page, checks: Sequence[Check]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    console.print(page.title, markup=False)
    console.print(page.facts, markup=False)
    if page.simulated:
        console.print("simulated: scripted drivers; consistency, not accuracy")
    table = Table("clause", "asks", "found", "", title=page.regulation, title_justify="left")
    for check in checks:
        cells = (check.clause, check.asks, check.found, check.verdict.value)
        table.add_row(*map(escape, cells))
    console.print(table)
    for label, value, note in page.headlines:
        console.print(f"{label}: {value} ({note})", markup=False)
    console.print("No conformance is claimed.")


def _write_outputs(folder: Path, outputs: Mapping[str, Outputs]) -> None:
    from edge_app.validation.outputs import OUTPUTS_FILE, write_outputs

    file = folder / OUTPUTS_FILE
    if not outputs:
        raise UserError(
            f"{folder}: trials.csv tells the warnings itself (warning_s); nothing to write"
        )
    write_outputs(file, outputs)
    typer.echo(str(file))
