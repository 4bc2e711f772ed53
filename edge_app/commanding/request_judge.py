"""May this message be carried out? The one door through which every command comes.

In: a message as it arrived, and the moment. Out: a request that is sound, allowed, in time and new; or `RefusedError`.
Nothing here changes anything but the bucket of the rate.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from edge_app.commanding.refusal import Reason, RefusedError
from edge_app.commanding.remembered import Remembered, RememberedRequests
from edge_app.commanding.token_bucket import TokenBucket
from edge_app.commanding.unsound import unsound
from edge_app.telemetry.clock import Instant
from edge_app.telemetry.command_inbox import Arrived
from edge_app.telemetry.command_messages import READING, REQUESTS, ULID_PATTERN, Request
from edge_app.telemetry.command_settings import CommandSettings

MOST_CORRELATION_BYTES = 128
_NAME = re.compile(r"[a-z][a-z_]{0,31}")


@dataclass(frozen=True, slots=True)
class Sound:
    """A request that may be carried out, or was already (`before`)."""

    name: str
    request: Request[Any]
    fingerprint: bytes
    before: Remembered | None = None

    @property
    def reads_only(self) -> bool:
        return self.name in READING


@dataclass(frozen=True, slots=True)
class Address:
    """Where the answer goes."""

    name: str
    topic: str
    correlation: bytes | None


class _Id(BaseModel):
    id: str = Field(pattern=ULID_PATTERN)


class RequestJudge:
    """`base`: topic of the vehicle, such as `vigil/v1/car-7`."""

    def __init__(
        self, settings: CommandSettings, base: str, remembered: RememberedRequests
    ) -> None:
        self._settings = settings
        self._front = f"{base}/command/"
        self._remembered = remembered
        self._bucket = TokenBucket(settings.burst, settings.per_minute)
        self._trusted_from_s: float | None = None  # monotonic

    def address(self, arrived: Arrived) -> Address | None:
        """None where nobody can be answered. Never where the sender says, unless that is below the result's topic."""
        name = arrived.topic.removeprefix(self._front)
        if not arrived.topic.startswith(self._front) or not _NAME.fullmatch(name):
            return None
        topic = f"{arrived.topic}/result"
        if arrived.response_topic and self._is_below(topic, arrived.response_topic):
            topic = arrived.response_topic
        correlation = arrived.correlation
        if correlation is not None and len(correlation) > MOST_CORRELATION_BYTES:
            correlation = None
        return Address(name, topic, correlation)

    def require_room(self, now: Instant) -> None:
        """Before anything is read. Raises `RefusedError`."""
        if not self._bucket.admits(now.monotonic_s):
            raise RefusedError(
                Reason.TOO_MANY, "Too many commands at once; wait before sending this one again."
            )

    def judge(self, arrived: Arrived, name: str, now: Instant) -> Sound:
        """Raises `RefusedError`."""
        self._judge_message(arrived, name)
        request = self._read(arrived.payload, name)
        if name not in self._settings.allowed:
            raise RefusedError(
                Reason.NOT_ALLOWED,
                f"This vehicle's owner has not allowed `{name}` (telemetry.commands.allowed).",
            )
        fingerprint = hashlib.sha256(name.encode() + b"\0" + arrived.payload).digest()
        sound = Sound(name, request, fingerprint)
        if not now.synchronised:
            if sound.reads_only:
                return sound
            raise RefusedError(
                Reason.CLOCK_NOT_SYNCHRONISED,
                "This unit does not know what time it is, so it cannot tell whether the command has expired.",
            )
        if not sound.reads_only:
            before = self._recalled(request.id)
            if before is not None:
                if before.fingerprint != fingerprint:
                    raise RefusedError(
                        Reason.ID_USED, "Another command has used this id; make a new one."
                    )
                return Sound(name, request, fingerprint, before)
        self._judge_time(request.expires_at, now)
        if not sound.reads_only:
            self._judge_memory(request.expires_at, now)
        return sound

    def _judge_message(self, arrived: Arrived, name: str) -> None:
        if name not in REQUESTS:
            raise RefusedError(
                Reason.UNKNOWN, f"There is no such command; there are {', '.join(REQUESTS)}."
            )
        most = self._settings.max_bytes
        if arrived.size_bytes > most:
            raise RefusedError(
                Reason.OVERSIZED, f"{arrived.size_bytes} bytes; a command has at most {most}."
            )
        if arrived.retained:
            raise RefusedError(
                Reason.RETAINED,
                "A command must not be retained by the broker: it would be given again to every new connection.",
            )
        topic = arrived.response_topic
        if topic is not None and not self._is_below(f"{arrived.topic}/result", topic):
            raise RefusedError(
                Reason.RESPONSE_TOPIC,
                "The response topic must be the command's own `…/result` or below it.",
            )
        if arrived.correlation is not None and len(arrived.correlation) > MOST_CORRELATION_BYTES:
            raise RefusedError(
                Reason.MALFORMED,
                f"Correlation data may have {MOST_CORRELATION_BYTES} bytes, not {len(arrived.correlation)}.",
            )

    @staticmethod
    def _is_below(result_topic: str, topic: str) -> bool:
        if topic == result_topic:
            return True
        plain = len(topic) <= len(result_topic) + 100 and not any(c in topic for c in "+#\0")
        return plain and topic.startswith(f"{result_topic}/")

    @staticmethod
    def _read(payload: bytes, name: str) -> Request[Any]:
        try:
            return REQUESTS[name].model_validate_json(payload)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
        if any(one["type"] == "json_invalid" for one in found):
            raise RefusedError(Reason.MALFORMED, "The command is no JSON in UTF-8.")
        raise unsound(name, payload, found)

    @staticmethod
    def id_of(payload: bytes) -> str | None:
        """Of whatever was sent, so that a refusal can be told apart from others."""
        try:
            return _Id.model_validate_json(payload, strict=True).id
        except ValidationError:
            return None

    def _recalled(self, request_id: str) -> Remembered | None:
        try:
            return self._remembered.find(request_id)
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise _forgetful(error) from error

    def _judge_time(self, expires_at: datetime, now: Instant) -> None:
        left_s = expires_at.timestamp() - now.wall_s
        if left_s <= 0:
            raise RefusedError(
                Reason.EXPIRED, f"It has expired {-left_s:.0f} s ago, by this unit's clock."
            )
        if left_s > self._settings.max_validity_s:
            raise RefusedError(
                Reason.VALID_TOO_LONG,
                f"Valid for {left_s:.0f} s from now; this vehicle takes at most {self._settings.max_validity_s:g} s.",
            )

    def _judge_memory(self, expires_at: datetime, now: Instant) -> None:
        """Whether it may have been here and been forgotten."""
        try:
            forgotten_until_s = self._remembered.forgotten_until_s
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise _forgetful(error) from error
        if expires_at.timestamp() <= forgotten_until_s:
            raise RefusedError(
                Reason.EXPIRED,
                "It expires before others that have been forgotten already: this unit's clock has gone back.",
            )
        if not self._remembered.lost_memory:
            return
        if self._trusted_from_s is None:
            self._trusted_from_s = now.monotonic_s + self._settings.max_validity_s
        if now.monotonic_s < self._trusted_from_s:
            raise RefusedError(
                Reason.CANNOT_REMEMBER,
                "What this unit remembered of commands was damaged; commands that were given before must expire first.",
            )


def _forgetful(error: Exception) -> RefusedError:
    return RefusedError(
        Reason.CANNOT_REMEMBER,
        f"This unit cannot read which commands it has carried out already ({type(error).__name__}).",
    )
