"""What hides a driver from the camera at each instant: hands, things worn, light, distance, angle.

In: a scenario and the courses of its driver as the camera sees them. Out: a reason, or none, for face, eyes and mouth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.course import SmoothNoise, Times, Values
from driver_simulator.driver.moment import HandAct
from driver_simulator.driver.moment_courses import HAND_ACTS, MomentCourses
from driver_simulator.driver.person_traits import chance_of, seed_of
from driver_simulator.scenario.person import Glasses, NoEyewear, Sunglasses
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.scenario.viewing import LightSpan
from edge_app.driver_state.signals import Unavailable
from edge_app.face.settings import PerceptionSettings

REASONS = tuple(Unavailable)
SEEN = -1
Reasons = NDArray[np.int8]

# From here on its way a hand hides what it comes before.
_HAND_HIDES_FROM = 0.6
_HIDES_MOUTH = (HandAct.COVERS_MOUTH, HandAct.FOOD_AT_MOUTH, HandAct.AT_TWELVE_OCLOCK)
_HIDES_LEFT = (HandAct.RUBS_LEFT_EYE, HandAct.RUBS_BOTH_EYES)
_HIDES_RIGHT = (HandAct.RUBS_RIGHT_EYE, HandAct.RUBS_BOTH_EYES)
# Euro NCAP 2026: sunglasses that pass less than 15 % need not be seen through.
_LENS_HIDES_BELOW = 0.15
_LENS_BLURS_BELOW = 0.40
_PEAK_HIDES_ABOVE_DEG = -10.0  # elevation of the camera as the head sees it
_FACE_LOST_DEG = 80.0
_EYE_DISTANCE_M, _EYES_PER_FACE_CROP = 0.063, 2.3
_CROP_PX = 112
_NOMINAL_EYES_PX = 45.0
_OVEREXPOSED_EV, _DARK_EV = 3.0, -4.0
_DARK_NIGHT = 0.8  # strength of a night from which a camera without a lamp sees nothing
# A low sun through trees: so much of each passing blinds, in so many of them, at strength 1.
_FLASH_SHARE, _FLASHES = 0.2, 0.5
_FLASH_TABLE = 4096
_REFLECTION_HZ = (0.15, 0.4)


@dataclass(frozen=True, slots=True)
class Visibility:
    """Places in `REASONS`, or `SEEN`, each (N,); and how much worse than usual what is seen can be read."""

    face: Reasons
    eye_left: Reasons
    eye_right: Reasons
    mouth: Reasons
    picture: Reasons  # what hides eyes, mouth and lids' outline alike
    std_factor: Values


class VisibilityReader:
    """One scenario's camera, light and person."""

    def __init__(self, scenario: Scenario, settings: PerceptionSettings, seed: int) -> None:
        self._scenario = scenario
        self._settings = settings
        self._light_from_s = [span.from_s for span in scenario.light]
        self._flashes = chance_of(seed, "flashes").random(_FLASH_TABLE) < _FLASHES
        self._reflection = SmoothNoise(("lens",), _REFLECTION_HZ, seed_of(seed, "reflection"))
        self._always_std, self._always_picture = self._of_camera()

    def over(self, courses: MomentCourses, yaw_rad: Values, pitch_rad: Values) -> Visibility:
        """yaw_rad, pitch_rad: of the head against the line to the camera."""
        count = len(courses)
        face = np.full(count, SEEN, dtype=np.int8)
        picture = np.full(count, self._always_picture, dtype=np.int8)
        std_factor = np.full(count, self._always_std)
        self._light(courses.t_s, face, picture, std_factor)
        lens = self._hand(courses, HandAct.COVERS_LENS)
        _hide(face, lens, Unavailable.TOO_DARK)
        _hide(face, ~courses.in_view, Unavailable.NO_FACE)
        _hide(face, np.abs(yaw_rad) > math.radians(_FACE_LOST_DEG), Unavailable.NO_FACE)
        settings = self._settings
        far = np.abs(yaw_rad) > math.radians(settings.max_head_yaw_deg)
        far |= np.abs(pitch_rad) > math.radians(settings.max_head_pitch_deg)
        _hide(picture, far, Unavailable.OUT_OF_POSE)

        left, right, mouth = picture.copy(), picture.copy(), picture.copy()
        worn = self._eyes_behind_what_is_worn(courses.t_s, pitch_rad)
        for eye, acts, turned in (
            (left, _HIDES_LEFT, yaw_rad),
            (right, _HIDES_RIGHT, -yaw_rad),
        ):
            _hide(eye, turned > math.radians(settings.max_eye_yaw_deg), Unavailable.OUT_OF_POSE)
            _hide(eye, worn | self._hand(courses, *acts), Unavailable.EYES_OCCLUDED)
        person = self._scenario.person
        covered = np.full(count, person.mask or person.beard == "long")
        _hide(mouth, covered | self._hand(courses, *_HIDES_MOUTH), Unavailable.MOUTH_OCCLUDED)
        return Visibility(face, left, right, mouth, picture, std_factor)

    def _of_camera(self) -> tuple[float, int]:
        """What the camera itself does to every frame: a factor on deviations, and a reason where it hides all."""
        camera, settings = self._scenario.camera, self._settings
        focal_px = camera.width_px / (2 * math.tan(math.radians(camera.field_of_view_deg) / 2))
        eyes_px = focal_px * _EYE_DISTANCE_M / camera.distance_m
        crop_blur_px = camera.blur_px * _CROP_PX / (_EYES_PER_FACE_CROP * eyes_px)
        reason = SEEN
        if camera.exposure_ev >= _OVEREXPOSED_EV:
            reason = REASONS.index(Unavailable.OVEREXPOSED)
        elif camera.exposure_ev <= _DARK_EV:
            reason = REASONS.index(Unavailable.TOO_DARK)
        elif crop_blur_px > settings.max_blur_px:
            reason = REASONS.index(Unavailable.BLURRED)
        elif eyes_px < settings.min_eye_distance_px:
            reason = REASONS.index(Unavailable.LOW_RESOLUTION)
        coarse = max(1.0, _NOMINAL_EYES_PX / eyes_px)
        factor = coarse * math.hypot(1.0, camera.noise / 12.0, crop_blur_px / 1.5)
        person = self._scenario.person
        if isinstance(person.eyewear, Sunglasses) and self._lens_passes() < _LENS_BLURS_BELOW:
            factor *= 1.5
        elif not isinstance(person.eyewear, NoEyewear):
            factor *= 1.15
        if person.cap == "low_cap":
            factor *= 1.5
        return factor, reason

    def _light(self, t_s: Times, face: Reasons, picture: Reasons, std_factor: Values) -> None:
        """Span by span, since a drive has few of them."""
        for place, span in enumerate(self._scenario.light):
            until_s = self._light_from_s[place + 1 :][:1] or [math.inf]
            now = (t_s >= span.from_s) & (t_s < until_s[0])
            if not now.any():
                continue
            without_lamp = self._scenario.camera.spectrum == "colour"
            if span.type == "night" and without_lamp and span.strength >= _DARK_NIGHT:
                _hide(face, now, Unavailable.TOO_DARK)
            elif span.type in ("night", "dusk", "tunnel") and without_lamp:
                std_factor[now] *= 1.0 + 0.4 * span.strength
            elif span.type == "low_sun":
                std_factor[now] *= 1.0 + 0.2 * span.strength
                _hide(picture, now & self._blinds(t_s, span), Unavailable.OVEREXPOSED)

    def _blinds(self, t_s: Times, span: LightSpan) -> NDArray[np.bool_]:
        passing = t_s * span.flicker_hz
        whole = np.floor(passing)
        share = min(0.9, _FLASH_SHARE * span.strength)
        flashes: NDArray[np.bool_] = self._flashes[whole.astype(np.int64) % _FLASH_TABLE]
        return flashes & (passing - whole < share)

    def _eyes_behind_what_is_worn(self, t_s: Times, pitch_rad: Values) -> NDArray[np.bool_]:
        person = self._scenario.person
        hidden = np.full(len(t_s), False)
        if isinstance(person.eyewear, Sunglasses) and self._lens_passes() < _LENS_HIDES_BELOW:
            hidden[:] = True
        if isinstance(person.eyewear, Glasses) and person.eyewear.reflection > 0:
            # Reflections come and go with the head and what passes by.
            hidden |= self._reflection.over(t_s)["lens"] > 2.0 - 2.5 * person.eyewear.reflection
        if person.cap == "low_cap":
            hidden |= -pitch_rad > math.radians(_PEAK_HIDES_ABOVE_DEG)
        return hidden

    def _lens_passes(self) -> float:
        lens = self._scenario.person.eyewear
        if not isinstance(lens, Sunglasses):
            return 1.0
        infrared = self._scenario.camera.spectrum == "near_infrared"
        return lens.infrared_transmittance if infrared else lens.transmittance

    def _hand(self, courses: MomentCourses, *acts: HandAct) -> NDArray[np.bool_]:
        places = [HAND_ACTS.index(act) for act in acts]
        there: NDArray[np.bool_] = courses.hand_reach >= _HAND_HIDES_FROM
        return there & np.isin(courses.hand, places)


def _hide(reasons: Reasons, where: NDArray[np.bool_], reason: Unavailable) -> None:
    """What hides first gives the reason."""
    reasons[where & (reasons == SEEN)] = REASONS.index(reason)
