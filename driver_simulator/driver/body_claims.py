"""Which part of the body is busy when, so that what is drawn by chance keeps clear of what is scripted."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable

Span = tuple[float, float]


class BodyClaims:
    """Spans of time by part of the body."""

    def __init__(self) -> None:
        self._spans: dict[str, list[Span]] = {}
        self._longest_s: dict[str, float] = {}

    def claim(self, parts: Iterable[str], from_s: float, until_s: float) -> None:
        for part in parts:
            insort(self._spans.setdefault(part, []), (from_s, until_s))
            longest_s = self._longest_s.get(part, 0.0)
            self._longest_s[part] = max(longest_s, until_s - from_s)

    def are_free(self, parts: Iterable[str], from_s: float, until_s: float) -> bool:
        return all(self._is_free(part, from_s, until_s) for part in parts)

    def busy_until_s(self, part: str, t_s: float) -> float | None:
        """When the claim that holds `part` at `t_s` ends; None where none does."""
        ends = [end for start, end in self._near(part, t_s, t_s) if start <= t_s < end]
        return max(ends, default=None)

    def _is_free(self, part: str, from_s: float, until_s: float) -> bool:
        return not any(
            start < until_s and end > from_s for start, end in self._near(part, from_s, until_s)
        )

    def _near(self, part: str, from_s: float, until_s: float) -> list[Span]:
        spans = self._spans.get(part)
        if not spans:
            return []
        first = bisect_right(spans, (from_s - self._longest_s[part], float("-inf")))
        return spans[first : bisect_right(spans, (until_s, float("inf")))]
