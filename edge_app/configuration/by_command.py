"""Settings changed by commands from the fleet: a file of the program's own, above the user's, below `--set`.

It lies beside the outbox, is replaced as a whole or not at all, and holds only while `telemetry.commands.enabled` is
true. What is no longer settable, or goes further than may be, is left out and told: no file there stops the watch.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from edge_app.configuration.document import ConfigurationError, Origin, printable
from edge_app.configuration.load import Override, load_settings, read_file
from edge_app.configuration.settable import settable, value_of
from edge_app.errors import UserError
from edge_app.settings import VigilSettings

logger = logging.getLogger(__name__)

FILE_NAME = "settings-by-command.yaml"
_HEAD = (
    "# Written by Vigil: settings that commands from the fleet have changed. They hold above the configuration file.\n"
    "# `vigil config reset` takes them back; so does deleting this file.\n"
)


@dataclass(frozen=True, slots=True)
class Layered:
    """Settings with what was set by command."""

    settings: VigilSettings
    by_command: Mapping[str, Any]  # values by dotted key, those that hold
    left_out: tuple[str, ...] = ()  # a sentence for each that does not hold


@dataclass(frozen=True, slots=True)
class SettingsSources:
    """Where the settings of a running program come from: its configuration file and the options over it."""

    file: Path | None = None
    options: tuple[str | Override, ...] = ()
    below: Mapping[str, Any] = field(default_factory=dict)  # what the fleet has signed

    def own(self) -> VigilSettings:
        """What the vehicle's own files and options say, without commands. Raises `ConfigurationError`."""
        return load_settings(self.file, self.options, below=dict(self.below))

    def layered(self) -> Layered:
        """With what was set by command. Raises `ConfigurationError` only for the vehicle's own files."""
        own = self.own()
        if not own.telemetry.commands.enabled:
            return Layered(own, {})
        path = by_command_path(own)
        try:
            written = read_by_command(path)
        except ConfigurationError as error:
            return Layered(own, {}, (f"{error} Nothing in it holds.",))
        held, left_out = _sorted_out(written, own, path)
        if not held:
            return Layered(own, {}, left_out)
        try:
            return Layered(self.with_values(held), held, left_out)
        except ConfigurationError as error:
            return Layered(own, {}, (*left_out, f"{path}: nothing in it holds: {error}"))

    def with_values(self, values: Mapping[str, Any]) -> VigilSettings:
        """Raises `ConfigurationError` where they do not go together."""
        above = [
            Override(tuple(key.split(".")), value, Origin("set by command", None, repr(value)))
            for key, value in values.items()
        ]
        return load_settings(self.file, (*above, *self.options), below=dict(self.below))


def by_command_path(own: VigilSettings) -> Path:
    return own.telemetry.outbox.path.parent / FILE_NAME


def read_by_command(path: Path) -> dict[str, Any]:
    """By dotted key; empty where there is no such file. Raises `ConfigurationError`."""
    try:
        path.stat()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read ({error.strerror})."]) from error
    return dict(read_file(path).values)


def write_by_command(path: Path, values: Mapping[str, Any]) -> None:
    """All of it or nothing, on the disk when it returns. Raises `UserError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{FILE_NAME}-", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(_HEAD)
                if values:
                    yaml.safe_dump(dict(sorted(values.items())), file, sort_keys=False)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written ({error.strerror}); what was set by command stays as it was."
        ) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def objections(values: Mapping[str, Any], own: VigilSettings) -> dict[str, str]:
    """A sentence by key for each value that no command may set."""
    plain = own.model_dump(mode="json")
    found = {}
    for key, value in values.items():
        rule, base = settable(key), value_of(key, plain)
        if rule is None:
            found[key] = f"{printable(key)} may not be set by command."
        elif base is None:
            found[key] = f"{printable(key)} is no setting of this vehicle."
        else:
            why_not = rule.objection(value, base)
            if why_not is not None:
                found[key] = f"{key} {why_not}; {rule.why}."
    return found


def _sorted_out(
    written: dict[str, Any], own: VigilSettings, path: Path
) -> tuple[dict[str, Any], tuple[str, ...]]:
    wrong = objections(written, own)
    held = {key: value for key, value in written.items() if key not in wrong}
    return held, tuple(f"{path}: left out: {sentence}" for sentence in wrong.values())


def load_in_vehicle(sources: SettingsSources) -> VigilSettings:
    """Settings of a unit on the road, commands included; what does not hold is logged."""
    layered = sources.layered()
    for sentence in layered.left_out:
        logger.warning("%s", sentence)
    if layered.by_command:
        logger.info("set by command: %s", ", ".join(layered.by_command))
    return layered.settings


def reset_by_command(own: VigilSettings, keys: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Take back `keys`, or all without any. Returns those that were set. Raises `UserError`."""
    path = by_command_path(own)
    try:
        written = read_by_command(path)
    except ConfigurationError:
        if keys:
            raise
        written = {}
        write_by_command(path, written)
        return ("all of a file that could not be read",)
    taken = tuple(key for key in written if not keys or key in keys)
    if taken:
        write_by_command(path, {k: v for k, v in written.items() if k not in taken})
    return taken
