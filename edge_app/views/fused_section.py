"""The report's section on what face and sound say together: a chart, the class told over time, and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_app.views.charts import Chart, ChartKind, Series, draw_chart
from edge_app.views.signal_rows import SUFFIX
from edge_app.views.timeline import Timeline

if TYPE_CHECKING:
    from edge_app.sound.fused_clip import FusedClip, Stretch

_COLORS = (3, 1, 2)  # of lines, the class told most first
_OTHERS = 0  # no line's
_NOTHING = "neither_face_nor_sound"
_MOST_SPANS, _MOST_STRETCHES = 2000, 300


@dataclass(frozen=True, slots=True)
class ToldSpan:
    """A class told over time, in the row of its class and the colour of its line."""

    name: str
    start_s: float
    end_s: float
    row: int
    color: int


@dataclass(frozen=True, slots=True)
class FusedSection:
    name: str
    validated: str
    window: int
    sentences: tuple[str, ...]
    chart: Chart
    by_sound: tuple[Stretch, ...]
    told: tuple[ToldSpan, ...]
    rows: tuple[str, ...]  # classes that are ever told, from the top


def fused_section(fused: FusedClip) -> FusedSection:
    from edge_app.sound.fused_clip import CarriedBy

    spans = fused.told_spans()
    drawn = _drawn(fused)
    ever_told = {name for name, _, _ in spans}
    rows = [name for name in fused.classes if name in ever_told]
    longest = sorted(spans, key=lambda span: span[1] - span[2])[:_MOST_SPANS]
    stretches = sorted(fused.stretches(CarriedBy.SOUND), key=lambda one: -one.duration_s)
    return FusedSection(
        name=fused.manifest.name,
        validated=fused.manifest.validated,
        window=fused.manifest.window,
        sentences=tuple(text[:1].upper() + text[1:] for text in fused.sentences()),
        chart=draw_chart(_kind(drawn), _timeline(fused)),
        by_sound=tuple(stretches[:_MOST_STRETCHES]),
        told=tuple(
            ToldSpan(name, start_s, end_s, rows.index(name), drawn.get(name, _OTHERS))
            for name, start_s, end_s in longest
        ),
        rows=tuple(rows),
    )


def _drawn(fused: FusedClip) -> dict[str, int]:
    """Class -> colour of its line: those that are told most, then those that are likeliest."""
    told = fused.told()
    mean = fused.probabilities.mean(axis=0).tolist()
    order = sorted(
        zip(fused.classes, mean, strict=True), key=lambda one: (-told.count(one[0]), -one[1])
    )
    return {name: color for (name, _), color in zip(order, _COLORS, strict=False)}


def _kind(drawn: dict[str, int]) -> ChartKind:
    first = next(iter(drawn))
    return ChartKind(
        "Probability",
        "of the classes told most; audio_visual.csv holds all. Marked: no face was seen, told by sound alone."
        " Below: the class told",
        *("%", 100.0, 0.0, 100.0, 100.0, 0, (), first),
        tuple(Series(name, name, color) for name, color in drawn.items()),
    )


def _timeline(fused: FusedClip) -> Timeline:
    names: Sequence[str] = fused.classes
    timeline = Timeline(["t_s", "face", *names, *(name + SUFFIX for name in names)], names)
    for t_s, seen, shares, told in zip(
        fused.times_s.tolist(),
        fused.seen.tolist(),
        fused.probabilities.tolist(),
        fused.told(),
        strict=True,
    ):
        cells = shares if told else [""] * len(names)
        timeline.add([t_s, int(seen), *cells, *(["" if told else _NOTHING] * len(names))])
    return timeline
