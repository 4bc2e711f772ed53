"""What is said on `vigil/v1/<vehicle>/command/<name>` and `…/result`: a request model for each command, one result.

Requests are strict: an unknown field, a number in quotes or a time without its zone is refused, not guessed at.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, Strict

from edge_app.telemetry.messages import Message

CommandName = Literal[
    "ping",
    "status",
    "settings",
    "set",
    "reset",
    "acknowledge",
    "calibrate",
    "update_bundle",
    "upload_trace",
]
READING: frozenset[str] = frozenset(("ping", "status", "settings"))
"""Commands that change nothing: asked twice they do no harm, so they are not remembered."""

ULID_PATTERN = r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
MOST_KEYS = 16
SettingsKey = Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=100)]


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _as_rfc_3339(value: object) -> object:
    """Pydantic would take a count of seconds for a time as well."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("must be a time such as 2026-12-01T09:30:00Z")
    return value


Rfc3339 = Annotated[AwareDatetime, Strict(False), BeforeValidator(_as_rfc_3339)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class NoArguments(_Asked):
    """Nothing to say: `{}`."""


class SettingsArguments(_Asked):
    group: str | None = Field(
        default=None,
        pattern=r"^[a-z_]+$",
        max_length=40,
        description="One group of settings, such as `alerts`; all of them without it",
    )


class SetArguments(_Asked):
    values: dict[SettingsKey, int | float] = Field(
        min_length=1,
        max_length=MOST_KEYS,
        description="New values by dotted key; all of them are set, or none",
    )


class ResetArguments(_Asked):
    keys: (
        Literal["all"] | Annotated[tuple[SettingsKey, ...], Field(min_length=1, max_length=64)]
    ) = Field(description="Keys that go back to what the vehicle's own files say, or `all`")


class UpdateArguments(_Asked):
    version: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9.+_-]*$",
        max_length=64,
        description="The bundle's version; the newest that the vehicle's own source offers without it",
    )


class UploadArguments(_Asked):
    newest: int = Field(
        default=10, ge=1, le=1000, description="At most so many finished trace files, newest first"
    )


_Arguments = TypeVar("_Arguments", bound=_Asked)


class Request(_Asked, Generic[_Arguments]):
    """A command as it is asked for."""

    id: str = Field(
        pattern=ULID_PATTERN, description="ULID; the same id is done once, however often it comes"
    )
    expires_at: Rfc3339 = Field(
        description="RFC 3339 with its zone; after this moment nobody does it any more"
    )
    arguments: _Arguments


REQUESTS: dict[str, type[Request[Any]]] = {
    "ping": Request[NoArguments],
    "status": Request[NoArguments],
    "settings": Request[SettingsArguments],
    "set": Request[SetArguments],
    "reset": Request[ResetArguments],
    "acknowledge": Request[NoArguments],
    "calibrate": Request[NoArguments],
    "update_bundle": Request[UpdateArguments],
    "upload_trace": Request[UploadArguments],
}


class CommandResult(Message):
    """What came of a command. `accepted` is followed by others of the same id; the rest are last words."""

    id: str | None = Field(description="Of the request; null where none could be read")
    name: str
    status: Literal["done", "accepted", "refused", "failed"]
    reason: str | None = Field(description="Why it was refused or has failed, one word")
    detail: str = Field(description="A sentence for people")
    values: dict[str, JsonValue]
    time: datetime
    clock_synchronised: bool
