"""Check a configuration, show what holds, print the reference of all settings.

The reference and the JSON Schema are generated from the settings classes, so they cannot fall behind the code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml
from rich.console import Console

from edge_app.commands.config_reset import reset, told_by_command
from edge_app.commands.config_signed import told_signed
from edge_app.commands.options import Overrides

if TYPE_CHECKING:
    from edge_app.commands.finding import Finding

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])
app.command()(reset)

ConfigFile = Annotated[Path, typer.Argument(help="The YAML file.", show_default=False)]
OptionalConfigFile = Annotated[
    Path | None, typer.Argument(help="The YAML file; the defaults without it.", show_default=False)
]
OutFile = Annotated[
    Path | None, typer.Option("--out", help="Write to this file instead of standard output.")
]


@app.command()
def check(file: ConfigFile, overrides: Overrides = None) -> None:
    """Say whether FILE is a valid configuration, whose files are there; every mistake is named with its line.

    Whether the unit itself is fit, its camera, model and broker, is asked of `vigil doctor`.
    """
    from edge_app.commands.checkup import Checkup
    from edge_app.commands.finding import Verdict
    from edge_app.configuration.load import load_settings
    from edge_app.errors import UserError

    found = list(Checkup(load_settings(file, overrides or [])).files())
    failed = [each for each in found if each.verdict is Verdict.FAIL]
    if failed:
        raise UserError("\n".join(f"{file}: {_sentence(each)}" for each in failed))
    doubts = [each for each in found if each.verdict is Verdict.WARN]
    for each in doubts:
        typer.echo(f"warning: {file}: {_sentence(each)}", err=True)
    told = "valid, with what is warned of" if doubts else "ok"
    Console(highlight=False, soft_wrap=True).print(f"{file}: {told}", markup=False)


@app.command()
def show(file: OptionalConfigFile = None, overrides: Overrides = None) -> None:
    """Print every value that holds: defaults, signed settings, profile and FILE together, passwords masked."""
    from edge_app.configuration.by_command import SettingsSources
    from edge_app.configuration.load import load_settings
    from edge_app.updates.opening import signed_below

    chosen = tuple(overrides or ())
    signed = signed_below(lambda below: load_settings(file, chosen, below=below))
    sources = SettingsSources(file, chosen, signed)
    settings = sources.layered().settings
    typer.echo(yaml.safe_dump(_masked(settings.model_dump(mode="json")), sort_keys=False), nl=False)
    for line in (*told_signed(sources), *told_by_command(sources)):
        typer.echo(line)


@app.command()
def reference(out: OutFile = None) -> None:
    """Print the reference of all settings, as Markdown."""
    from edge_app.configuration.reference import reference_markdown
    from edge_app.settings import VigilSettings

    _write(reference_markdown(VigilSettings), out)


@app.command()
def schema(out: OutFile = None) -> None:
    """Print the JSON Schema of the file, for editors that complete and check YAML."""
    from edge_app.settings import VigilSettings

    _write(json.dumps(VigilSettings.model_json_schema(), indent=2) + "\n", out)


def _sentence(finding: Finding) -> str:
    return f"{finding.found}; {finding.to_do}" if finding.to_do else finding.found


def _write(text: str, out: Path | None) -> None:
    if out is None:
        typer.echo(text, nl=False)
        return
    from edge_app.errors import UserError

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{out}: cannot be written ({error.strerror}); name another file with --out."
        ) from error


def _masked(values: Any) -> Any:
    from edge_app.configuration.sentences import without_password

    if isinstance(values, dict):
        return {key: _masked(value) for key, value in values.items()}
    if isinstance(values, list):
        return [_masked(value) for value in values]
    return without_password(values) if isinstance(values, str) else values
