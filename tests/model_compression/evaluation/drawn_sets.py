"""Small sets drawn here, and a perception that reads what was drawn: truth without a model and without people.

A drawn face is a square whose brightness says how open its eyes are, on a background darker than any face.
"""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import COUNT, named
from edge_app.face.observation import Estimate, FaceDetection, FaceObservation, HeadPose
from edge_app.face.settings import PerceptionSettings
from model_compression.evaluation.bench import Bench, Choice
from model_compression.evaluation.contestant import BUNDLE, RIVAL, Contestant

BACKGROUND = 20
FACELESS_UNDER = 40  # mean luma of the middle of a face


def face(
    openness: float,
    *,
    right: float | None = None,
    smile: float = 0.0,
    size: tuple[int, int] = (96, 96),
) -> NDArray[np.uint8]:
    """(H, W, 3). The picture's left half tells the driver's right eye, the lower left corner the smile."""
    picture = np.full((*size, 3), BACKGROUND, dtype=np.uint8)
    height, width = size
    top, bottom, left, side = height // 4, 3 * height // 4, width // 4, width // 2
    picture[top:bottom, left:side] = _luma(openness if right is None else right)
    picture[top:bottom, side : side + side - left] = _luma(openness)
    picture[-8:, :8] = _luma(smile)
    return picture


def nobody(size: tuple[int, int] = (96, 96)) -> NDArray[np.uint8]:
    return np.full((*size, 3), BACKGROUND, dtype=np.uint8)


def _luma(share: float) -> int:
    return round(80 + 120 * share)


@dataclass
class BrightnessReader:
    """`Perception` of drawn faces."""

    name: str = "brightness/1"
    expression_labels: tuple[str, ...] = ()
    temporal = None
    blink_head = None
    error: float = 0.0  # added to every openness
    look: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        if self._middle(image) < FACELESS_UNDER:
            return []
        height, width = image.shape[:2]
        crop = FaceCrop(width / 2, height / 2, width / 2, 0.0)
        return [FaceDetection((width / 4, height / 4, width * 3 / 4, height * 3 / 4), 0.9, crop)]

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        height, width = image.shape[:2]
        here = np.asarray(image, dtype=np.float64).reshape(height, width, -1).mean(axis=2)
        rows = slice(height * 3 // 8, height * 5 // 8)
        right = here[rows, width * 5 // 16 : width * 7 // 16].mean()
        left = here[rows, width * 9 // 16 : width * 11 // 16].mean()
        smile = self._share(here[-4:, :4].mean())
        points = np.tile(np.array([width / 2, height / 2], dtype=np.float32), (COUNT, 1))
        yaw, pitch, roll = self.look
        return FaceObservation(
            presence=1.0 if self._middle(image) >= FACELESS_UNDER else 0.0,
            box=(width / 4, height / 4, width * 3 / 4, height * 3 / 4),
            landmarks=named(points),
            eye_openness_left=Estimate(self._share(left) + self.error, 0.05),
            eye_openness_right=Estimate(self._share(right) + self.error, 0.05),
            mouth_openness=Estimate(smile, 0.05),
            smile=Estimate(smile, 0.05),
            head_pose=HeadPose(yaw, pitch, roll, std_rad=0.01),
            gaze_yaw=None,
            gaze_pitch=None,
            expression=self._expression(left),
            next_crop=FaceCrop(width / 2, height / 2, width / 2, 0.0),
        )

    def _expression(self, luma: float) -> tuple[float, ...] | None:
        """The brighter, the later the label."""
        count = len(self.expression_labels)
        if not count:
            return None
        place = min(count - 1, int(self._share(luma) * count))
        return tuple(0.9 if i == place else 0.1 / max(1, count - 1) for i in range(count))

    @staticmethod
    def _share(luma: float) -> float:
        return min(1.0, max(0.0, (float(luma) - 80) / 120))

    @staticmethod
    def _middle(image: NDArray[np.uint8]) -> float:
        height, width = image.shape[:2]
        return float(
            image[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8].mean()
        )


class BrightEye:
    """Reads the drawn eye of a close-up."""

    def read_eye(self, luma: NDArray[np.uint8]) -> Estimate:
        return Estimate(BrightnessReader._share(luma.mean()), 0.05)


def bench(
    perception: BrightnessReader,
    rival: BrightnessReader | None = None,
    choice: Choice | None = None,
    lone_eye: BrightEye | None = None,
) -> Bench:
    """Without a teacher."""
    settings = PerceptionSettings()
    contestants = [Contestant(BUNDLE, perception, settings, "0" * 64, lone_eye)]
    if rival is not None:
        contestants.append(Contestant(RIVAL, rival, settings, "1" * 64))
    return Bench(tuple(contestants), None, choice or Choice())


def tar(path: Path, pictures: dict[str, NDArray[np.uint8]]) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, picture in pictures.items():
            content = cv2.imencode(".png", picture)[1].tobytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def video(path: Path, frames: list[NDArray[np.uint8]]) -> Path:
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, (width, height))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path
