"""`vigil config reset`: takes back on the spot what commands from the fleet have set; and tells what of it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.commands.options import ConfigOption, Overrides

if TYPE_CHECKING:
    from edge_app.configuration.by_command import SettingsSources


def reset(
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY]...", help="Such as telemetry.state_interval_s.", show_default=False
        ),
    ] = None,
    config: ConfigOption = None,
    overrides: Overrides = None,
    everything: Annotated[bool, typer.Option("--all", help="Whatever was set by command.")] = False,
) -> None:
    """Take back settings that commands from the fleet have changed; the next start goes by the file again."""
    from edge_app.configuration.by_command import by_command_path, reset_by_command
    from edge_app.configuration.load import load_settings
    from edge_app.errors import UserError

    if bool(keys) == everything:
        raise UserError("name the keys to take back, or say --all; `vigil config show` lists them")
    own = load_settings(config, overrides or [])
    taken = reset_by_command(own, tuple(keys or ()))
    missing = [key for key in keys or () if key not in taken]
    if missing:
        raise UserError(f"{missing[0]} was not set by command ({by_command_path(own)})")
    typer.echo(f"taken back: {', '.join(taken)}" if taken else "nothing was set by command")


def told_by_command(sources: SettingsSources) -> list[str]:
    """What stands above the file, a comment line each; none where nothing does."""
    from edge_app.configuration.by_command import by_command_path
    from edge_app.configuration.settable import value_of

    layered = sources.layered()
    own = sources.own()
    lines = [
        f"# {key}: {value:g} was set by command; {value_of(key, own.model_dump(mode='json')):g} without."
        for key, value in layered.by_command.items()
    ]
    lines += [f"# {line}" for sentence in layered.left_out for line in sentence.splitlines()]
    if lines:
        lines.append(f"# See {by_command_path(own)}; `vigil config reset` takes it back.")
    return lines
