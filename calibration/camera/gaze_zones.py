"""What a driver looks at, as far as the head's direction tells: zones of a cabin, each with how certain.

In: yaw and pitch of the head in the camera's frame, against how the camera is mounted. Out: a zone with its
probability, and the zones that the same head may mean. It is HEAD pose: where eyes alone move, nothing is seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibration.camera.cabin import ROAD_SHARE, TARGETS, ZONES, GazeZone
from calibration.camera.mounting import Mounting

Side = Literal["left", "right"]
Floats = NDArray[np.float64]

# Standard deviations, choices: of a head that follows the road, of any head held still, of the head's share.
_ROAD_STD_RAD = (math.radians(6.0), math.radians(5.0))
_STILL_STD_RAD = math.radians(4.0)
_SHARE_STD = 0.2
# Chance that the head points anywhere else, and over how much of the sphere that is spread.
_ELSEWHERE_SHARE = 0.015
_ELSEWHERE_DENSITY = 1.0 / (math.radians(240.0) * math.radians(140.0))
_ALSO_FROM = 0.15


@dataclass(frozen=True, slots=True)
class ZoneGuess:
    """The likeliest zone."""

    zone: GazeZone | None  # None: none of them, or one side's and the driver's side is not known
    certainty: float  # 0..1, probability of that zone, by a model of usual cabins and people
    also: tuple[GazeZone, ...]  # the next likely ones, where head pose does not tell them apart


class GazeZones:
    """Zones for a driver who sits at the left, at the right, or at either."""

    def __init__(self, left_probability: float) -> None:
        """left_probability: that the driver sits at the vehicle's left, 0..1."""
        self._left_probability = left_probability

    def zone(
        self, mounting: Mounting, yaw_rad: float, pitch_rad: float, std_rad: float = 0.0
    ) -> ZoneGuess:
        """std_rad: of the head's direction. Angles in the camera's frame."""
        to_left_rad, up_rad = mounting.in_vehicle(yaw_rad, pitch_rad)
        return self.zone_in_vehicle(to_left_rad, up_rad, std_rad)

    def zone_in_vehicle(self, to_left_rad: float, up_rad: float, std_rad: float = 0.0) -> ZoneGuess:
        return guess_of(self.probabilities(to_left_rad, up_rad, std_rad))

    def probabilities(self, to_left_rad: float, up_rad: float, std_rad: float = 0.0) -> Floats:
        """(zones + 1,), in the order of `ZONES` with anything else as the last; they sum up to 1."""
        left = self._left_probability
        mixed = np.zeros(len(ZONES) + 1)
        for share, own_rad in ((left, to_left_rad), (1.0 - left, -to_left_rad)):
            if share > 0.0:
                densities = MODEL.densities(own_rad, up_rad, std_rad)
                mixed += share * densities / densities.sum()
        return mixed


def guess_of(probabilities: Floats) -> ZoneGuess:
    """probabilities: of `GazeZones.probabilities`."""
    order = np.argsort(-probabilities)
    best = int(order[0])
    if best == len(ZONES):
        return ZoneGuess(None, float(probabilities[best]), ())
    also = tuple(ZONES[i] for i in order[1:4] if i < len(ZONES) and probabilities[i] >= _ALSO_FROM)
    return ZoneGuess(ZONES[best], float(probabilities[best]), also)


class ZoneModel:
    """How a head points when a driver looks at each zone: a normal distribution about the head's share of the way."""

    def __init__(self) -> None:
        means, spreads, shares = [(0.0, 0.0)], [np.diag(np.square(_ROAD_STD_RAD))], [ROAD_SHARE]
        for zone in ZONES[1:]:
            target = TARGETS[zone]
            way = np.array(target.direction_rad)
            along = _SHARE_STD * way
            means.append((target.head_share * way[0], target.head_share * way[1]))
            spreads.append(np.diag([_STILL_STD_RAD**2] * 2) + np.outer(along, along))
            turned = target.time_share * (1.0 - target.eyes_only)
            shares.append(turned)
        self._means = np.array(means)  # (zones, 2)
        self._spreads = np.array(spreads)  # (zones, 2, 2)
        self._shares = np.array(shares)  # (zones,) with the head turned
        self._by_eyes = np.array([TARGETS[z].time_share * TARGETS[z].eyes_only for z in ZONES[1:]])

    def densities(self, own_rad: float, up_rad: float, std_rad: float = 0.0) -> Floats:
        """(zones + 1,) of a head towards the own side and up: how often each zone looks like that. Not normalised."""
        spreads = self._spreads + std_rad**2 * np.eye(2)
        away = np.array([own_rad, up_rad]) - self._means
        a, b, d = spreads[:, 0, 0], spreads[:, 0, 1], spreads[:, 1, 1]
        determinant = a * d - b * b
        x, y = away[:, 0], away[:, 1]
        squared = (d * x * x - 2 * b * x * y + a * y * y) / determinant
        density = np.exp(-0.5 * squared) / (2 * math.pi * np.sqrt(determinant))
        told = self._shares * density
        # Who glances by the eyes alone keeps the head where the road is.
        told[1:] += self._by_eyes * density[0]
        return np.append(told, _ELSEWHERE_SHARE * _ELSEWHERE_DENSITY)

    def turned_density(self, own_rad: float, up_rad: float, std_rad: float = 0.0) -> float:
        """Of a head that is known to be off the road: how well it suits this side's zones."""
        densities = self.densities(own_rad, up_rad, std_rad)
        return float(densities[1:].sum())


MODEL = ZoneModel()
