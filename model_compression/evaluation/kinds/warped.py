"""`warped`: lids of open-eyed faces moved to known apertures: how far the aperture read is off, also of 6 mm eyes.

An aperture is told as a share of the same eye's open one, as the driver's own calibration would have it: what is read
of the moved lids over what is read of the open ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge_app.driver_state.signals import SHUT_EYE
from edge_app.face.observation import FaceObservation
from model_compression.augmentation.lid_warp import LidMove
from model_compression.augmentation.upright_face import SIDES, UprightFace, with_lids
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.contestant import Contestant
from model_compression.evaluation.face_pictures import FacePicture, face_pictures, on_canvas
from model_compression.evaluation.face_table import NO_TEACHER
from model_compression.evaluation.figure import Figure, clustered_mean, not_applicable, share
from model_compression.evaluation.measured import ByContestant, Measured

_APERTURES = (0.0, 0.2, 0.4, 0.6, 0.8)  # of the open one
_NARROW_MM = 6.0
_OPENNESS_1_MM = 10.5  # of a typical wide-awake eye, whose openness is 1
_LEAST_OPEN_MM = 6.5  # the photograph's eyes; less may be half shut already
_MOST_TURN_RAD = math.radians(20)  # beyond it lids are not heights over a line
_LEAST_SAID_OPEN = 0.05  # an open eye read as shut has no share; it counts as 0
_ERRORS = ("aperture_error", "aperture_error_6mm")
_OF = "people"


@dataclass(frozen=True, slots=True)
class _Aperture:
    """One eye at one aperture: the truth and what was said, as shares of the open aperture."""

    person: str
    role: str
    figure: str  # one of _ERRORS
    truth: float
    said: float  # NaN where no face was found


def measure(path: Path, bench: Bench) -> Measured:
    if bench.teacher is None:
        why = {role: {_ERRORS[0]: not_applicable(NO_TEACHER)} for role in bench.roles}
        return Measured(0, None, why)
    read: list[_Aperture] = []
    faces = people = 0
    names: set[str] = set()
    for picture in face_pictures(path, bench, bench.teacher):
        if not _suits(picture):
            continue
        faces += 1
        names.add(picture.person)
        for contestant in bench.contestants:
            read += _apertures(picture, contestant, bench)
    people = len(names)
    groups = {
        "aperture": {
            f"{truth:.0%} of open": _figures(
                [one for one in read if one.truth == truth], bench, people
            )
            for truth in _APERTURES
        }
    }
    notes = (
        f"{faces} faces with both eyes at least {_LEAST_OPEN_MM} mm open and turned at most 20°;"
        " mm by the size of a typical face",
        "errors are shares of the open aperture; the reading of the open eye is the reference",
    )
    return Measured(faces, people, _figures(read, bench, people), groups, notes=notes)


def _suits(picture: FacePicture) -> bool:
    turned = max(abs(angle) for angle in picture.reading.angles_rad[:2])
    least = _LEAST_OPEN_MM / _OPENNESS_1_MM
    return turned <= _MOST_TURN_RAD and all(picture.face.openness(s) >= least for s in SIDES)


def _apertures(picture: FacePicture, contestant: Contestant, bench: Bench) -> list[_Aperture]:
    found = []
    for figure in _ERRORS:
        narrow = figure == _ERRORS[1]
        opens = {
            side: _NARROW_MM / _OPENNESS_1_MM / picture.face.openness(side) if narrow else 1.0
            for side in SIDES
        }
        reference = _read(contestant, _moved(picture.face, opens, 1.0))
        for truth in _APERTURES:
            face = _moved(picture.face, opens, truth)
            seen = _read(contestant, face)
            for side in SIDES:
                said = _share(seen, reference, side)
                found.append(_Aperture(picture.person, contestant.role, figure, truth, said))
                if contestant.role == bench.roles[0] and math.isfinite(said):
                    words = f"{said:.2f}, is {truth:.2f} {side} {picture.name}"
                    bench.worst.add(figure, abs(said - truth), face.picture, words)
    return found


def _moved(face: UprightFace, opens: dict[str, float], share_of_open: float) -> UprightFace:
    return with_lids(face, {side: LidMove(aperture=opens[side] * share_of_open) for side in SIDES})


def _read(contestant: Contestant, face: UprightFace) -> FaceObservation | None:
    return contestant.read_still(on_canvas(face.picture))


def _share(seen: FaceObservation | None, reference: FaceObservation | None, side: str) -> float:
    if seen is None or reference is None:
        return float("nan")
    said = getattr(seen, f"eye_openness_{side}").value - SHUT_EYE
    said_open = getattr(reference, f"eye_openness_{side}").value - SHUT_EYE
    return float(said / said_open) if said_open > _LEAST_SAID_OPEN else 0.0


def _figures(read: list[_Aperture], bench: Bench, people: int) -> ByContestant:
    figures: ByContestant = {}
    for role in bench.roles:
        own = [one for one in read if one.role == role]
        figures[role] = {name: _error(own, name, people) for name in _ERRORS}
        figures[role]["eyes_read"] = share(np.isfinite([one.said for one in own]), people)
    return figures


def _error(read: list[_Aperture], name: str, people: int) -> Figure:
    own = [one for one in read if one.figure == name and math.isfinite(one.said)]
    return clustered_mean(
        [abs(one.said - one.truth) for one in own],
        [one.person for one in own],
        people=people,
        of=_OF,
    )
