"""From an observed face to `Signals`: what can be trusted becomes a number, the rest a reason."""

from __future__ import annotations

import math

from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.face.observation import Estimate, FaceObservation
from edge_app.face.quality import measure_quality
from edge_app.face.settings import PerceptionSettings


class SignalReader:
    """One frame's observation -> one frame's signals."""

    def __init__(self, settings: PerceptionSettings) -> None:
        self._settings = settings
        self._focal_per_width = 0.5 / math.tan(
            math.radians(settings.horizontal_field_of_view_deg) / 2
        )

    def read(self, frame: Frame, observation: FaceObservation) -> Signals:
        settings = self._settings
        pose = observation.head_pose
        fault = measure_quality(frame, observation).fault(settings)
        if abs(pose.yaw_rad) > math.radians(settings.max_head_yaw_deg) or abs(
            pose.pitch_rad
        ) > math.radians(settings.max_head_pitch_deg):
            fault = fault or Unavailable.OUT_OF_POSE
        far_yaw_rad = math.radians(settings.max_eye_yaw_deg)
        left_fault = fault or (Unavailable.OUT_OF_POSE if pose.yaw_rad > far_yaw_rad else None)
        right_fault = fault or (Unavailable.OUT_OF_POSE if pose.yaw_rad < -far_yaw_rad else None)
        # The pose is seen along the line to the face; the camera's frame differs by that line's angle.
        focal_px = self._focal_per_width * frame.width_px
        ray_right_rad = math.atan2(observation.next_crop.center_x_px - frame.width_px / 2, focal_px)
        ray_down_rad = math.atan2(observation.next_crop.center_y_px - frame.height_px / 2, focal_px)
        return Signals(
            t_s=frame.t_s,
            face_present=True,
            no_face_reason=None,
            eye_openness_left=_signal(observation.eye_openness_left, left_fault),
            eye_openness_right=_signal(observation.eye_openness_right, right_fault),
            mouth_openness=_signal(observation.mouth_openness, fault),
            smile=_signal(observation.smile, fault),
            head_yaw_rad=Signal.of(pose.yaw_rad - ray_right_rad, pose.std_rad),
            head_pitch_rad=Signal.of(pose.pitch_rad + ray_down_rad, pose.std_rad),
            head_roll_rad=Signal.of(pose.roll_rad, pose.std_rad),
            gaze_yaw_rad=_signal(observation.gaze_yaw, fault),
            gaze_pitch_rad=_signal(observation.gaze_pitch, fault),
            expression=observation.expression if fault is None else None,
        )


def _signal(estimate: Estimate | None, fault: Unavailable | None) -> Signal:
    if fault is not None:
        return Signal.missing(fault)
    if estimate is None or not math.isfinite(estimate.value):
        return Signal.missing(Unavailable.UNCERTAIN)
    return Signal.of(estimate.value, estimate.std)
