"""Frames in which a face is known to be: whether each contestant found it, how far points and angles are off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from edge_app.face.box import overlap
from edge_app.face.observation import FaceObservation
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.figure import (
    Figure,
    Sources,
    clustered_mean,
    not_applicable,
    share,
)
from model_compression.evaluation.measured import ByContestant
from model_compression.evaluation.subgroups import Groups, SeenFace, groups_of, seen_face
from model_compression.evaluation.teacher import TeacherReading, angle_errors_deg, point_error

Seen = dict[str, FaceObservation | None]  # role -> what it says of a frame

NO_TEACHER = "needs MediaPipe's model file as teacher"
_SAME_FACE_OVERLAP = 0.2  # with the teacher's box; less is a face found where none is
_ANGLES = ("yaw_error_deg", "pitch_error_deg", "roll_error_deg")
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class FaceRow:
    """One frame, by contestant's role. Errors are NaN where there is nothing to compare."""

    cluster: str
    groups: Groups
    found: dict[str, bool]
    point_error: dict[str, float]  # eye distances
    angle_errors_deg: dict[str, tuple[float, float, float]]  # yaw, pitch, roll
    teacher_asked: bool
    teacher_right: bool  # about the points


@dataclass(slots=True)
class FaceTable:
    """Rows in the order in which the frames came."""

    bench: Bench
    rows: list[FaceRow] = field(default_factory=list)

    def ask_teacher(self, image: NDArray[np.uint8], seen: Seen) -> TeacherReading | None:
        """The teacher's word on the face that the bundle saw, else on the largest."""
        if self.bench.teacher is None:
            return None
        crops = self.bench.teacher.crops(image)
        face = seen[self.bench.roles[0]]
        if face is not None:
            x, y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
            near = [
                crop
                for crop in crops
                if np.hypot(crop.center_x_px - x, crop.center_y_px - y) < crop.side_px / 2
            ]
            crops = near or crops
        return self.bench.teacher.read(image, crops[0]) if crops else None

    def add(
        self,
        image: NDArray[np.uint8],
        name: str,
        cluster: str,
        seen: Seen,
        reading: TeacherReading | None,
        *,
        asked: bool = True,
    ) -> None:
        """reading: the teacher's, of the same face; asked: whether it was asked at all."""
        found, points, angles = {}, {}, {}
        for role, face in seen.items():
            found[role] = face is not None and _in_place(face, reading)
            points[role], angles[role] = _NAN, (_NAN, _NAN, _NAN)
            if face is None or reading is None or not found[role]:
                continue
            if reading.points_are_right:
                points[role] = point_error(face, reading)
            if reading.angles_are_right:
                angles[role] = angle_errors_deg(face, reading)
        self._show(image, name, seen, found, points)
        self.rows.append(
            FaceRow(
                cluster,
                _groups(image, seen, reading, self.bench.roles[0]),
                found,
                points,
                angles,
                teacher_asked=asked and self.bench.teacher is not None,
                teacher_right=reading is not None and reading.points_are_right,
            )
        )

    def regroup(self, clusters: Sequence[str]) -> None:
        """Give each row its cluster where that is known only at the end."""
        self.rows = [
            replace(row, cluster=cluster) for row, cluster in zip(self.rows, clusters, strict=True)
        ]

    def figures(self, rows: Sequence[int] | NDArray[np.int64], of: Sources) -> ByContestant:
        """`face_found`, `landmark_error`, the angles' errors and `teacher_agrees` of some rows."""
        chosen = [self.rows[row] for row in rows]
        asked = [row for row in chosen if row.teacher_asked]
        figures: ByContestant = {}
        for role in self.bench.roles:

            def mean(value_of: Callable[[FaceRow, str], float], role: str = role) -> Figure:
                values = [value_of(row, role) for row in asked]
                return _mean(values, asked, of)

            clusters = [row.cluster for row in chosen]
            own = {"face_found": share([row.found[role] for row in chosen], clusters, of)}
            own["landmark_error"] = mean(lambda row, role: row.point_error[role])
            for number, name in enumerate(_ANGLES):
                own[name] = mean(lambda row, role, n=number: row.angle_errors_deg[role][n])  # type: ignore[misc]
            own["teacher_agrees"] = (
                share([row.teacher_right for row in asked], [row.cluster for row in asked], of)
                if asked
                else not_applicable(NO_TEACHER)
            )
            figures[role] = own
        return figures

    def _show(
        self,
        image: NDArray[np.uint8],
        name: str,
        seen: Seen,
        found: dict[str, bool],
        points: dict[str, float],
    ) -> None:
        role = self.bench.roles[0]
        face, error = seen[role], points[role]
        if not found[role]:
            self.bench.worst.add("no-face", 1.0, image, name)
        elif face is not None and np.isfinite(error):
            cut = face.next_crop.cut(image, 180)
            self.bench.worst.add("landmarks", error, cut, f"{error:.1%} {name}")


def _in_place(face: FaceObservation, reading: TeacherReading | None) -> bool:
    return reading is None or overlap(face.box, reading.box) >= _SAME_FACE_OVERLAP


def _mean(values: Sequence[float], rows: Sequence[FaceRow], of: Sources) -> Figure:
    if not rows:
        return not_applicable(NO_TEACHER)
    kept = [(v, row.cluster) for v, row in zip(values, rows, strict=True) if np.isfinite(v)]
    return clustered_mean([v for v, _ in kept], [c for _, c in kept], of)


def _groups(
    image: NDArray[np.uint8], seen: Seen, reading: TeacherReading | None, role: str
) -> Groups:
    face: SeenFace | None
    if reading is not None:
        face = SeenFace(reading.points, *reading.angles_rad[:2])
    else:
        face = next((seen_face(each) for each in seen.values() if each is not None), None)
    return {} if face is None else groups_of(image, face, seen[role])
