"""The `vigil` console command: finds the subcommand, and turns what goes wrong into one line and an exit code.

0 done, 1 an internal error or a failed check, 2 something the user can mend, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from edge_app import __version__
from edge_app.commands.lazy_group import LazyCommand, lazy_app
from edge_app.errors import UserError

COMMANDS = [
    LazyCommand("run", "edge_app.commands.run", "run"),
    LazyCommand("analyze", "edge_app.commands.analyze", "analyze"),
    LazyCommand("replay", "edge_app.commands.replay", "replay"),
    LazyCommand("demo", "edge_app.commands.demo", "demo"),
    LazyCommand("doctor", "edge_app.commands.doctor", "doctor"),
    LazyCommand("aim", "edge_app.commands.aim", "aim"),
    LazyCommand("config", "edge_app.commands.config", "app"),
    LazyCommand("models", "edge_app.commands.models", "app"),
    LazyCommand("validate", "edge_app.commands.validate", "app"),
    LazyCommand("calibrate", "edge_app.commands.calibrate", "app"),
    LazyCommand("updates", "edge_app.commands.updates", "app"),
    LazyCommand("stills", "edge_app.commands.stills", "app"),
]
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `vigil` with `arguments` (None: those of the process) and end the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words or bool(os.environ.get("VIGIL_DEBUG"))
    sys.exit(_exit_code(words, debug))


def _exit_code(words: list[str], debug: bool) -> int:
    try:
        typer.main.get_command(_app())(args=words, prog_name="vigil")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except UserError as error:
        if debug:
            traceback.print_exc()
        for sentence in str(error).splitlines():
            sys.stderr.write(f"error: {sentence}\n")
        return 2
    except Exception as error:  # noqa: BLE001 - the top of the main thread: told, kept, never lost
        if debug:
            traceback.print_exc()
            return 1
        kind = type(error).__name__
        sys.stderr.write(f"internal error: {kind}: {_one_line(error)}; {_keep_traceback()}\n")
        return 1
    return 0


def _app() -> typer.Typer:
    app = lazy_app(
        COMMANDS,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="Driver monitoring on small computers: watches the driver, warns in the cabin, tells the fleet.",
    )
    app.callback()(_root)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vigil {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and leave.", is_eager=True, callback=_version
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Print the traceback of an error (also VIGIL_DEBUG=1).")
    ] = False,
) -> None:
    return


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _keep_traceback() -> str:
    """Write the traceback where the next crash overwrites it: a restarting service must not fill the disk."""
    text = traceback.format_exc()
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    file = Path(state) / "vigil" / "last-crash.txt"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        return f"its traceback could not be kept ({problem}); run again with `vigil --debug`."
    return f"its traceback is in {file}; please report it."


if __name__ == "__main__":
    main()
