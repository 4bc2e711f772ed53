"""What a head of faces and sound says of a recording, and by what each frame of it is carried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from edge_app.sound.head_manifest import AudioVisualManifest

_TOLD_FROM_S = 0.5  # shorter stretches are counted together
_MOST_TOLD = 20  # sentences
_RATE_SLACK = 1.25  # a rate that is further from all that were learned is told


class CarriedBy(str, Enum):
    """What there was in a frame. What is said of it also looks at the frames around, by the width of a window."""

    BOTH = "face+sound"
    SOUND = "sound"
    FACE = "face"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames one after the other that are carried alike; until the next frame begins."""

    carried_by: CarriedBy
    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True, eq=False)
class FusedClip:
    """Of T frames and C classes."""

    times_s: NDArray[np.float64]  # (T,)
    probabilities: NDArray[np.float64]  # (T, C)
    said: NDArray[np.int64]  # (T,) the class told
    seen: NDArray[np.bool_]  # (T,) a face was there
    heard: NDArray[np.bool_]  # (T,) sound was there
    manifest: AudioVisualManifest
    notes: tuple[str, ...] = ()  # such as why there was no sound

    @property
    def classes(self) -> tuple[str, ...]:
        return self.manifest.classes

    def carried(self) -> list[CarriedBy]:
        """One for each frame."""
        by = (CarriedBy.NOTHING, CarriedBy.SOUND, CarriedBy.FACE, CarriedBy.BOTH)
        return [by[number] for number in (2 * self.seen + self.heard).tolist()]

    def told(self) -> list[str]:
        """The class told of each frame; empty where there was neither face nor sound: that would be a guess."""
        nothing = (~self.seen & ~self.heard).tolist()
        return [
            "" if empty else self.classes[number]
            for number, empty in zip(self.said.tolist(), nothing, strict=True)
        ]

    def rows(self) -> Iterator[list[object]]:
        """For `audio_visual.csv`, in the order of `columns`."""
        for t_s, shares, told, by in zip(
            self.times_s.tolist(),
            self.probabilities.tolist(),
            self.told(),
            self.carried(),
            strict=True,
        ):
            shown = [""] * len(shares) if not told else [round(share, 6) for share in shares]
            yield [round(t_s, 4), *shown, told, by.value]

    def columns(self) -> list[str]:
        return ["t_s", *(f"p_{name}" for name in self.classes), "told", "carried_by"]

    def stretches(self, by: CarriedBy) -> list[Stretch]:
        return [Stretch(by, start_s, end_s) for start_s, end_s in self._runs(self.carried(), by)]

    def told_spans(self) -> list[tuple[str, float, float]]:
        """(class, from, to) of all stretches in which one class is told."""
        told = self.told()
        spans = [
            (name, start_s, end_s)
            for name in dict.fromkeys(told)
            if name
            for start_s, end_s in self._runs(told, name)
        ]
        return sorted(spans, key=lambda span: span[1])

    def sentences(self) -> list[str]:
        """What has to be known of it, the longest stretches first where there are many."""
        return [*self.notes, *self._rate_sentences(), *self._carried_sentences()]

    def summary(self) -> dict[str, object]:
        """For `summary.json`."""
        by = [one.value for one in self.carried()]
        told = [name for name in self.told() if name]
        return {
            "head": self.manifest.name,
            "validated": self.manifest.validated,
            "window_frames": self.manifest.window,
            "carried_by_frames": {one.value: by.count(one.value) for one in CarriedBy},
            "told_frames": {name: told.count(name) for name in self.classes},
            "by_sound_alone_s": [
                [round(one.start_s, 3), round(one.end_s, 3)]
                for one in self.stretches(CarriedBy.SOUND)
            ],
            "sentences": self.sentences(),
        }

    def _runs(self, states: Sequence[object], wanted: object) -> list[tuple[float, float]]:
        at = np.array([state == wanted for state in states], np.int8)
        edges = np.flatnonzero(np.diff(at, prepend=0, append=0)).tolist()
        ends_s = np.append(self.times_s, self.times_s[-1] + self._interval_s()).tolist()
        return [
            (ends_s[first], ends_s[behind])
            for first, behind in zip(edges[::2], edges[1::2], strict=True)
        ]

    def _interval_s(self) -> float:
        return float(np.median(np.diff(self.times_s))) if len(self.times_s) > 1 else 0.0

    def _carried_sentences(self) -> list[str]:
        told_of = [CarriedBy.SOUND, CarriedBy.NOTHING]
        if self.heard.any():  # else a note says why there is no sound at all
            told_of.append(CarriedBy.FACE)
        stretches = [stretch for by in told_of for stretch in self.stretches(by)]
        longest = sorted(stretches, key=lambda one: -one.duration_s)[:_MOST_TOLD]
        told = [one for one in longest if one.duration_s >= _TOLD_FROM_S]
        sentences = [_sentence(one) for one in sorted(told, key=lambda one: one.start_s)]
        rest = [one for one in stretches if one not in told]
        by_sound = [one for one in rest if one.carried_by is CarriedBy.SOUND]
        if by_sound:
            lasting_s = sum(one.duration_s for one in by_sound)
            which = "more" if any(one.carried_by is CarriedBy.SOUND for one in told) else "short"
            number = "1 {} stretch" if len(by_sound) == 1 else f"{len(by_sound)} {{}} stretches"
            sentences.append(
                f"by sound alone without a face: {number.format(which)}, {lasting_s:.1f} s in all"
            )
        return sentences

    def _rate_sentences(self) -> list[str]:
        known, interval_s = self.manifest.frame_rates, self._interval_s()
        if known is None or interval_s <= 0:
            return []
        rate_hz = 1 / interval_s
        if known.low_hz / _RATE_SLACK <= rate_hz <= known.high_hz * _RATE_SLACK:
            return []
        learned = f"{known.low_hz:.3g}"
        if known.high_hz > known.low_hz:
            learned += f" to {known.high_hz:.3g}"
        return [
            f"the clip has {rate_hz:.3g} frames/s, but the head learned at {learned}: its windows of"
            f" {self.manifest.window} frames span another time than it knows"
        ]


def _sentence(stretch: Stretch) -> str:
    when = f"from {stretch.start_s:.1f} s to {stretch.end_s:.1f} s"
    if stretch.carried_by is CarriedBy.SOUND:
        return f"{when} no face was seen: the expression is told by sound alone"
    if stretch.carried_by is CarriedBy.FACE:
        return f"{when} there was no sound: the expression is told by the face alone"
    return f"{when} there was neither a face nor sound: nothing is told"
