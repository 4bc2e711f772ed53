"""A report as one page that needs nothing but itself, and the same numbers as JSON.

In: sections made of text, tables and figures. Out: two files. Every word from outside is escaped by the template.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import jinja2

from edge_app import __version__
from edge_app.errors import UserError
from edge_app.validation.checks import Check
from edge_app.validation.figures import Figure

_HERE = Path(__file__).parent
_VIEWS = _HERE.parent / "views" / "static"


@dataclass(frozen=True, slots=True)
class Table:
    """`numbers`: columns set as figures."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    empty: str = "none"


@dataclass(frozen=True, slots=True)
class Section:
    """`source`: `regulation` for its computation, `ours` for what goes beyond it, `records` for what was given."""

    title: str
    source: str
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """`headlines`: (label, value, note)."""

    title: str
    regulation: str
    simulated: bool
    facts: str
    headlines: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]


def write_page(path: Path, page: Page) -> None:
    """Raises `UserError` where it cannot be written."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_HERE / "templates", _VIEWS]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = environment.get_template("validation.html").render(page=page, version=__version__)
    _write(path, words)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Raises `UserError` where it cannot be written."""
    _write(path, json.dumps(plain(document), indent=2, ensure_ascii=False) + "\n")


def plain(value: Any) -> Any:
    """Dataclasses, enums and tuples as JSON has them."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [plain(held) for held in value]
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, bool | int | float | None) else str(value)


def _write(path: Path, words: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{path}: the report cannot be written ({error.strerror}); choose another --out"
        ) from error
