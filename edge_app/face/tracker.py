"""Follows the driver's face from frame to frame; the detector runs only when the face is lost, and once a second."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge_app.camera.frame import Frame
from edge_app.face.box import Box, overlap
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceDetection, FaceObservation, Perception
from edge_app.face.settings import PerceptionSettings

_SAME_FACE_OVERLAP = 0.2
# A crop goes all the way to where its face has moved by this much, and less of the way to where it moved by less.
_WHOLE_SHIFT = 0.015  # of its side
_WHOLE_SCALE = 0.0225
_WHOLE_ROLL_RAD = 0.026
_SETTLING_S = 0.3  # in which it goes most of the way to the middle of a face that holds still
# Landmarks that ask for a crop this far from the one they were seen in have lost the face.
_LEAP_SHIFT = 0.5  # of its side
_LEAP_SCALE = 1.6
_CLEARLY_LARGER = 1.3  # a face that the driver is taken to be, though another is tracked
_SURE_PRESENCE = 0.9  # a turned head can escape the detector while the landmarks still hold
_MOST_LOOKS = 4  # at what the detector took for faces, in a frame whose driver is searched
_DOUBT_INTERVAL_S = 0.25  # between looks for a better face while the tracked one is not sure


class FaceTracker:
    """The driver's face in each frame, or None.

    Between detections a frame's crop comes from the last frame's landmarks. A crop in which the face is doubtful
    is searched again by the detector in the same frame, so that one bad crop loses no frame.
    """

    def __init__(self, perception: Perception, settings: PerceptionSettings) -> None:
        self._perception = perception
        self._settings = settings
        self._last: FaceObservation | None = None
        self._crop: FaceCrop | None = None  # in which it was seen
        self._followed: Box | None = None  # of the last face seen, however long ago
        self._stepped_s = 0.0
        self._checked_s = 0.0
        self._searched_s = 0.0
        # The last frame's face is another than the one before it: beside it, or found elsewhere after a loss.
        self.handed_over = False

    def step(self, frame: Frame) -> FaceObservation | None:
        passed_s = frame.t_s - self._stepped_s
        self._stepped_s = frame.t_s
        self.handed_over = False
        self._last = self._seen(frame, passed_s)
        if self._last is not None:
            self._followed = self._last.box
        return self._last

    def _seen(self, frame: Frame, passed_s: float) -> FaceObservation | None:
        if self._last is None or self._crop is None:
            return self._search(frame)
        self._crop = _followed(self._crop, self._last.next_crop, passed_s)
        tracked = self._perception.observe(frame.image, self._crop)
        if not self._holds(tracked) or _leaps(self._crop, tracked.next_crop):
            return self._search(frame)
        return self._checked(frame, tracked)

    def forget(self) -> None:
        """Start afresh: the next frame has nothing to do with the last one. Its face may still be the same one's."""
        self._last = None

    def _holds(self, observation: FaceObservation, detection: FaceDetection | None = None) -> bool:
        """detection: where nothing but the detector has said yet that a face is there."""
        score = detection.score if detection is not None else 1.0
        return _presence(observation.presence, score) >= self._settings.min_presence

    def _search(self, frame: Frame) -> FaceObservation | None:
        self._checked_s = frame.t_s
        # What looked like a face from afar may be none: the next largest may be the driver's then.
        for face in _largest_first(self._detected(frame))[:_MOST_LOOKS]:
            seen = self._look(frame, face)
            if seen is not None:
                before = self._followed
                self.handed_over = before is not None and not _same_place(before, seen.box)
                return seen
        return None

    def _checked(self, frame: Frame, tracked: FaceObservation) -> FaceObservation | None:
        """What the detector has to say of the tracked face, where it is time to ask."""
        due = frame.t_s - self._checked_s >= self._settings.recheck_interval_s
        sure = tracked.presence >= _SURE_PRESENCE
        if not due and (sure or frame.t_s - self._searched_s < _DOUBT_INTERVAL_S):
            return tracked
        if due:
            self._checked_s = frame.t_s
        faces = self._detected(frame)
        driver = next(iter(_largest_first(faces)), None)
        if driver is None:
            return None if due and not sure else tracked
        if _same_place(driver.box, tracked.box):
            return tracked
        # A head turned away escapes the detector while a passenger's does not: the driver is not handed over for that.
        seen = any(_same_place(face.box, tracked.box) for face in faces)
        larger = driver.crop.side_px >= _CLEARLY_LARGER * tracked.next_crop.side_px
        if sure and not seen and not larger:
            return tracked
        other = self._look(frame, driver)
        self.handed_over = other is not None
        return other or tracked

    def _look(self, frame: Frame, face: FaceDetection) -> FaceObservation | None:
        """Read a detected face: twice where its own landmarks place it better than the detector has."""
        first = self._perception.observe(frame.image, face.crop)
        refined = first.next_crop
        if _moved(face.crop, refined) >= 1.0:
            second = self._perception.observe(frame.image, refined)
            if self._holds(second, face):
                self._crop = refined
                return second
        if not self._holds(first, face):
            return None
        self._crop = face.crop
        return first

    def _detected(self, frame: Frame) -> list[FaceDetection]:
        """Faces on the driver's side."""
        self._searched_s = frame.t_s
        faces = self._perception.detect(frame.image)
        side = self._settings.driver_side
        if side == "auto":
            return faces
        middle_px = frame.width_px / 2
        return [face for face in faces if (face.crop.center_x_px < middle_px) == (side == "left")]


def _same_place(one: Box, other: Box) -> bool:
    return overlap(one, other) >= _SAME_FACE_OVERLAP


def _presence(presence: float, score: float) -> float:
    """The certainty of a closer look, after a detector that doubts: odds multiply, as those of independent evidence do.

    A detector that is surer than even adds nothing: its surest mistakes are what the closer look is for.
    """
    doubt = min(score, 0.5)
    yes, no = presence * doubt, (1 - presence) * (1 - doubt)
    return yes / (yes + no) if yes > 0 else 0.0


def _largest_first(faces: Sequence[FaceDetection]) -> list[FaceDetection]:
    return sorted(faces, key=lambda face: face.crop.side_px, reverse=True)


def _shift(crop: FaceCrop, target: FaceCrop) -> float:
    """How far the target's centre lies from the crop's, in its sides."""
    right_px = target.center_x_px - crop.center_x_px
    down_px = target.center_y_px - crop.center_y_px
    return math.hypot(right_px, down_px) / crop.side_px


def _followed(crop: FaceCrop, target: FaceCrop, passed_s: float) -> FaceCrop:
    """The crop for the next look: a large move is followed at once, a small one slowly.

    The crop is not moved for every tremble of the points. Nor does it stay until it jumps: readings that differ by a
    rounding error would make one runtime's crop jump and another's stay.
    """
    settled = 1 - math.exp(-max(0.0, passed_s) / _SETTLING_S)
    share = min(1.0, max(settled, _moved(crop, target)))
    return FaceCrop(
        crop.center_x_px + share * (target.center_x_px - crop.center_x_px),
        crop.center_y_px + share * (target.center_y_px - crop.center_y_px),
        crop.side_px + share * (target.side_px - crop.side_px),
        crop.roll_rad + share * _turn(target.roll_rad - crop.roll_rad),
    )


def _moved(crop: FaceCrop, target: FaceCrop) -> float:
    """How far the target is from the crop; 1 is a move that is followed at once."""
    return max(
        _shift(crop, target) / _WHOLE_SHIFT,
        abs(target.side_px / crop.side_px - 1) / _WHOLE_SCALE,
        abs(_turn(target.roll_rad - crop.roll_rad)) / _WHOLE_ROLL_RAD,
    )


def _turn(angle_rad: float) -> float:
    """Into -pi..pi."""
    return math.remainder(angle_rad, 2 * math.pi)


def _leaps(crop: FaceCrop, target: FaceCrop) -> bool:
    near = _shift(crop, target) <= _LEAP_SHIFT
    alike = crop.side_px <= _LEAP_SCALE * target.side_px and (
        target.side_px <= _LEAP_SCALE * crop.side_px
    )
    return not (near and alike)
