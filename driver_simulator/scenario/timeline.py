"""Which span of a scenario holds at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Span(Protocol):
    @property
    def from_s(self) -> float: ...


_Span = TypeVar("_Span", bound=Span)


def span_at(spans: Sequence[_Span], t_s: float) -> _Span:
    """The last of `spans` that has begun at `t_s`. They begin at 0 and stand in order of time."""
    holds = spans[0]
    for span in spans[1:]:
        if span.from_s > t_s:
            break
        holds = span
    return holds
