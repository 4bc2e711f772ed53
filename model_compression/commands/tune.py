"""`vigil tune`: the thresholds and temperatures of trained students, measured on people held out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_app.errors import UserError

if TYPE_CHECKING:
    from model_compression.tuning.tune import Tuning

_NEEDED = ("detector", "face", "eyes")


def tune(
    students: Annotated[
        list[Path],
        typer.Argument(
            metavar="STUDENT…",
            help="student.pt files, or the folders of their runs: detector, face, eyes, expression.",
        ),
    ],
    facts: Annotated[
        Path,
        typer.Option(
            "--facts", help="YAML for `vigil bundle make`: its thresholds and temperatures are set."
        ),
    ],
    faces: Annotated[
        int, typer.Option("--faces", min=20, help="Held-out faces of each set.")
    ] = 300,
    scenes: Annotated[
        int, typer.Option("--scenes", min=20, help="Scenes with faces, and as many without.")
    ] = 600,
) -> None:
    """Choose the values with which a bundle's outputs become probabilities and decisions."""
    from rich.console import Console

    try:
        from model_compression.training.network_file import read_network
        from model_compression.tuning.tune import tuned
    except ModuleNotFoundError as error:
        raise UserError(
            f"vigil tune needs the Python package {error.name}; run"
            " `pip install 'vigil-driver-monitoring[train]'`."
        ) from error

    console = Console(highlight=False, soft_wrap=True)
    given: dict[str, Any] = {}
    for path in students:
        file = read_network(path)
        if file.part in given:
            raise UserError(f"{path}: is a second student of the part {file.part}; give one.")
        given[file.part] = file.network()
    missing = [part for part in _NEEDED if part not in given]
    if missing:
        raise UserError(
            f"vigil tune needs students of {', '.join(_NEEDED)}: {missing[0]} is missing."
        )
    known = _read(facts)

    def told(what: str) -> None:
        console.print(what, markup=False)

    temperature = 1.0
    if "expression" in given:
        from model_compression.tuning.expression import expression_temperature

        temperature = expression_temperature(given["expression"])
    result = tuned(
        *(given[part] for part in _NEEDED),
        faces=faces,
        scenes=scenes,
        expression_temperature=temperature,
        progress=told,
    )
    _write(facts, known, result)
    for name, value in {**result.thresholds.model_dump(), **result.figures}.items():
        told(f"{name} {value:.4g}")
    told(f"{facts}: thresholds and temperatures set")


def _read(facts: Path) -> dict[str, Any]:
    from model_compression.export.bundle_facts import read_facts

    if not facts.exists():
        return {}
    return read_facts(facts).model_dump(mode="json", exclude_unset=True)


def _write(facts: Path, known: dict[str, Any], result: Tuning) -> None:
    import yaml

    known["thresholds"] = result.thresholds.model_dump()
    known["temperatures"] = result.temperatures.model_dump()
    try:
        facts.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(known, sort_keys=False, allow_unicode=True, width=120)
        facts.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{facts}: cannot be written ({error.strerror or error}).") from error
