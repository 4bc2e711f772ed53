"""What came of a command, as it is remembered and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

Status = Literal["done", "accepted", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`accepted` is followed by another; the rest are last words."""

    status: Status
    detail: str
    reason: str | None = None
    values: dict[str, JsonValue] = field(default_factory=dict)
