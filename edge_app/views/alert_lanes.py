"""Where alerts stand in the strip over the charts: spans in, a row for each out, so that none hides a louder one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edge_app.views.alert_spans import Span

_MOST_ROWS = 4  # the strip stays in sight while the page is scrolled


class Band(NamedTuple):
    """A span and its row; row 0 is the uppermost."""

    span: Span
    row: int


def alert_lanes(spans: Sequence[Span]) -> list[Band]:
    """One band a span, in the order of painting: the loudest last, so that it lies on top.

    The loudest choose their row first. Where all rows are taken, the quieter ones lie beneath in the last.
    """
    rows: list[list[Span]] = [[] for _ in range(_MOST_ROWS)]
    bands: list[Band] = []
    for span in sorted(spans, key=lambda span: (-(span.level or 0), span.start_s)):
        free = (
            at for at, row in enumerate(rows) if not any(_overlap(span, other) for other in row)
        )
        at = next(free, _MOST_ROWS - 1)
        rows[at].append(span)
        bands.append(Band(span, at))
    return bands[::-1]


def _overlap(one: Span, other: Span) -> bool:
    return one.start_s < other.end_s and other.start_s < one.end_s
