"""One thing that an installation sees to: looked at first, done only where there is something to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from firmware_configs.install.manifest import Manifest
from firmware_configs.install.target import Target


class Verdict(str, Enum):
    MADE = "made"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # it is the owner's
    MISSING = "missing"  # somebody else has to bring it
    REMOVED = "removed"

    @property
    def is_work(self) -> bool:
        return self in (Verdict.MADE, Verdict.CHANGED, Verdict.REMOVED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one thing, or would. unheeded: kept, although something else was asked for."""

    verdict: Verdict
    what: str
    detail: str = ""
    unheeded: bool = False

    @property
    def is_left(self) -> bool:
        """To whoever installs: Vigil cannot or may not do it."""
        return self.unheeded or self.verdict is Verdict.MISSING


class Step(Protocol):
    def look(self, target: Target, manifest: Manifest) -> Outcome:
        """What doing it would come to. Changes nothing."""
        ...

    def do(self, target: Target, manifest: Manifest) -> None:
        """Only after `look` has found work. Notes in the manifest what it makes. Raises `UserError`."""
        ...
