"""From an observed face to `Signals`: what can be trusted becomes a number, the rest a reason."""

from __future__ import annotations

import math

import numpy as np

from calibration.camera.lens import Lens
from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import UNREAD, HeadReading, Signal, Signals, Unavailable
from edge_app.face.face_geometry import face_geometry
from edge_app.face.landmark_layout import INNER_CORNER, LOWER_LID, OUTER_CORNER, UPPER_LID
from edge_app.face.observation import Estimate, FaceLandmarks, FaceObservation
from edge_app.face.quality import ImageQuality, measure_quality
from edge_app.face.settings import PerceptionSettings

_ANY_STD = math.inf
_AS_LIKELY_AS_NOT = 0.5


class SignalReader:
    """One frame's observation -> one frame's signals."""

    def __init__(self, settings: PerceptionSettings, lens: Lens | None = None) -> None:
        """lens: where it is known; else the field of view that the settings assume."""
        self._settings = settings
        self._lens = lens
        self._focal_per_width = 0.5 / math.tan(
            math.radians(settings.horizontal_field_of_view_deg) / 2
        )

    def read(
        self,
        frame: Frame,
        observation: FaceObservation,
        temporal: tuple[HeadReading, ...] = (),
        *,
        temporal_anew: bool = False,
    ) -> Signals:
        """`temporal`: what heads over time say; not told where neither an eye nor the mouth can be judged."""
        pose = observation.head_pose
        fault = self._fault(frame, observation)
        left_fault, right_fault = self._eye_faults(observation, fault)
        mouth_fault = fault or self._mouth_fault(observation)
        eyes_fault = left_fault if right_fault is not None else None
        # The pose is seen along the line to the face; the camera's frame differs by that line's angle.
        ray_right_rad, ray_down_rad = self._line_rad(frame, observation)
        eye_std = self._settings.max_eye_openness_std
        mouth_std = self._settings.max_mouth_openness_std
        head_std_rad = math.radians(self._settings.max_head_std_deg)

        def angle(value_rad: float) -> Signal:
            return _signal(Estimate(value_rad, pose.std_rad), None, head_std_rad)

        return Signals(
            t_s=frame.t_s,
            face_present=True,
            no_face_reason=None,
            eye_openness_left=_signal(observation.eye_openness_left, left_fault, eye_std),
            eye_openness_right=_signal(observation.eye_openness_right, right_fault, eye_std),
            mouth_openness=_signal(observation.mouth_openness, mouth_fault, mouth_std),
            smile=_signal(observation.smile, mouth_fault),
            head_yaw_rad=angle(pose.yaw_rad - ray_right_rad),
            head_pitch_rad=angle(pose.pitch_rad + ray_down_rad),
            head_roll_rad=angle(pose.roll_rad),
            gaze_yaw_rad=_signal(observation.gaze_yaw, eyes_fault),
            gaze_pitch_rad=_signal(observation.gaze_pitch, eyes_fault),
            eye_aspect_ratio=_signal(_eye_aspect_ratio(observation.landmarks), fault),
            expression=None if mouth_fault or eyes_fault else observation.expression,
            temporal=() if mouth_fault and eyes_fault else temporal,
            temporal_anew=temporal_anew,
            glasses=_glasses(observation, fault, eyes_fault),
            # Points that are covered are guessed, after the face that most people have.
            face_geometry=None
            if left_fault or right_fault or mouth_fault
            else face_geometry(observation),
        )

    def _line_rad(self, frame: Frame, observation: FaceObservation) -> tuple[float, float]:
        """To the right and downwards, of the line of sight to the middle of the face."""
        x_px, y_px = observation.next_crop.center_x_px, observation.next_crop.center_y_px
        if self._lens is not None:
            return self._lens.at(frame.width_px, frame.height_px).line_rad(x_px, y_px)
        focal_px = self._focal_per_width * frame.width_px
        return (
            math.atan2(x_px - frame.width_px / 2, focal_px),
            math.atan2(y_px - frame.height_px / 2, focal_px),
        )

    def _fault(self, frame: Frame, observation: FaceObservation) -> Unavailable | None:
        """What hides eyes and mouth alike."""
        settings, pose = self._settings, observation.head_pose
        quality = observation.quality or _measured(frame, observation)
        fault = quality.fault(settings)
        within = abs(pose.yaw_rad) <= math.radians(settings.max_head_yaw_deg) and (
            abs(pose.pitch_rad) <= math.radians(settings.max_head_pitch_deg)
        )
        if not within:  # also where an angle is not a number
            fault = fault or Unavailable.OUT_OF_POSE
        return fault

    def _eye_faults(
        self, observation: FaceObservation, fault: Unavailable | None
    ) -> tuple[Unavailable | None, Unavailable | None]:
        """Of the left and the right eye."""
        if fault is not None:
            return fault, fault
        left = right = None
        visibility = observation.visibility
        if visibility is not None:
            least = self._settings.min_eye_visibility
            left = None if visibility.eye_left >= least else Unavailable.EYES_OCCLUDED
            right = None if visibility.eye_right >= least else Unavailable.EYES_OCCLUDED
        yaw_rad, far_yaw_rad = (
            observation.head_pose.yaw_rad,
            math.radians(self._settings.max_eye_yaw_deg),
        )
        if yaw_rad > far_yaw_rad:
            left = Unavailable.OUT_OF_POSE
        elif yaw_rad < -far_yaw_rad:
            right = Unavailable.OUT_OF_POSE
        return left, right

    def _mouth_fault(self, observation: FaceObservation) -> Unavailable | None:
        visibility = observation.visibility
        if visibility is None or visibility.mouth >= self._settings.min_mouth_visibility:
            return None
        return Unavailable.MOUTH_OCCLUDED


def _glasses(
    observation: FaceObservation, fault: Unavailable | None, eyes_fault: Unavailable | None
) -> Signal:
    """Of any kind, and with the deviation of a yes or no that is this sure. Eyes that a hand covers say nothing."""
    visibility = observation.visibility
    if visibility is None:
        return UNREAD
    worn = max(visibility.glasses, visibility.sunglasses)
    if fault is None and worn < _AS_LIKELY_AS_NOT:
        fault = eyes_fault
    return _signal(Estimate(worn, math.sqrt(max(0.0, worn * (1.0 - worn)))), fault)


def _eye_aspect_ratio(face: FaceLandmarks) -> Estimate:
    """Mean of both eyes (Soukupová and Čech 2016, eq. 1, with three pairs of points). No doubt is told with it."""
    ratios = []
    for lids in (face.eyelid_left, face.eyelid_right):
        width_px = float(np.hypot(*(lids[OUTER_CORNER] - lids[INNER_CORNER])))
        gaps_px = np.hypot(*(lids[LOWER_LID] - lids[UPPER_LID]).T)
        ratios.append(float(gaps_px.mean()) / width_px if width_px > 0 else math.nan)
    return Estimate(sum(ratios) / len(ratios), 0.0)


def _measured(frame: Frame, observation: FaceObservation) -> ImageQuality:
    eyes = observation.landmarks
    between = eyes.eyelid_left.mean(axis=0) - eyes.eyelid_right.mean(axis=0)
    distance_px = math.hypot(float(between[0]), float(between[1]))
    return measure_quality(frame.image, observation.next_crop, distance_px)


def _signal(
    estimate: Estimate | None, fault: Unavailable | None, max_std: float = _ANY_STD
) -> Signal:
    if fault is not None:
        return Signal.missing(fault)
    if estimate is None or not math.isfinite(estimate.value) or not estimate.std <= max_std:
        return Signal.missing(Unavailable.UNCERTAIN)
    return Signal.of(estimate.value, estimate.std)
