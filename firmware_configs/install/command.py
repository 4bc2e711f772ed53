"""`vigil install`: what a unit in a vehicle needs of its machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_app.errors import UserError

if TYPE_CHECKING:
    from firmware_configs.install.step import Outcome


def install(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")
    ] = False,
    uninstall: Annotated[
        bool, typer.Option("--uninstall", help="Take away what was installed; state stays.")
    ] = False,
    purge: Annotated[
        bool,
        typer.Option("--purge", help="With --uninstall: state, settings and the user too."),
    ] = False,
    root: Annotated[
        Path,
        typer.Option("--root", metavar="DIR", help="An image that is not running, by its folder."),
    ] = Path("/"),
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="The unit's settings, put at /etc/vigil/vigil.yaml."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", help="The device, where it is not to be found out."),
    ] = None,
    vehicle_id: Annotated[
        str | None, typer.Option("--vehicle-id", help="The vehicle's name, for new settings.")
    ] = None,
    wheel: Annotated[
        Path | None,
        typer.Option(
            "--wheel", metavar="FILE", help="Make /opt/vigil/venv from this wheel of Vigil."
        ),
    ] = None,
    user: Annotated[str, typer.Option("--user", help="The user as whom Vigil runs.")] = "vigil",
    with_broker: Annotated[
        bool,
        typer.Option("--with-broker", help="Set up Mosquitto for this machine alone."),
    ] = False,
) -> None:
    """Make this machine a unit: user, environment, service, udev, journal, settings; or undo it."""
    from firmware_configs.install import installation
    from firmware_configs.install.plan import Wish, steps
    from firmware_configs.install.target import open_target

    if purge and not uninstall:
        raise UserError("--purge belongs to --uninstall; without it nothing is removed.")
    target = open_target(root, changes=not dry_run)
    if uninstall:
        outcomes = installation.uninstall(target, dry_run=dry_run, purge=purge)
    else:
        wish = Wish(
            user=user,
            config=config,
            profile=profile,
            vehicle_id=vehicle_id,
            wheel=wheel,
            with_broker=with_broker,
        )
        outcomes = installation.install(target, steps(target, wish), dry_run=dry_run)
    _tell(outcomes, dry_run)


_COLOURS = {
    "made": "green",
    "changed": "green",
    "removed": "green",
    "kept": "yellow",
    "missing": "yellow",
    "unchanged": "bright_black",
}


_WOULD_BE = {"made": "make", "changed": "change", "removed": "remove"}


def _tell(outcomes: Iterator[Outcome], dry_run: bool) -> None:
    work = left = 0
    for outcome in outcomes:
        word = outcome.verdict.value
        colour = _COLOURS[word]
        if dry_run and word in _WOULD_BE:
            word = f"would {_WOULD_BE[word]}"
        work += outcome.verdict.is_work
        left += outcome.is_left
        detail = f": {outcome.detail}" if outcome.detail else ""
        width = 14 if dry_run else 11
        typer.echo(f"{typer.style(f'{word:<{width}}', fg=colour)}{outcome.what}{detail}")
    if dry_run and work:
        typer.echo(f"{work} things would be done; nothing was.")
    if left:
        typer.echo(
            f"Left to you: {left} of the above, what is missing or kept though something else was asked for."
        )
    elif not work:
        typer.echo("Nothing to do." if dry_run else "Everything is as it should be.")
