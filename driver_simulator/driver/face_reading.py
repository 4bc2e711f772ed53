"""What perception would read of the face itself: the ratios of its distances, and whether glasses are worn.

In: a scenario's person, the seed and the noise. Out: ratios, or None, and a signal for each instant.
"""

from __future__ import annotations

import math

import numpy as np

from driver_simulator.driver.course import SmoothNoise, Times, Values
from driver_simulator.driver.perception_noise import PerceptionNoise
from driver_simulator.driver.person_traits import seed_of
from driver_simulator.driver.visibility import REASONS, SEEN, Reasons
from driver_simulator.scenario.person import Eyewear, NoEyewear
from edge_app.driver_state.signals import Signal
from edge_app.face.face_geometry import (
    GEOMETRY_NAMES,
    GEOMETRY_STD,
    LEAST_OPENNESS,
    MOST_PITCH_RAD,
    MOST_YAW_RAD,
    WIDEST_MOUTH,
)

_DRIFT_HZ = (0.05, 0.2, 0.5)
# Mean over the people of three in-car and seven webcam clips, with glasses and without. Thin frames read lower.
_WORN, _BARE = 0.84, 0.08
Geometry = tuple[float, ...] | None


class FaceReader:
    """The same instants give the same readings, save for what `chance` adds from frame to frame."""

    def __init__(
        self, geometry: tuple[float, ...], eyewear: Eyewear, noise: PerceptionNoise, seed: int
    ) -> None:
        """geometry: of this person, in the order of `GEOMETRY_NAMES`."""
        self._geometry = np.array(geometry)
        self._worn = _BARE if isinstance(eyewear, NoEyewear) else _WORN
        self._noise = noise
        self._drift = SmoothNoise(GEOMETRY_NAMES, _DRIFT_HZ, seed_of(seed, "geometry drift"))

    def geometry(
        self,
        t_s: Times,
        yaw_rad: Values,
        pitch_rad: Values,
        openness: Values,
        mouth: Values,
        seen: Reasons,
        chance: np.random.Generator,
    ) -> list[Geometry]:
        """openness: of the eye that is less open. seen: what hides an eye or the mouth, if anything."""
        told = (
            (seen == SEEN)
            & (np.abs(yaw_rad) <= MOST_YAW_RAD)
            & (np.abs(pitch_rad) <= MOST_PITCH_RAD)
            & (openness >= LEAST_OPENNESS)
            & (mouth <= WIDEST_MOUTH)
        )
        slow = self._drift.over(t_s)
        drift = np.stack([slow[name] for name in GEOMETRY_NAMES], axis=1)
        quick = chance.standard_normal(drift.shape)
        off = self._noise.geometry_drift * drift + self._noise.geometry_std * quick
        ratios = np.round(self._geometry + off * np.array(GEOMETRY_STD), 4)
        return [
            tuple(row) if shown else None
            for row, shown in zip(ratios.tolist(), told.tolist(), strict=True)
        ]

    def glasses(self, picture: Reasons, chance: np.random.Generator) -> list[Signal]:
        """picture: what hides the whole face, if anything."""
        quick = chance.standard_normal(len(picture))
        logit = math.log(self._worn / (1.0 - self._worn)) + self._noise.glasses_logit_std * quick
        told = 1.0 / (1.0 + np.exp(-logit))
        return [
            Signal.of(value, math.sqrt(value * (1.0 - value)))
            if reason == SEEN
            else Signal.missing(REASONS[reason])
            for value, reason in zip(told.tolist(), picture.tolist(), strict=True)
        ]
