"""Where a replayed state is not the recorded one: how often, and which fields in the first such moments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field of one message at one moment."""

    t_s: float
    field: str  # dotted
    recorded: Any
    replayed: Any


@dataclass(slots=True)
class StateDifferences:
    """Counts all, keeps the first."""

    count: int = 0  # states, lists of alerts and lists of events that differ
    first: list[FieldDifference] = field(default_factory=list)
    boundaries: list[str] = field(default_factory=list)
    only_here: set[str] = field(
        default_factory=set
    )  # fields that the recording program did not have

    def compare(self, t_s: float, what: str, recorded: bytes, replayed: bytes) -> None:
        if recorded == replayed:
            return
        old, new = json.loads(recorded), json.loads(replayed)
        found = list(_differences(what, old, new, self.only_here))
        if not found:
            return
        self.count += 1
        for path, before, after in found[: _MOST_TOLD - len(self.first)]:
            self.first.append(FieldDifference(t_s, path, before, after))

    def add_boundary(self, file_name: str) -> None:
        """What is remembered at the end of one file is not what the next one opens with."""
        self.boundaries.append(file_name)


def _differences(
    path: str, old: Any, new: Any, only_here: set[str]
) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        only_here |= {f"{path}.{key}" for key in new.keys() - old.keys()}
        for key in old:
            yield from _differences(f"{path}.{key}", old[key], new.get(key), only_here)
    elif repr(old) != repr(new):
        # By their digits: minus zero is not zero, and 1.0 is not true.
        yield path, old, new
