"""`occluders`: faces behind sunglasses, masks and hands drawn by renderers never trained on: is what is hidden said so?

A signal of a hidden part must be unavailable. The same perception must still read what is not covered, else it could
say so of everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.face.signal_reading import SignalReader
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.contestant import Contestant
from model_compression.evaluation.face_pictures import face_pictures, on_canvas
from model_compression.evaluation.face_table import NO_TEACHER
from model_compression.evaluation.figure import Figure, Figures, not_applicable, share
from model_compression.evaluation.measured import ByContestant, Measured
from model_compression.evaluation.occluders import Kind, Part, render_occluder

_KINDS: tuple[Kind, ...] = get_args(Kind)
_PARTS: tuple[Part, ...] = get_args(Part)
_SIGNALS: dict[Part, str] = {
    "eye_left": "eye_openness_left",
    "eye_right": "eye_openness_right",
    "mouth": "mouth_openness",
}


@dataclass(frozen=True, slots=True)
class _Judged:
    """One part of one picture: what covers the face (None: nothing), whether it is hidden, whether it was read."""

    role: str
    person: str
    cover: Kind | None
    hidden: bool
    available: bool


def measure(path: Path, bench: Bench) -> Measured:
    if bench.teacher is None:
        why = {role: {"hidden_unavailable": not_applicable(NO_TEACHER)} for role in bench.roles}
        return Measured(0, None, why)
    judged: list[_Judged] = []
    people: set[str] = set()
    faces = 0
    readers = {c.role: SignalReader(c.settings) for c in bench.contestants}
    for number, picture in enumerate(face_pictures(path, bench, bench.teacher)):
        faces += 1
        people.add(picture.person)
        bare = picture.face
        for contestant in bench.contestants:
            available = _available(contestant, readers[contestant.role], bare.picture)
            judged += [
                _Judged(contestant.role, picture.person, None, False, available[part])
                for part in _PARTS
            ]
        for kind in _KINDS:
            random = np.random.default_rng([number, _KINDS.index(kind)])
            covered = render_occluder(kind, bare.picture, bare.points, random)
            face = replace(bare, picture=covered.picture)
            for contestant in bench.contestants:
                role = contestant.role
                available = _available(contestant, readers[role], face.picture)
                judged += [
                    _Judged(role, picture.person, kind, part in covered.hidden, available[part])
                    for part in (*covered.hidden, *covered.seen)
                ]
                guessed = sum(available[part] for part in covered.hidden)
                if role == bench.roles[0] and guessed:
                    bench.worst.add("guessed", guessed, face.picture, f"{kind} {picture.name}")
    count = len(people)
    by_cover: dict[str, ByContestant] = {
        kind: _figures([one for one in judged if one.cover == kind], bench) for kind in _KINDS
    }
    notes = (
        f"{faces} faces, each behind each of {', '.join(_KINDS)}",
        "hidden_unavailable: parts a person can no longer see whose signal has a reason instead of a number",
    )
    return Measured(faces, count, _figures(judged, bench), {"cover": by_cover}, notes=notes)


def _available(
    contestant: Contestant, reader: SignalReader, picture: NDArray[np.uint8]
) -> Mapping[Part, bool]:
    """Which signals the vehicle would have of this picture."""
    canvas = on_canvas(picture)
    face = contestant.read_still(canvas)
    if face is None:
        return dict.fromkeys(_PARTS, False)
    signals = reader.read(Frame(canvas, 0.0, 0), face)
    return {part: getattr(signals, name).value is not None for part, name in _SIGNALS.items()}


def _figures(judged: list[_Judged], bench: Bench) -> ByContestant:
    figures: ByContestant = {}
    for role in bench.roles:
        own = [one for one in judged if one.role == role]
        told: Figures = {
            "hidden_unavailable": _share([one for one in own if one.hidden], available=False),
            "uncovered_available": _share(
                [one for one in own if one.cover is not None and not one.hidden], available=True
            ),
        }
        bare = [one for one in own if one.cover is None]
        if bare:
            told["bare_available"] = _share(bare, available=True)
        figures[role] = told
    return figures


def _share(judged: list[_Judged], *, available: bool) -> Figure:
    return share([one.available == available for one in judged], [one.person for one in judged])
