"""What is wrong with a request, in plain words: where, and what may be there. What was sent is not repeated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pydantic_core import ErrorDetails, from_json

from edge_app.commanding.refusal import Reason, RefusedError
from edge_app.configuration.document import KeyPath, dotted
from edge_app.configuration.sentences import SettingsGuide, data_path
from edge_app.configuration.settable import settable
from edge_app.telemetry.command_messages import REQUESTS

_MOST_TOLD = 3
_MOST_CHARS = 60
_VALUES = ("arguments", "values")  # of `set`


def unsound(name: str, payload: bytes, errors: Sequence[ErrorDetails]) -> RefusedError:
    """payload: JSON that is no request for the command `name`."""
    sent = from_json(payload)
    by_path: dict[KeyPath, ErrorDetails] = {}
    for error in errors:
        by_path.setdefault(data_path(error, sent), error)
    not_settable = [path for path, error in by_path.items() if _is_not_settable(path, error)]
    if not_settable:
        told = " ".join(
            f"{dotted(path[2:])[:_MOST_CHARS]} may not be set by command."
            for path in not_settable[:_MOST_TOLD]
        )
        return RefusedError(Reason.NOT_SETTABLE, told)
    words = [_words(path, error, sent, _guide(name)) for path, error in by_path.items()]
    return RefusedError(Reason.INVALID, f"{'; '.join(words[:_MOST_TOLD])}.")


def _is_not_settable(path: KeyPath, error: ErrorDetails) -> bool:
    """A value of whatever kind, for a setting that takes none from afar."""
    if len(path) != 3 or path[:2] != _VALUES or _is_of_key(error):
        return False
    return settable(str(path[2])) is None


def _is_of_key(error: ErrorDetails) -> bool:
    return error["loc"][-1:] == ("[key]",)


def _words(path: KeyPath, error: ErrorDetails, sent: Any, guide: SettingsGuide) -> str:
    where = dotted(path)[:_MOST_CHARS] or "the command"
    if _is_of_key(error):
        return f"{where} is no key of a setting"
    if error["type"] == "extra_forbidden":
        known = guide.keys_at(path[:-1], sent)
        return f"{where} is not known; " + (
            f"known there: {', '.join(known)}" if known else "nothing is to be said there"
        )
    missing = "is missing and " if error["type"] == "missing" else ""
    return f"{where} {missing}must be {guide.allowed_at(path, sent)}"


@lru_cache(maxsize=len(REQUESTS))
def _guide(name: str) -> SettingsGuide:
    return SettingsGuide(REQUESTS[name])
