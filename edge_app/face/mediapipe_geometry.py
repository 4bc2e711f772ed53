"""MediaPipe's canonical face, read from the user's own `face_landmarker.task`: it gives head pose and the next crop.

The task file carries 468 canonical vertices in centimetres and the weights of those among them that expressions
hardly move; both are read from its protobuf at load time and fitted to the predicted points.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.inference.session import ModelFileError

# Centre and side of the crop that MediaPipe's own rule (box of all points x 1.5) gives on neutral faces, in
# centimetres of the canonical face with y down. Fixed here, since that box moves with blinks and yawns.
_CROP_CENTER_CM = np.array([0.0, 0.7, 0.0], dtype=np.float32)
_CROP_SIDE_CM = 26.5


@dataclass(frozen=True, slots=True)
class HeadFit:
    """Similarity transform from the canonical face (cm; x right, y down, z away) to frame pixels."""

    rotation: NDArray[np.float32]  # (3, 3)
    px_per_cm: float
    origin_px: NDArray[np.float32]  # (3,)

    def angles_rad(self) -> tuple[float, float, float]:
        """Yaw (to the picture's right), pitch (up), roll (clockwise)."""
        forward = -self.rotation[:, 2]
        yaw = math.atan2(float(forward[0]), float(-forward[2]))
        pitch = math.asin(max(-1.0, min(1.0, float(-forward[1]))))
        roll = math.atan2(float(self.rotation[1, 0]), float(self.rotation[0, 0]))
        return yaw, pitch, roll

    def next_crop(self) -> FaceCrop:
        center = self.origin_px + self.px_per_cm * (self.rotation @ _CROP_CENTER_CM)
        roll = math.atan2(float(self.rotation[1, 0]), float(self.rotation[0, 0]))
        return FaceCrop(float(center[0]), float(center[1]), self.px_per_cm * _CROP_SIDE_CM, roll)


class CanonicalFace:
    """Weighted Procrustes fit of the canonical vertices to predicted points (Kabsch 1976, Umeyama 1991)."""

    def __init__(self, metadata: bytes) -> None:
        try:
            fields = list(_protobuf_fields(metadata))
            mesh = next(value for number, value in fields if number == 1)
            assert isinstance(mesh, bytes)
            floats = [value for number, value in _protobuf_fields(mesh) if number == 3]
            vertices = np.array(floats, dtype=np.float32).reshape(-1, 5)[:, :3]
            basis = [
                dict(_protobuf_fields(value))
                for number, value in fields
                if number == 2 and isinstance(value, bytes)
            ]
            index = [int(entry.get(1, 0)) for entry in basis]
            weight = np.array([entry[2] for entry in basis], dtype=np.float32)
            points = vertices[index] * np.array([1, -1, -1], dtype=np.float32)
        except (
            StopIteration,
            AssertionError,
            ValueError,
            IndexError,
            KeyError,
            struct.error,
        ) as error:
            raise ModelFileError(
                "face_landmarker.task: the face geometry inside cannot be read; fetch the file again "
                "with 'vigil models fetch mediapipe'"
            ) from error
        self._index = np.array(index)
        self._weight = weight / weight.sum()
        self._mean = self._weight @ points
        self._centered = points - self._mean
        self._weighted = (self._centered * self._weight[:, None]).T
        self._variance = float(self._weight @ (self._centered**2).sum(axis=1))

    def fit(self, points: NDArray[np.float32]) -> HeadFit:
        """points: (478, 3) px, depth growing away from the camera."""
        target = points[self._index]
        mean = self._weight @ target
        u, singular, vt = np.linalg.svd(self._weighted @ (target - mean))
        reflection = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
        rotation = ((vt.T * reflection) @ u.T).astype(np.float32)
        scale = float((singular * reflection).sum()) / self._variance
        return HeadFit(rotation, scale, mean - scale * (rotation @ self._mean))


def _protobuf_fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """(field number, value) of each field; wire types 0, 2 and 5 are all this file uses."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            yield number, varint()
        elif wire_type == 2:
            length = varint()
            yield number, message[at : at + length]
            at += length
        elif wire_type == 5:
            yield number, struct.unpack_from("<f", message, at)[0]
            at += 4
        else:
            raise ValueError(f"wire type {wire_type}")
