"""Where the face is in each frame of a clip, by the perception that comes with Vigil: its tracker and its students."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edge_app.camera.frame import Frame
from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import stacked
from edge_app.face.observation import Points
from edge_app.face.settings import PerceptionSettings
from edge_app.face.student_bundle import open_student
from edge_app.face.tracker import FaceTracker

# One runtime and one precision everywhere: the quickest file of each machine would see other faces. The float and the
# int8 file of the detector place a face that fills its picture an eighth of it apart.
_RUNTIME = "litert"
_PRECISION: Final = "float32"


@dataclass(frozen=True, slots=True)
class SeenFace:
    crop: FaceCrop  # from the eyes' corners and the base of the nose, which blinks and yawns hardly move
    points: Points  # (146, 2) px of the frame, in the order of `landmark_layout`


class FaceFinder:
    """Used from one process; loading it takes a tenth of a second. Raises `UserError` where models are missing."""

    def __init__(self) -> None:
        self._settings = PerceptionSettings(runtime=_RUNTIME)
        self._perception = open_student(self._settings, precision=_PRECISION)
        self.name = f"{self._perception.name} {_RUNTIME}"

    def follow(self, frames: Sequence[Frame]) -> list[SeenFace | None]:
        """The largest face of one clip; None for the frames in which it is lost."""
        tracker = FaceTracker(self._perception, self._settings)
        seen: list[SeenFace | None] = []
        for frame in frames:
            face = tracker.step(frame)
            seen.append(SeenFace(face.next_crop, stacked(face.landmarks)) if face else None)
        return seen
