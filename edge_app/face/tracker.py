"""Follows the driver's face from frame to frame; the detector runs only when the face is lost, and once a second."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge_app.camera.frame import Frame
from edge_app.face.box import overlap
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceDetection, FaceObservation, Perception
from edge_app.face.settings import PerceptionSettings

_SAME_FACE_OVERLAP = 0.2
# A crop that follows the face by less than this stays: moving it for nothing makes the readings tremble.
_STILL_SHIFT = 0.02  # of its side
_STILL_SCALE = 0.03
_STILL_ROLL_RAD = 0.035
_SURE_PRESENCE = 0.9  # a turned head can escape the detector while the landmarks still hold


class FaceTracker:
    """The driver's face in each frame, or None.

    Between detections a frame's crop comes from the last frame's landmarks. A crop in which the face is doubtful
    is searched again by the detector in the same frame, so that one bad crop loses no frame.
    """

    def __init__(self, perception: Perception, settings: PerceptionSettings) -> None:
        self._perception = perception
        self._settings = settings
        self._last: FaceObservation | None = None
        self._crop: FaceCrop | None = None  # of the last frame
        self._checked_s = 0.0

    def step(self, frame: Frame) -> FaceObservation | None:
        if self._last is None:
            self._last = self._search(frame)
            return self._last
        crop = _followed(self._crop, self._last.next_crop)
        observation: FaceObservation | None = self._observe(frame, crop)
        assert observation is not None
        if observation.presence < self._settings.min_presence:
            self._last = self._search(frame)
            return self._last
        if frame.t_s - self._checked_s >= self._settings.recheck_interval_s:
            observation = self._recheck(frame, observation)
        self._last = observation
        return observation

    def forget(self) -> None:
        """Start afresh: the next frame has nothing to do with the last one."""
        self._last = None

    def _observe(self, frame: Frame, crop: FaceCrop) -> FaceObservation:
        self._crop = crop
        return self._perception.observe(frame.image, crop)

    def _recheck(self, frame: Frame, tracked: FaceObservation) -> FaceObservation | None:
        self._checked_s = frame.t_s
        driver = self._driver_of(self._perception.detect(frame.image), frame)
        if driver is None:
            return tracked if tracked.presence >= _SURE_PRESENCE else None
        if overlap(driver.box, tracked.box) >= _SAME_FACE_OVERLAP:
            return tracked
        observation = self._observe(frame, driver.crop)
        if observation.presence < self._settings.min_presence:
            return tracked
        return observation

    def _search(self, frame: Frame) -> FaceObservation | None:
        self._checked_s = frame.t_s
        driver = self._driver_of(self._perception.detect(frame.image), frame)
        if driver is None:
            return None
        observation = self._observe(frame, driver.crop)
        if observation.presence < self._settings.min_presence:
            # A second look from the landmarks' own crop: the detector's box is the coarser of the two.
            observation = self._observe(frame, observation.next_crop)
        return observation if observation.presence >= self._settings.min_presence else None

    def _driver_of(self, faces: Sequence[FaceDetection], frame: Frame) -> FaceDetection | None:
        """The largest face on the driver's side."""
        side = self._settings.driver_side
        if side != "auto":
            middle_px = frame.width_px / 2
            faces = [
                face for face in faces if (face.crop.center_x_px < middle_px) == (side == "left")
            ]
        return max(faces, key=lambda face: face.crop.side_px, default=None)


def _followed(crop: FaceCrop | None, target: FaceCrop) -> FaceCrop:
    """The crop for the next frame: the last one while the face has hardly moved in it."""
    if crop is None:
        return target
    shift_px = math.hypot(
        target.center_x_px - crop.center_x_px, target.center_y_px - crop.center_y_px
    )
    still = (
        shift_px < _STILL_SHIFT * crop.side_px
        and abs(target.side_px - crop.side_px) < _STILL_SCALE * crop.side_px
        and abs(target.roll_rad - crop.roll_rad) < _STILL_ROLL_RAD
    )
    return crop if still else target
