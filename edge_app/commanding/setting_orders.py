"""`settings`, `set` and `reset`: what holds, changed within narrow limits, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue

from edge_app.commanding.orders import Tell
from edge_app.commanding.outcome import Outcome
from edge_app.commanding.refusal import Reason, RefusedError
from edge_app.configuration.by_command import (
    SettingsSources,
    by_command_path,
    objections,
    read_by_command,
    write_by_command,
)
from edge_app.configuration.document import ConfigurationError
from edge_app.configuration.sentences import without_password
from edge_app.configuration.settable import settable, value_of
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.telemetry.command_messages import ResetArguments, SetArguments, SettingsArguments

AT_ONCE, NEXT_START = "at_once", "next_start"
# A driver's eyes and the drivers' consent are personal: they stay in the vehicle.
_PRIVATE = (
    ("driver_profiles", "consent"),
    ("driver_state", "lids", "left"),
    ("driver_state", "lids", "right"),
)


class TellSettings:
    """The values that hold, without secrets and without what is of a driver."""

    def __init__(self, settings: VigilSettings, sources: SettingsSources | None) -> None:
        self._settings = settings
        self._sources = sources

    def carry_out(self, arguments: SettingsArguments, tell: Tell) -> Outcome:
        plain = self._settings.model_dump(mode="json")
        for *around, last in _PRIVATE:
            group: Any = plain
            for part in around:
                group = group.get(part) or {}
            if group.get(last) is not None:
                group[last] = "(kept in the vehicle)"
        if arguments.group is not None:
            if arguments.group not in plain:
                raise RefusedError(
                    Reason.INVALID, f"There is no such group; there are {', '.join(plain)}."
                )
            plain = {arguments.group: plain[arguments.group]}
        by_command = {} if self._sources is None else _written(self._sources)
        return Outcome(
            "done",
            "The settings this program was started with, and those set by command.",
            values={"settings": _shown(plain), "by_command": by_command},
        )


class SetSettings:
    """All of the values, or none. `apply`: takes over what holds at once."""

    def __init__(self, sources: SettingsSources, apply: Callable[[VigilSettings], None]) -> None:
        self._sources = sources
        self._apply = apply

    def carry_out(self, arguments: SetArguments, tell: Tell) -> Outcome:
        own = _own(self._sources)
        wrong = objections(arguments.values, own)
        if wrong:
            unknown = any(settable(key) is None for key in wrong)
            raise RefusedError(
                Reason.NOT_SETTABLE if unknown else Reason.OUT_OF_RANGE, " ".join(wrong.values())
            )
        kept = {**_written(self._sources), **arguments.values}
        kept = {key: value for key, value in kept.items() if key not in objections(kept, own)}
        settings = _with_values(self._sources, kept)
        plain = settings.model_dump(mode="json")
        for key, value in arguments.values.items():
            if value_of(key, plain) != value:
                raise RefusedError(
                    Reason.OVERRIDDEN,
                    f"{key} is set on the command line of this unit, which holds above commands.",
                )
        _write(own, kept)
        self._apply(settings)
        return _told("set", tuple(arguments.values), plain)


class ResetSettings:
    """Back to what the vehicle's own files say."""

    def __init__(self, sources: SettingsSources, apply: Callable[[VigilSettings], None]) -> None:
        self._sources = sources
        self._apply = apply

    def carry_out(self, arguments: ResetArguments, tell: Tell) -> Outcome:
        own = _own(self._sources)
        written = _written(self._sources)
        keys = tuple(written) if arguments.keys == "all" else arguments.keys
        taken = tuple(key for key in keys if key in written)
        kept = {key: value for key, value in written.items() if key not in taken}
        kept = {key: value for key, value in kept.items() if key not in objections(kept, own)}
        settings = _with_values(self._sources, kept)
        if taken:
            _write(own, kept)
            self._apply(settings)
        return _told("taken back", taken, settings.model_dump(mode="json"))


def _told(what: str, keys: tuple[str, ...], plain: dict[str, Any]) -> Outcome:
    if not keys:
        return Outcome("done", "Nothing of that was set by command.", values={"settings": {}})
    values: dict[str, JsonValue] = {}
    waits = False
    for key in keys:
        rule = settable(key)
        at_once = rule is not None and rule.at_once
        waits |= not at_once
        values[key] = {
            "value": value_of(key, plain),
            "takes_effect": AT_ONCE if at_once else NEXT_START,
        }
    when = "it holds from the next start on" if waits else "it holds now"
    return Outcome("done", f"{', '.join(keys)} {what}; {when}.", values={"settings": values})


def _own(sources: SettingsSources) -> VigilSettings:
    try:
        return sources.own()
    except ConfigurationError as error:
        raise RefusedError(
            Reason.NOT_AVAILABLE,
            f"The configuration file of this unit cannot be used now: {error}",
        ) from error


def _written(sources: SettingsSources) -> dict[str, Any]:
    """A file that cannot be read is replaced by the next `set`: nothing in it holds."""
    try:
        return read_by_command(by_command_path(sources.own()))
    except ConfigurationError:
        return {}


def _with_values(sources: SettingsSources, values: Mapping[str, Any]) -> VigilSettings:
    try:
        return sources.with_values(values)
    except ConfigurationError as error:
        raise RefusedError(Reason.OUT_OF_RANGE, str(error)) from error


def _write(own: VigilSettings, values: Mapping[str, Any]) -> None:
    try:
        write_by_command(by_command_path(own), values)
    except UserError as error:
        raise RefusedError(Reason.NOT_AVAILABLE, str(error)) from error


def _shown(values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _shown(value) for key, value in values.items()}
    if isinstance(values, list):
        return [_shown(value) for value in values]
    return without_password(values) if isinstance(values, str) else values
