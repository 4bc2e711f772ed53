"""A head that nobody moves on purpose: it sways with breath and posture, and the road shakes it with speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from driver_simulator.driver.course import Course, SmoothNoise, Times, Values
from driver_simulator.driver.driver_condition import DriverCondition
from driver_simulator.driver.person_traits import PersonTraits, seed_of
from driver_simulator.driver.statistics import attention_statistics
from driver_simulator.scenario.scenario import VehicleSpan

# A head on a neck sways slowly; seats pass shaking of a few hertz (ISO 2631-1 weights 4 to 8 Hz most, recalled).
_SWAY_HZ = (0.07, 0.16, 0.37, 0.81)
_SHAKE_HZ = (3.1, 5.7, 9.3)
_UNKNOWN_SPEED_KMH = 80.0
_SPEED_RAMP_S = 4.0
_FULL_SHAKE_KMH = 100.0
_WAYS = ("yaw", "pitch", "roll", "right", "up", "nearer")


@dataclass(frozen=True, slots=True)
class RestingCourses:
    """How far the resting head is from its usual place and angle, each (N,)."""

    yaw_rad: Values
    pitch_rad: Values
    roll_rad: Values
    right_m: Values
    up_m: Values
    nearer_m: Values


class RestingHead:
    def __init__(
        self,
        vehicle: Sequence[VehicleSpan],
        condition: DriverCondition,
        traits: PersonTraits,
        seed: int,
    ) -> None:
        statistics = attention_statistics()
        self._sway = SmoothNoise(_WAYS, _SWAY_HZ, seed_of(seed, "sway"))
        self._shake = SmoothNoise(_WAYS, _SHAKE_HZ, seed_of(seed, "shake"))
        self._sway_gain = condition.course(
            lambda t_s: traits.sway * condition.impaired("sway_factor", t_s)
        )
        self._shake_gain = Course.steps(
            [(span.from_s, _shaking(span.speed_kmh)) for span in vehicle], ramp_s=_SPEED_RAMP_S
        )
        sway = statistics.sway_deg
        angles = np.radians([sway.yaw, sway.pitch, sway.roll])
        shake_rad = float(np.radians(statistics.shake_deg))
        self._sizes = dict(
            zip(
                _WAYS,
                (
                    *((float(angle), shake_rad) for angle in angles),
                    *((statistics.sway_m, statistics.shake_m) for _ in range(3)),
                ),
                strict=True,
            )
        )

    def over(self, times: Times) -> RestingCourses:
        sway_gain, shake_gain = self._sway_gain.over(times), self._shake_gain.over(times)
        sway, shake = self._sway.over(times), self._shake.over(times)

        def one(way: str) -> Values:
            sways, shakes = self._sizes[way]
            values: Values = sways * sway_gain * sway[way] + shakes * shake_gain * shake[way]
            return values

        return RestingCourses(*(one(way) for way in _WAYS))


def _shaking(speed_kmh: float | None) -> float:
    """Against that at 100 km/h."""
    return (_UNKNOWN_SPEED_KMH if speed_kmh is None else speed_kmh) / _FULL_SHAKE_KMH
