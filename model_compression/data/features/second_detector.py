"""The second face detector: OpenCV's YuNet from a file, for frames in which Vigil's own detector finds nobody."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from edge_app.face.student_crops import Anchors, face_crop
from model_compression.data.features.seen_frame import Picture

_LARGEST_PX = 640  # of the picture's longer side while it is searched
_MIN_SCORE = 0.8
# From YuNet's tip of the nose towards the middle of the mouth: measured on faces that both detectors see, the squares
# are then as large as Vigil's.
_NOSE_BASE = 0.15
_COLUMNS = slice(
    4, 14
)  # five points, x and y: the person's right eye, left eye, nose, corners of the mouth


class YuNet:
    """Wu et al. 2023. Raises `UserError` where the file is not there or is not YuNet's."""

    def __init__(self, path: Path) -> None:
        self.name = f"YuNet ({path.name})"
        if not path.is_file():
            raise UserError(
                f"{path}: there is no such file; give OpenCV's face_detection_yunet_*.onnx."
            )
        try:
            self._net = cv2.FaceDetectorYN.create(str(path), "", (320, 320), _MIN_SCORE)
            self._detect(np.zeros((64, 64, 3), np.uint8))
        except cv2.error as error:
            raise UserError(
                f"{path}: is no file of YuNet's; give OpenCV's face_detection_yunet_*.onnx."
            ) from error

    def squares(self, picture: Picture) -> list[FaceCrop]:
        """Of all faces in the picture."""
        scale = min(1.0, _LARGEST_PX / max(picture.shape[:2]))
        small = picture
        if scale < 1:
            small = np.asarray(
                cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
                np.uint8,
            )
        return [_square(row / scale) for row in self._detect(small)]

    def _detect(self, picture: Picture) -> NDArray[np.float32]:
        """(K, 10)."""
        self._net.setInputSize((picture.shape[1], picture.shape[0]))
        _, rows = self._net.detect(picture)
        found = np.asarray(rows)  # None where there is no face, whatever OpenCV's types say
        return (
            found[:, _COLUMNS].astype(np.float32)
            if found.ndim == 2
            else np.zeros((0, 10), np.float32)
        )


def _square(points: NDArray[np.float32]) -> FaceCrop:
    eye_right, eye_left, nose, *mouth = points.reshape(5, 2)
    base = nose + _NOSE_BASE * ((mouth[0] + mouth[1]) / 2 - nose)
    return face_crop(Anchors(eye_right, eye_left, base.astype(np.float32)))
