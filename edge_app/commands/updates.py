"""See what signed updates have brought, fetch one now, or go back."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

import typer

from edge_app.commands.options import ConfigOption, Overrides
from edge_app.errors import UserError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=(__doc__ or "").split("\n")[0])


@app.command()
def status(config: ConfigOption = None, overrides: Overrides = None) -> None:
    """Tell which bundle each slot holds, how the trial goes, and what was refused."""
    from edge_app.configuration.load import load_settings
    from edge_app.updates.last_failure import LastFailure
    from edge_app.updates.slots_file import SLOT_NAMES, read_record
    from edge_app.updates.trusted_time import TrustedTime

    settings = load_settings(config, overrides or ())
    folder = settings.updates.slots_folder
    record = read_record(folder)
    enabled = "on" if settings.updates.enabled else "off"
    typer.echo(f"updates: {enabled}, channel {settings.updates.channel}, {folder}")
    if record.current is None:
        typer.echo(f"in use: {settings.perception.model}, as perception.model says")
    for name in SLOT_NAMES:
        slot = record.slot(name)
        words = slot.state if not slot.title else f"{slot.title}, {slot.state}"
        here = " (in use)" if name == record.current else ""
        typer.echo(f"{name}: {words}{here}")
    if record.trial is not None:
        trial, needed_s = record.trial, settings.updates.trial.good_running_s
        typer.echo(
            f"trial: {trial.good_s:.0f} of {needed_s:.0f} s of good running, {trial.failed_starts} failed starts"
        )
    for refused in record.refused:
        typer.echo(f"not tried again: {refused.title}: {refused.why}")
    failure = LastFailure(folder).read()
    if failure is not None:
        typer.echo(f"failing: {failure.words}")
    kept_s = TrustedTime(folder).kept_s()
    if kept_s:
        when = datetime.fromtimestamp(kept_s, timezone.utc)
        typer.echo(f"last trusted time: {when:%Y-%m-%d %H:%M} UTC")


@app.command()
def check(config: ConfigOption = None, overrides: Overrides = None) -> None:
    """Ask the repository now, and put what is new into the free slot."""
    from rich.console import Console

    from edge_app.configuration.load import load_settings
    from edge_app.updates.opening import open_updates

    settings = load_settings(config, overrides or ())
    _require_own(settings.updates.slots_folder)
    updates = open_updates(settings)
    if updates is None:
        raise UserError("updates.enabled is false; switch it on in the configuration file.")
    console = Console(stderr=True)
    with console.status("asking the repository") as shown:
        words = updates.checks.update(None, lambda told: shown.update(told))
    typer.echo(words)


@app.command()
def back(config: ConfigOption = None, overrides: Overrides = None) -> None:
    """Leave the bundle in use for the one before, from the next start on."""
    from edge_app.configuration.load import load_settings
    from edge_app.updates.slots import Slots

    settings = load_settings(config, overrides or ())
    _require_own(settings.updates.slots_folder)
    slots = Slots(settings.updates.slots_folder, settings.updates.trial)
    if not slots.leave("a person went back"):
        raise UserError("no slot is in use, so there is nothing to go back from.")
    name = slots.record.current
    model = settings.perception.model if name is None else slots.record.slot(name).title
    typer.echo(f"{model} is in use from the next start on")


def _require_own(folder: Path) -> None:
    """What another user writes there, the service could no longer read."""
    try:
        owner = folder.stat().st_uid
    except OSError:
        return  # made by whoever comes first, or told by what opens it
    if owner != os.geteuid():
        raise UserError(
            f"{folder} belongs to another user (number {owner}), whose service could not read what is written there; "
            "give the command as that user, such as with `sudo -u vigil`."
        )
