"""Subcommands that are imported only when they are called for.

`vigil --help` lists them with the first line of their docstring, read from the source without importing it; what
a subcommand needs is loaded when that subcommand is run, or its own `--help` is asked for.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from edge_app.errors import UserError

ENTRY_POINT_GROUP = "vigil.commands"


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A subcommand by the place of its code: a function, or a `typer.Typer` with subcommands of its own."""

    name: str
    module: str
    attribute: str
    group: str = ""  # what stands before it on the command line, such as `calibrate`

    @property
    def called(self) -> str:
        return " ".join(word for word in ("vigil", self.group, self.name) if word)

    def help_line(self) -> str:
        """The first line of the function's docstring, else of the module's, without importing either."""
        try:
            spec = find_spec(self.module)
            source = Path(spec.origin).read_bytes() if spec and spec.origin else b""
            tree = ast.parse(source)
        except (ImportError, OSError, SyntaxError, ValueError):
            return "(not installed)"
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == self.attribute:
                return _first_line(ast.get_docstring(node))
        return _first_line(ast.get_docstring(tree))

    def load(self) -> Any:
        """The command, its options included. Raises `UserError` where its code is missing."""
        try:
            code = getattr(import_module(self.module), self.attribute)
        except ModuleNotFoundError as error:
            if error.name is not None and (self.module + ".").startswith(f"{error.name}."):
                raise UserError(
                    f"`{self.called}` is not part of this installation: the module"
                    f" {self.module} is missing; install Vigil again."
                ) from error
            raise UserError(
                f"`{self.called}` needs the Python package {error.name}, which is not"
                " installed; `pip install` it or the extra of Vigil that holds it."
            ) from error
        if isinstance(code, typer.Typer):
            return _with_whole_summaries(typer.main.get_command(code))
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(self.name)(code)
        return typer.main.get_command(alone)


class LazyGroup(TyperGroup):
    """A group whose commands are stand-ins until one of them is called for."""

    lazy: dict[str, LazyCommand] = {}  # noqa: RUF012 - typer makes the instance; `lazy_app` fills this

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        lazy = self.lazy.get(args[0])
        if lazy is not None:
            command = lazy.load()
            command.name = lazy.name
            self.commands[lazy.name] = command
        return super().resolve_command(ctx, args)


def lazy_app(commands: list[LazyCommand], *, group: str = "", **options: Any) -> typer.Typer:
    """A typer application whose subcommands are `commands`, and those that other packages bring.

    group: that of `vigil` itself, or the name of a subcommand that has subcommands of its own.
    """
    everything = {command.name: command for command in [*brought_by_packages(group), *commands]}
    kind = type("VigilGroup", (LazyGroup,), {"lazy": everything})
    app = typer.Typer(cls=kind, rich_markup_mode=None, **options)
    listing = bool(group) or _listing_wanted()  # a small group is loaded when it is called for
    for command in commands + [c for c in everything.values() if c not in commands]:
        app.command(command.name, short_help=command.help_line() if listing else None)(_stand_in)
    return app


def brought_by_packages(group: str = "") -> list[LazyCommand]:
    """Subcommands that installed packages offer through the entry points `vigil.commands`.

    Those of a group come through `vigil.commands.` and its name, such as `vigil.commands.calibrate`.
    """
    entry_points = f"{ENTRY_POINT_GROUP}.{group}" if group else ENTRY_POINT_GROUP
    return [
        LazyCommand(entry.name, entry.module, entry.attr or "app", group)
        for entry in metadata.entry_points(group=entry_points)
    ]


def _with_whole_summaries(command: Any) -> Any:
    """A group that lists the first sentence of each of its commands, where click would cut it short."""
    for each in getattr(command, "commands", {}).values():
        each.short_help = each.short_help or " ".join((each.help or "").split("\n\n")[0].split())
    return command


def _stand_in() -> None:
    raise AssertionError("LazyGroup replaces every stand-in before it is called")


def _listing_wanted() -> bool:
    """Whether the list of subcommands may be printed, so that reading their docstrings is worth it."""
    return len(sys.argv) < 2 or any(word.startswith("-") for word in sys.argv[1:])


def _first_line(docstring: str | None) -> str:
    return (docstring or "").strip().split("\n")[0]
