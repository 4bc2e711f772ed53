"""What a good camera's perception would read of a performance: `Signals` without a picture, thousands in a second.

In: a performance and the times of its frames. Out: one `Signals` for each, in order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from calibration.driver.references import OPEN_EYE, SHUT_EYE
from driver_simulator.driver.course import SmoothNoise, Times, Values
from driver_simulator.driver.eye_reading import far_eye_std_factors, visible_gaps
from driver_simulator.driver.face_reading import FaceReader
from driver_simulator.driver.moment_courses import MomentCourses
from driver_simulator.driver.perception_noise import PerceptionNoise
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.person_traits import chance_of, seed_of
from driver_simulator.driver.visibility import REASONS, SEEN, Reasons, Visibility, VisibilityReader
from driver_simulator.scenario.person import NoEyewear
from driver_simulator.viewpoint import Rotation, camera_axes
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.face.settings import PerceptionSettings

_CHUNK = 4096
_USUAL_APERTURE_MM = 10.0
_WIDEST = 1.2  # of the usual aperture: beyond it the scale of openness ends
# Gap over width of the open and of the shut eye; a shut eye behind glasses reads wider (field measurements: 0.018 and
# 0.113).
_OPEN_RATIO, _SHUT_RATIO, _SHUT_RATIO_BEHIND_GLASSES = 0.30, 0.018, 0.113
_SHUT_MOUTH, _WIDEST_MOUTH = 0.04, 0.97
_NO_SMILE, _FULL_SMILE = 0.08, 0.93
_GAZE_LOST_ABOVE = 0.75  # closure
_UNSURE_YAW_RAD = 0.85  # twice the deviation
_DRIFT_HZ = (0.2, 0.5, 1.1)
_DRIFTS = ("left", "right", "yaw", "pitch", "roll", "gaze_yaw", "gaze_pitch")
_Column = list[Signal]
_MISSING = tuple(Signal.missing(reason) for reason in REASONS)


class SignalSampler:
    """Reads a performance as perception would. The same times give the same signals."""

    def __init__(
        self,
        performance: Performance,
        *,
        noise: PerceptionNoise | None = None,
        settings: PerceptionSettings | None = None,
        seed: int | None = None,
    ) -> None:
        """settings: from where on perception does not trust itself. seed: of the noise, else the scenario's."""
        scenario = performance.scenario
        self._performance = performance
        self._noise = noise or PerceptionNoise()
        self._settings = settings or PerceptionSettings()
        self._seed = scenario.seed if seed is None else seed
        self._camera = camera_axes(scenario.camera.position, scenario.driver_side)
        self._visibility = VisibilityReader(scenario, self._settings, self._seed)
        self._drift = SmoothNoise(_DRIFTS, _DRIFT_HZ, seed_of(self._seed, "perception drift"))
        aperture = scenario.person.eye_aperture_mm / _USUAL_APERTURE_MM
        self._aperture = min(aperture, _WIDEST)
        worn = not isinstance(scenario.person.eyewear, NoEyewear)
        self._face = FaceReader(
            performance.traits.face_geometry, scenario.person.eyewear, self._noise, self._seed
        )
        self._shut_ratio = _SHUT_RATIO_BEHIND_GLASSES if worn else _SHUT_RATIO

    def sample(self, times: Times | Sequence[float]) -> Iterator[Signals]:
        """times: of frames, seconds, in order."""
        every = np.asarray(times, dtype=np.float64)
        chance, face = chance_of(self._seed, "perception"), chance_of(self._seed, "face reading")
        for start in range(0, len(every), _CHUNK):
            yield from self._read(
                self._performance.courses(every[start : start + _CHUNK]), chance, face
            )

    def _read(
        self, courses: MomentCourses, chance: np.random.Generator, face: np.random.Generator
    ) -> Iterator[Signals]:
        yaw, pitch, roll = angles_in_camera(courses, self._camera)
        seen = self._visibility.over(courses, yaw, pitch)
        drift = self._drift.over(courses.t_s)
        noise, worse = self._noise, seen.std_factor

        def noisy(value: Values, std: Values, slow: Values | float = 0.0) -> Values:
            return value + std * chance.standard_normal(len(value)) + slow

        def eye(
            gap: Values, closure: Values, far: Values, hidden: Reasons, drifting: str
        ) -> _Column:
            doubt = worse * far
            shut, opened = noise.told_shut_std, 1.0 - closure
            told = (shut + (noise.told_openness_std - shut) * opened) * doubt
            told = told + noise.told_std_by_loss * np.clip(opened - gap, 0.0, 1.0)
            unsure = _unless_sure(hidden, told, self._settings.max_eye_openness_std)
            slow = noise.openness_drift * drift[drifting]
            value = noisy(self._openness(gap), noise.openness_std * doubt, slow)
            return _signals(_share(value), told, unsure)

        def angle(value: Values, drifting: str) -> _Column:
            std = math.radians(noise.pose_std_deg) * worse * aside
            slow = math.radians(noise.pose_drift_deg) * drift[drifting]
            return _signals(noisy(value, std, slow), told_pose, pose_seen)

        def gaze(value: Values, drifting: str) -> _Column:
            std = math.radians(noise.gaze_std_deg) * worse
            slow = math.radians(noise.gaze_drift_deg) * drift[drifting]
            told = math.radians(noise.told_gaze_std_deg) * worse
            return _signals(noisy(value, std, slow), told, gaze_seen)

        gaps = visible_gaps(courses, yaw, pitch, noise)
        far_left, far_right = far_eye_std_factors(yaw, noise)
        aside = 1.0 + (yaw / _UNSURE_YAW_RAD) ** 2
        told_pose = math.radians(noise.told_pose_std_deg) * worse * aside
        everywhere = np.full(len(courses), SEEN, dtype=np.int8)
        most_pose_rad = math.radians(self._settings.max_head_std_deg)
        pose_seen = _unless_sure(everywhere, told_pose, most_pose_rad)
        gaze_seen = _gaze_reasons(courses, seen)
        told_mouth = noise.told_mouth_std * worse
        mouth_seen = _unless_sure(seen.mouth, told_mouth, self._settings.max_mouth_openness_std)
        jaw, puller = courses.actions["jaw_drop"], courses.actions["lip_corner_puller"]
        mouth = noisy(_SHUT_MOUTH + (_WIDEST_MOUTH - _SHUT_MOUTH) * jaw, noise.mouth_std * worse)
        smile = noisy(_NO_SMILE + (_FULL_SMILE - _NO_SMILE) * puller, noise.smile_std * worse)
        ratio = noisy(self._ratio(gaps), noise.aspect_ratio_std * worse)
        columns = (
            eye(gaps[0], courses.closure_left, far_left, seen.eye_left, "left"),
            eye(gaps[1], courses.closure_right, far_right, seen.eye_right, "right"),
            _signals(_share(mouth), told_mouth, mouth_seen),
            _signals(_share(smile), noise.told_smile_std * worse, seen.mouth),
            angle(yaw, "yaw"),
            angle(pitch, "pitch"),
            angle(roll, "roll"),
            gaze(courses.gaze_yaw_rad, "gaze_yaw"),
            gaze(courses.gaze_pitch_rad, "gaze_pitch"),
            # Perception tells no deviation of the outline of the lids.
            _signals(_share(ratio), np.zeros(len(courses)), seen.picture),
        )
        geometry = self._face.geometry(
            courses.t_s,
            yaw,
            pitch,
            self._openness(np.minimum(*gaps)),
            mouth,
            np.where(seen.eye_left == SEEN, np.maximum(seen.eye_right, seen.mouth), seen.eye_left),
            face,
        )
        glasses = self._face.glasses(seen.picture, face)
        rows = zip(
            courses.t_s.tolist(), seen.face.tolist(), glasses, geometry, *columns, strict=True
        )
        for t_s, gone, worn, ratios, *signals in rows:
            if gone != SEEN:
                yield Signals.without_face(t_s, REASONS[gone])
            else:
                face_too = {"glasses": worn, "face_geometry": ratios}
                yield Signals(t_s, True, None, *signals, **face_too)

    def _openness(self, gap: Values) -> Values:
        """On the scale common to all drivers, where narrow eyes read lower though they are open."""
        openness: Values = SHUT_EYE + (OPEN_EYE - SHUT_EYE) * self._aperture * gap
        return openness

    def _ratio(self, gaps: tuple[Values, Values]) -> Values:
        gap = 0.5 * (gaps[0] + gaps[1])
        ratio: Values = self._shut_ratio + (_OPEN_RATIO - self._shut_ratio) * self._aperture * gap
        return ratio


def angles_in_camera(courses: MomentCourses, camera: Rotation) -> tuple[Values, Values, Values]:
    """Yaw, pitch and roll as `angles_of(head_in_camera(...))` tells them, for all instants at once."""
    yaw, pitch, roll = courses.head_yaw_rad, courses.head_pitch_rad, courses.head_roll_rad
    yaw_sin, yaw_cos = np.sin(yaw), np.cos(yaw)
    pitch_sin, pitch_cos = np.sin(pitch), np.cos(pitch)
    roll_sin, roll_cos = np.sin(roll), np.cos(roll)
    right = (
        yaw_cos * roll_cos + yaw_sin * pitch_sin * roll_sin,
        pitch_cos * roll_sin,
        yaw_sin * roll_cos - yaw_cos * pitch_sin * roll_sin,
    )
    away = (-yaw_sin * pitch_cos, pitch_sin, yaw_cos * pitch_cos)

    def seen(axis: tuple[Values, Values, Values], along: int) -> Values:
        parts = [float(camera[row, along]) * axis[row] for row in range(3)]
        return parts[0] + parts[1] + parts[2]

    return (
        np.arctan2(-seen(away, 0), seen(away, 2)),
        np.arcsin(np.clip(seen(away, 1), -1.0, 1.0)),
        np.arctan2(seen(right, 1), seen(right, 0)),
    )


def _share(value: Values) -> Values:
    within: Values = np.minimum(np.maximum(value, 0.0), 1.0)
    return within


def _unless_sure(reasons: Reasons, told: Values, most: float) -> Reasons:
    """As `edge_app.face.signal_reading`: what perception doubts too much is `uncertain`."""
    uncertain = np.int8(REASONS.index(Unavailable.UNCERTAIN))
    return np.where((reasons == SEEN) & (told > most), uncertain, reasons)


def _gaze_reasons(courses: MomentCourses, seen: Visibility) -> Reasons:
    """One eye that is seen is enough, unless its lid is down."""
    reasons: Reasons = np.where(seen.eye_left == SEEN, seen.eye_left, seen.eye_right)
    closed = np.minimum(courses.closure_left, courses.closure_right) > _GAZE_LOST_ABOVE
    uncertain = np.int8(REASONS.index(Unavailable.UNCERTAIN))
    return np.where(closed & (reasons == SEEN), uncertain, reasons)


def _signals(value: Values, std: Values, reasons: Reasons) -> _Column:
    hidden = reasons != SEEN
    if not hidden.any():
        return [Signal(v, s, None) for v, s in zip(value.tolist(), std.tolist(), strict=True)]
    return [
        Signal(v, s, None) if reason == SEEN else _MISSING[reason]
        for v, s, reason in zip(value.tolist(), std.tolist(), reasons.tolist(), strict=True)
    ]
