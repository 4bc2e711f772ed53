"""The set `turned`: labelled photographs with the head turned aside, up or down, to be labelled by the teacher anew.

Where a point lies on a head that is turned is the teacher's to say: the mean head that turns a photograph is nobody's,
and of the far side the teacher tells where its own mesh has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge_app.errors import UserError
from edge_app.face.student_crops import anchors_of, face_crop
from model_compression.augmentation.head_turn import mean_head, turned_at_random
from model_compression.data.labelled_face import LabelledFace, labelled_face
from model_compression.data.labelled_set import LABELS, LabelledSet, labels_folder, load_labels
from model_compression.data.picture_set import Picture

TURNED = "turned"
# Set and turns of each of its faces.
SOURCES = {"faces": 2, "nir": 12, "headpose": 8}
_REACH = 0.95  # sides of the crop around the face's middle that are kept
_LARGEST_PX = 220
_MAX_POINT_STD = 0.06  # of the eye distance, between the teacher's views


class TurnedFaces:
    name = TURNED
    views = 4
    enlargement = 1

    def __init__(self, cache_root: Path | None) -> None:
        self._cache_root = cache_root

    def files(self) -> list[Path]:
        paths = [labels_folder(name, self._cache_root) / LABELS for name in SOURCES]
        for path, name in zip(paths, SOURCES, strict=True):
            if not path.is_file():
                raise UserError(
                    f"{path}: the set '{TURNED}' is made of '{name}', which has no labels here; "
                    f"run 'vigil data labels {name}'."
                )
        return paths

    def count(self) -> int:
        return sum(turns * len(_rows(self._of(name))) for name, turns in SOURCES.items())

    def pictures(self) -> Iterator[Picture]:
        sets = {name: self._of(name) for name in SOURCES}
        head = mean_head(sets.values())
        for number, (name, turns) in enumerate(SOURCES.items()):
            for row in _rows(sets[name]):
                of = labelled_face(sets[name], row)
                person = str(sets[name].labels.person[row])
                for turn in range(turns):
                    rng = np.random.default_rng((number, row, turn))
                    face = turned_at_random(of, head, rng)
                    yield Picture(f"{name}:{row}:{turn}", _cut(face), (f"{name}:{person}",))

    def _of(self, name: str) -> LabelledSet:
        return load_labels(name, self._cache_root)


def _rows(labelled: LabelledSet) -> list[int]:
    labels = labelled.labels
    return [
        int(row)
        for row in np.flatnonzero(labels.found)
        if float(np.median(labels.landmark_std[row]))
        < _MAX_POINT_STD * labelled_face(labelled, int(row)).eye_distance_px
    ]


def _cut(of: LabelledFace) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """What is around the face, no larger than a student looks at."""
    crop = face_crop(anchors_of(of.points))
    height, width = of.picture.shape
    reach = _REACH * crop.side_px
    left, top = (max(0, int(at - reach)) for at in (crop.center_x_px, crop.center_y_px))
    right = max(left + 8, min(width, int(crop.center_x_px + reach)))
    bottom = max(top + 8, min(height, int(crop.center_y_px + reach)))
    part = of.picture[top:bottom, left:right]
    scale = _LARGEST_PX / max(part.shape)
    if scale >= 1:
        return np.ascontiguousarray(part)
    size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
