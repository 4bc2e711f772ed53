"""Photographs of one face each, upright and enlarged by a margin, on which something known is done to the face."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.upright_face import UprightFace, upright_face
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.picture_store import PictureStore
from model_compression.evaluation.teacher import Teacher, TeacherReading

_SET = "faces"
_NAMED = re.compile(r"(?P<person>.+_.+)_\d{4}\.jpe?g", re.IGNORECASE)
_BORDER = 0.35  # of the upright square, repeated edge: a detector wants to see around a face


@dataclass(frozen=True, slots=True)
class FacePicture:
    """One face whose points the teacher is sure of. person: the file's name where it does not tell."""

    name: str
    person: str
    face: UprightFace
    reading: TeacherReading  # in px of the picture as it was


def face_pictures(path: Path, bench: Bench, teacher: Teacher) -> Iterator[FacePicture]:
    """Those of a tar or folder whose people were asked for. Raises `UserError` where there are none."""
    with PictureStore(path) as store:
        names = bench.choice.chosen_pictures(store.names, _SET, _person, path)
        for name in bench.track(names, len(names), path.name):
            image = store.read(name)
            crops = teacher.crops(image)
            reading = teacher.read(image, crops[0]) if crops else None
            if reading is None or not reading.points_are_right:
                continue
            luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
            yield FacePicture(
                name, _person(name) or name, upright_face(luma, reading.points), reading
            )


def on_canvas(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(C, C) -> a larger square in which perception looks for the face."""
    border = round(_BORDER * len(picture))
    return cv2.copyMakeBorder(  # type: ignore[return-value]
        picture, border, border, border, border, cv2.BORDER_REPLICATE
    )


def _person(name: str) -> str:
    """As the readers of training data have it, so that the same people are held out."""
    named = _NAMED.fullmatch(PurePosixPath(name).name)
    return named["person"] if named else ""
