"""`warped`: lids of open-eyed faces moved to known apertures: how far the aperture read is off, also of 6 mm eyes.

Two renderers move them: the one that students learned from, which flatters them, and one that they never saw. An
aperture is told as a share of the same eye's open one, as the driver's own calibration would have it: what is read of
the moved lids over what is read of the open ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.driver.references import SHUT_EYE
from edge_app.face.observation import FaceObservation
from model_compression.augmentation.lid_warp import LidMove
from model_compression.augmentation.upright_face import SIDES, UprightFace, with_lids
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.face_pictures import FacePicture, face_pictures, on_canvas
from model_compression.evaluation.face_table import NO_TEACHER
from model_compression.evaluation.figure import Figure, clustered_mean, not_applicable, share
from model_compression.evaluation.lid_unrolling import with_apertures
from model_compression.evaluation.measured import ByContestant, Measured

Luma = NDArray[np.uint8]
Renderer = Callable[[UprightFace, Mapping[str, float]], Luma]
"""A face and the aperture of each side, as a share of the photograph's -> the picture."""

_APERTURES = (0.0, 0.2, 0.4, 0.6, 0.8)  # of the open one
_NARROW_MM = 6.0
_OPENNESS_1_MM = 10.5  # of a typical wide-awake eye, whose openness is 1
_LEAST_OPEN_MM = 6.5  # the photograph's eyes; less may be half shut already
_MOST_TURN_RAD = math.radians(20)  # beyond it lids are not heights over a line
_LEAST_SAID_OPEN = 0.05  # an open eye read as shut has no share; it counts as 0


def by_training_renderer(face: UprightFace, apertures: Mapping[str, float]) -> Luma:
    moves = {side: LidMove(aperture=aperture) for side, aperture in apertures.items()}
    return with_lids(face, moves).picture


def by_second_renderer(face: UprightFace, apertures: Mapping[str, float]) -> Luma:
    return with_apertures(face.picture, face.points, apertures).picture


@dataclass(frozen=True, slots=True)
class _Series:
    """One figure: who moves the lids, and whether the open eye is made 6 mm first."""

    figure: str
    renderer: Renderer
    narrow: bool


_SERIES = tuple(
    _Series(f"aperture_error_{name}{'_6mm' if narrow else ''}", renderer, narrow)
    for name, renderer in (
        ("training_renderer", by_training_renderer),
        ("second_renderer", by_second_renderer),
    )
    for narrow in (False, True)
)


@dataclass(frozen=True, slots=True)
class _Aperture:
    """One eye at one aperture: the truth and what was said, as shares of the open aperture."""

    person: str
    role: str
    figure: str
    truth: float
    said: float  # NaN where no face was found


def measure(path: Path, bench: Bench) -> Measured:
    if bench.teacher is None:
        why = {
            role: {series.figure: not_applicable(NO_TEACHER) for series in _SERIES}
            for role in bench.roles
        }
        return Measured(0, None, why)
    read: list[_Aperture] = []
    faces = 0
    people: set[str] = set()
    for picture in face_pictures(path, bench, bench.teacher):
        if not _suits(picture):
            continue
        faces += 1
        people.add(picture.person)
        for series in _SERIES:
            read += _apertures(picture, series, bench)
    groups = {
        "aperture": {
            f"{truth:.0%} of open": _figures([one for one in read if one.truth == truth], bench)
            for truth in _APERTURES
        }
    }
    notes = (
        f"{faces} faces with both eyes at least {_LEAST_OPEN_MM} mm open and turned at most 20°;"
        f" mm by the size of a typical face, whose wide open eye is {_OPENNESS_1_MM} mm",
        "errors are shares of the open aperture; the reading of the open eye is the reference",
        "training_renderer: the lids are moved by the code that drew the students' training pictures, which"
        " flatters bundles trained with it; second_renderer: by another method, never trained on",
    )
    return Measured(faces, len(people), _figures(read, bench), groups, notes=notes)


def _suits(picture: FacePicture) -> bool:
    turned = max(abs(angle) for angle in picture.reading.angles_rad[:2])
    least = _LEAST_OPEN_MM / _OPENNESS_1_MM
    return turned <= _MOST_TURN_RAD and all(picture.face.openness(s) >= least for s in SIDES)


def _apertures(picture: FacePicture, series: _Series, bench: Bench) -> list[_Aperture]:
    found = []
    opens = {side: _open(picture.face, side, series.narrow) for side in SIDES}
    open_picture = on_canvas(series.renderer(picture.face, opens))
    reference = {c.role: c.read_still(open_picture) for c in bench.contestants}
    for truth in _APERTURES:
        shown = series.renderer(picture.face, {side: opens[side] * truth for side in SIDES})
        canvas = on_canvas(shown)
        for contestant in bench.contestants:
            role = contestant.role
            seen = contestant.read_still(canvas)
            for side in SIDES:
                said = _share(seen, reference[role], side)
                found.append(_Aperture(picture.person, role, series.figure, truth, said))
                if role == bench.roles[0] and math.isfinite(said):
                    words = f"{said:.2f}, is {truth:.2f} {side} {picture.name}"
                    bench.worst.add(series.figure, abs(said - truth), shown, words)
    return found


def _open(face: UprightFace, side: str, narrow: bool) -> float:
    """The aperture that counts as open, as a share of the photograph's."""
    return _NARROW_MM / _OPENNESS_1_MM / face.openness(side) if narrow else 1.0


def _share(seen: FaceObservation | None, reference: FaceObservation | None, side: str) -> float:
    if seen is None or reference is None:
        return float("nan")
    said = getattr(seen, f"eye_openness_{side}").value - SHUT_EYE
    said_open = getattr(reference, f"eye_openness_{side}").value - SHUT_EYE
    return float(said / said_open) if said_open > _LEAST_SAID_OPEN else 0.0


def _figures(read: list[_Aperture], bench: Bench) -> ByContestant:
    figures: ByContestant = {}
    for role in bench.roles:
        own = [one for one in read if one.role == role]
        figures[role] = {series.figure: _error(own, series.figure) for series in _SERIES}
        figures[role]["eyes_read"] = share(
            np.isfinite([one.said for one in own]), [one.person for one in own]
        )
    return figures


def _error(read: list[_Aperture], name: str) -> Figure:
    own = [one for one in read if one.figure == name and math.isfinite(one.said)]
    return clustered_mean([abs(one.said - one.truth) for one in own], [one.person for one in own])
