"""The plotted signals of a whole clip, kept small: rows in, reduced lines and gaps with their reasons out.

A long clip has more frames than a screen has columns. Each slice of time keeps its lowest and its highest value, so
a blink of 0.2 s in an hour stays visible.
"""

from __future__ import annotations

import copy
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.views.signal_rows import SUFFIX

Numbers = NDArray[np.float64]

SLICES = 3000
_MOST_GAPS = 300
_NO_FRAMES = "no frames"
_SILENCE_S = 1.0  # a longer pause between two rows is a gap of its own


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time without a value, and why."""

    start_s: float
    end_s: float
    reason: str

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Points:
    """A reduced line. NaN in `value` lifts the pen."""

    t_s: Numbers
    value: Numbers


class Timeline:
    """Takes columns out of each row: numbers by `names`, words by `words`; cells may be the text of a CSV file."""

    def __init__(
        self, header: Sequence[str], names: Iterable[str], words: Iterable[str] = ()
    ) -> None:
        place = {name: at for at, name in enumerate(header)}
        self._places = {name: place[name] for name in names}
        self._word_places = {name: place[name] for name in words}
        self._said = {name: array("h") for name in self._word_places}
        self._reason_places = {name: place.get(name + SUFFIX) for name in self._places}
        self._time_place, self._face_place = place["t_s"], place["face"]
        self._values = {name: array("d") for name in self._places}
        self._reasons = {name: array("h") for name in self._places}
        self._words: list[str] = [""]
        self._times, self._faces = array("d"), array("b")

    def add(self, row: Sequence[object]) -> None:
        self._times.append(float(str(row[self._time_place])))
        self._faces.append(int(str(row[self._face_place])))
        for name, place in self._places.items():
            cell = row[place]
            self._values[name].append(_number(cell))
            reason_place = self._reason_places[name]
            reason = "" if reason_place is None else str(row[reason_place])
            self._reasons[name].append(self._word_index(reason))
        for name, place in self._word_places.items():
            self._said[name].append(self._word_index(str(row[place])))

    def between(self, start_s: float, end_s: float) -> Timeline:
        """The frames from `start_s` to `end_s`, and the one before them."""
        first = max(0, bisect_left(self._times, start_s) - 1)
        frames = slice(first, bisect_right(self._times, end_s))
        part = copy.copy(self)
        part._times, part._faces = self._times[frames], self._faces[frames]
        part._values = {name: values[frames] for name, values in self._values.items()}
        part._reasons = {name: codes[frames] for name, codes in self._reasons.items()}
        part._said = {name: codes[frames] for name, codes in self._said.items()}
        return part

    @property
    def frames(self) -> int:
        return len(self._times)

    @property
    def start_s(self) -> float:
        return self._times[0] if self._times else 0.0

    @property
    def end_s(self) -> float:
        """When the last frame ends: its time and one usual interval."""
        return self._times[-1] + self.interval_s if self._times else 0.0

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def interval_s(self) -> float:
        """The usual time from one frame to the next."""
        return float(np.median(np.diff(self._times))) if self.frames > 1 else 0.0

    def face_share(self) -> float | None:
        return float(np.mean(self._faces)) if self.frames else None

    def times_s(self) -> Numbers:
        return np.array(self._times)

    def words(self, name: str) -> list[str]:
        """One word a frame; empty where there is none."""
        return [self._words[code] for code in self._said[name]]

    def values(self, name: str) -> Numbers:
        """One value a frame; NaN where it is unavailable."""
        return np.array(self._values[name])

    def points(self, name: str, slices: int = SLICES, *, minus: str | None = None) -> Points:
        """At most two points a slice of time: the lowest and the highest value, in the order they came.

        `minus`: a column from which the values are counted.
        """
        times, values = np.array(self._times), self.values(name)
        if minus is not None:
            values = values - self.values(minus)
        if len(times) > 2 * slices:
            keep = _extremes(times, values, slices)
            times, values = times[keep], values[keep]
        pauses = np.flatnonzero(np.diff(times) > self._silence_s(slices)) + 1
        return Points(np.insert(times, pauses, times[pauses]), np.insert(values, pauses, np.nan))

    def gaps(self, name: str) -> list[Gap]:
        """Stretches without a value, those of a few frames merged when there are very many."""
        reasons, times = np.array(self._reasons[name]), np.array(self._times)
        if not len(times):
            return []
        found = self._runs(times, reasons)
        slices = 2 * _MOST_GAPS
        while len(found) > _MOST_GAPS:
            found = self._runs(*_commonest(times, reasons, slices))
            slices //= 2
        return sorted(found + self._silences(), key=lambda gap: gap.start_s)

    def missing_shares(self, name: str) -> dict[str, float]:
        """Share of the frames lost to each reason, largest first."""
        reasons = np.array(self._reasons[name])
        counts = {self._words[code]: int((reasons == code).sum()) for code in set(reasons.tolist())}
        counts.pop("", None)
        order = sorted(counts.items(), key=lambda entry: -entry[1])
        return {reason: count / self.frames for reason, count in order}

    def _word_index(self, word: str) -> int:
        if word not in self._words:
            self._words.append(word)
        return self._words.index(word)

    def _silence_s(self, slices: int) -> float:
        return max(_SILENCE_S, 3 * self.interval_s, 2 * self.duration_s / slices)

    def _silences(self) -> list[Gap]:
        times = np.array(self._times)
        ends = np.flatnonzero(np.diff(times) > max(_SILENCE_S, 3 * self.interval_s))
        return [Gap(float(times[at]), float(times[at + 1]), _NO_FRAMES) for at in ends[:_MOST_GAPS]]

    def _runs(self, times: Numbers, codes: NDArray[np.int16]) -> list[Gap]:
        starts = np.concatenate([[0], np.flatnonzero(np.diff(codes)) + 1])
        ends = np.append(times[starts[1:]], self.end_s)
        return [
            Gap(float(times[start]), float(end), self._words[codes[start]])
            for start, end in zip(starts, ends, strict=True)
            if codes[start] != 0
        ]


def _number(cell: object) -> float:
    if isinstance(cell, (int, float)):
        return float(cell)
    try:
        return float(str(cell))
    except ValueError:
        return float("nan")


def _slice_starts(times: Numbers, slices: int) -> NDArray[np.intp]:
    edges = np.linspace(times[0], times[-1], slices, endpoint=False)
    return np.unique(np.searchsorted(times, edges))


def _extremes(times: Numbers, values: Numbers, slices: int) -> NDArray[np.intp]:
    starts = _slice_starts(times, slices)
    keep: list[int] = []
    for start, end in zip(starts, np.append(starts[1:], len(times)), strict=True):
        part = values[start:end]
        if np.isnan(part).all():
            keep.append(int(start))
        else:
            keep += sorted({int(start + np.nanargmin(part)), int(start + np.nanargmax(part))})
    return np.array(keep, dtype=np.intp)


def _commonest(
    times: Numbers, codes: NDArray[np.int16], slices: int
) -> tuple[Numbers, NDArray[np.int16]]:
    starts = _slice_starts(times, slices)
    parts = np.split(codes, starts[1:])
    return times[starts], np.array([np.bincount(part).argmax() for part in parts], dtype=np.int16)
