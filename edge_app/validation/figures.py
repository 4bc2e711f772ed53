"""Plots of a report as plain shapes, which the page's template turns into SVG: nothing to load, readable in print.

Lengths are in the SVG's own units, about pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_app.validation.intervals import Interval

WIDTH = 940.0
_NAME_WIDTH, _END_WIDTH, _ROW = 210.0, 170.0, 22.0
_TOP, _BOTTOM = 22.0, 24.0


@dataclass(frozen=True, slots=True)
class Shape:
    """One mark. `kind`: line (x, y to x2, y2), box (x, y, x2, y2), dot (x, y) or text (x, y)."""

    kind: str
    look: str  # class of the style sheet
    x: float
    y: float
    x2: float = 0.0
    y2: float = 0.0
    words: str = ""  # text, or what a mark tells when pointed at


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot with its caption. `keys`: (look, words) of the legend."""

    caption: str
    height: float
    shapes: tuple[Shape, ...]
    keys: tuple[tuple[str, str], ...] = ()
    width: float = WIDTH


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One row of a plot of shares."""

    name: str
    share: float | None
    interval: Interval | None
    end: str  # words at the right
    head: bool = False  # a heading without a share


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at an instant. `look` is one of the style sheet's."""

    t_s: float
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row over time: stretches (from, to, look, words) with marks over them."""

    name: str
    stretches: tuple[tuple[float, float, str, str], ...]
    marks: tuple[Mark, ...]


def shares(
    caption: str, rows: Sequence[ShareRow], limits: Sequence[tuple[float, str]] = ()
) -> Figure:
    """Shares from 0 to 1 with their intervals, one under the other; `limits` are dashed."""
    left, right = _NAME_WIDTH, WIDTH - _END_WIDTH

    def x_of(share: float) -> float:
        return left + share * (right - left)

    height = _TOP + _ROW * len(rows) + _BOTTOM
    shapes = _grid(
        x_of, [0, 0.25, 0.5, 0.75, 1.0], [f"{p} %" for p in (0, 25, 50, 75, 100)], height
    )
    for at, words in limits:
        shapes.append(Shape("line", "limit", x_of(at), _TOP - 4, x_of(at), height - _BOTTOM))
        shapes.append(Shape("text", "limit middle", x_of(at), _TOP - 8, words=words))
    for number, row in enumerate(rows):
        y = _TOP + _ROW * (number + 0.5)
        shapes.append(Shape("text", "head" if row.head else "name", 4, y + 4, words=row.name))
        if row.interval is not None:
            low, high = x_of(row.interval.low), x_of(row.interval.high)
            shapes.append(Shape("line", "interval", low, y, high, y))
        if row.share is not None:
            shapes.append(Shape("dot", "share", x_of(row.share), y, words=f"{row.share:.0%}"))
        shapes.append(Shape("text", "end", right + 12, y + 4, words=row.end))
    return Figure(caption, height, tuple(shapes))


def lanes(
    caption: str,
    rows: Sequence[Lane],
    *,
    unit_s: float,
    unit: str,
    keys: Sequence[tuple[str, str]],
    limits: Sequence[tuple[float, str]] = (),
    from_s: float = 0.0,
    to_s: float | None = None,
) -> Figure:
    """Rows over time; `unit_s` seconds are one `unit` of the axis."""
    left, right = _NAME_WIDTH, WIDTH - 30
    ends = [end for row in rows for _, end, _, _ in row.stretches]
    ends += [mark.t_s for row in rows for mark in row.marks]
    last_s = max([*ends, from_s + unit_s]) if to_s is None else to_s
    height = _TOP + _ROW * len(rows) + _BOTTOM

    def x_of(t_s: float) -> float:
        return left + (min(max(t_s, from_s), last_s) - from_s) / (last_s - from_s) * (right - left)

    ticks = _ticks(from_s / unit_s, last_s / unit_s)
    shapes = _grid(
        x_of, [tick * unit_s for tick in ticks], [f"{t:g} {unit}" for t in ticks], height
    )
    for number, row in enumerate(rows):
        y = _TOP + _ROW * number
        shapes.append(Shape("text", "name", 4, y + _ROW / 2 + 4, words=row.name))
        for begin, end, look, words in row.stretches:
            shapes.append(Shape("box", look, x_of(begin), y + 3, x_of(end), y + _ROW - 3, words))
        for mark in row.marks:
            shapes.append(Shape("dot", mark.look, x_of(mark.t_s), y + _ROW / 2, words=mark.words))
    for at_s, words in limits:
        shapes.append(Shape("line", "limit", x_of(at_s), _TOP - 4, x_of(at_s), height - _BOTTOM))
        shapes.append(Shape("text", "limit middle", x_of(at_s), _TOP - 8, words=words))
    return Figure(caption, height, tuple(shapes), tuple(keys))


def _grid(x_of, places, words, height: float) -> list[Shape]:  # type: ignore[no-untyped-def]
    shapes = []
    for place, word in zip(places, words, strict=True):
        x = x_of(place)
        shapes.append(Shape("line", "grid", x, _TOP, x, height - _BOTTOM))
        shapes.append(Shape("text", "axis middle", x, height - 8, words=word))
    return shapes


def _ticks(low: float, high: float) -> list[float]:
    """Six or so round numbers."""
    span = max(high - low, 1e-9)
    step = next(
        s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 10**6) if span / s <= 8
    )
    first = -(-low // step) * step
    return [round(first + step * n, 6) for n in range(int((high - first) / step + 1e-9) + 1)]
