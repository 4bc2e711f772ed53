"""What the driver's head points at: signals and the learned way ahead in, a zone of the cabin out. It decides no alert.

Gaze is not validated, so this is head pose: a glance by the eyes alone, as many are at cluster and inner mirror, is
told as the road.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from calibration.camera.cabin import ZONES, GazeZone
from calibration.camera.driver_side import DriverSide, side_by_mount, side_of
from calibration.camera.gaze_zones import GazeZones, Side, guess_of
from calibration.camera.mounting import Mounting, mounting_of
from edge_app.driver_state.gaze_zone_settings import GazeZoneSettings
from edge_app.driver_state.signals import Signal, Unavailable

# A head so far from the way ahead is off the road: twice the spread of one that follows it (choice).
_ASIDE_RAD, _UP_DOWN_RAD = math.radians(12.0), math.radians(12.0)
_JUDGE_EVERY_S = 0.1  # heads turn no faster than that matters, and no decision rests on the zone
_MOST_STD_RAD = math.radians(8.0)  # of a direction that tells of the driver's side, choice


@dataclass(frozen=True, slots=True)
class GazeZoneReading:
    """Where the head points. `zone` and `unavailable`: exactly one of them is set."""

    zone: GazeZone | None
    certainty: float | None  # 0..1, by a model of usual cabins and people
    also: tuple[GazeZone, ...]  # zones that the same head may mean
    driver_side: Side | None  # of the vehicle; None while it cannot be told
    driver_side_certainty: float  # 0.5 to 1
    unavailable: Unavailable | None


NO_ZONE = GazeZoneReading(None, None, (), None, 0.5, Unavailable.NOT_CALIBRATED)


class GazeZoneEstimator:
    """A zone stays until another is surely more likely for a moment. A gap forgets it."""

    def __init__(self, settings: GazeZoneSettings, *, max_gap_s: float) -> None:
        self._settings = settings
        self._max_gap_s = max_gap_s
        self._side = DriverSide()
        self._left_probability = {"left": 1.0, "right": 0.0}.get(settings.driver_side, 0.5)
        self._last_s: float | None = None
        self._judged_s: float | None = None  # when the zone was judged last; held between
        self._held = NO_ZONE
        self._zone: GazeZone | None = None
        self._next: GazeZone | None = None
        self._next_since_s = 0.0
        self._aside_since_s: float | None = None
        self._farthest: tuple[float, float, float] = (0.0, 0.0, 0.0)  # to the left, up, deviation

    def step(
        self,
        t_s: float,
        yaw: Signal,
        pitch: Signal,
        forward_yaw_rad: float | None,
        forward_pitch_rad: float | None,
    ) -> GazeZoneReading:
        """yaw, pitch: of the head, and forward: the way ahead, both in the camera's frame."""
        since_last_s = math.inf if self._last_s is None else t_s - self._last_s
        if since_last_s > self._max_gap_s:
            self._forget()
        if yaw.value is None or pitch.value is None:
            return self._without(yaw.unavailable or pitch.unavailable or Unavailable.UNCERTAIN)
        mounting = self._mounted(forward_yaw_rad, forward_pitch_rad)
        if mounting is None:
            return self._without(Unavailable.NOT_CALIBRATED)
        self._last_s = t_s
        to_left_rad, up_rad = mounting.in_vehicle(yaw.value, pitch.value)
        std_rad = max(yaw.std or 0.0, pitch.std or 0.0)
        if self._settings.driver_side == "auto":
            self._learn_side(t_s, to_left_rad, up_rad, std_rad)
        if self._judged_s is None or t_s - self._judged_s >= _JUDGE_EVERY_S:
            self._judged_s = t_s
            self._left_probability = self._known_side(mounting)
            self._held = self._judged(t_s, to_left_rad, up_rad, std_rad)
        return self._held

    def _judged(
        self, t_s: float, to_left_rad: float, up_rad: float, std_rad: float
    ) -> GazeZoneReading:
        settings = self._settings
        zones = GazeZones(self._left_probability)
        probabilities = zones.probabilities(to_left_rad, up_rad, std_rad)
        guess = guess_of(probabilities)
        likeliest = guess.zone if guess.certainty >= settings.min_certainty else None
        if self._zone is not None:
            held = float(probabilities[ZONES.index(self._zone)])
            if held + settings.keep_margin >= float(probabilities.max()):
                likeliest = self._zone
        if likeliest is not self._next:
            self._next, self._next_since_s = likeliest, t_s
        first = self._zone is None
        if first or t_s - self._next_since_s >= settings.settle_s:
            self._zone = likeliest
        if self._zone is None:
            return self._reading(None, None, (), self._why_none(to_left_rad, up_rad, std_rad))
        certainty = float(probabilities[ZONES.index(self._zone)])
        also = tuple(zone for zone in (guess.zone, *guess.also) if zone not in (None, self._zone))
        return self._reading(self._zone, certainty, also, None)

    def _why_none(self, to_left_rad: float, up_rad: float, std_rad: float) -> Unavailable:
        """Whether it is only the driver's side that is missing."""
        if side_of(self._left_probability) is None:
            for own_rad in (to_left_rad, -to_left_rad):
                known = GazeZones(1.0).zone_in_vehicle(own_rad, up_rad, std_rad)
                if known.zone is not None and known.certainty >= self._settings.min_certainty:
                    return Unavailable.NOT_CALIBRATED
        return Unavailable.UNCERTAIN

    def _learn_side(self, t_s: float, to_left_rad: float, up_rad: float, std_rad: float) -> None:
        away = math.hypot(to_left_rad / _ASIDE_RAD, up_rad / _UP_DOWN_RAD)
        if away > 1.0:
            if self._aside_since_s is None:
                self._aside_since_s, self._farthest = t_s, (0.0, 0.0, std_rad)
            if math.hypot(to_left_rad, up_rad) > math.hypot(*self._farthest[:2]):
                self._farthest = (to_left_rad, up_rad, std_rad)
        elif self._aside_since_s is not None:
            lasted_s = t_s - self._aside_since_s
            self._aside_since_s = None
            if lasted_s >= self._settings.glance_s and self._farthest[2] <= _MOST_STD_RAD:
                self._side.glance(*self._farthest)

    def _known_side(self, mounting: Mounting) -> float:
        """Probability that the driver sits at the left."""
        if self._settings.driver_side != "auto":
            return self._left_probability
        by_mount = side_by_mount(self._settings.camera_mount, mounting.yaw_rad)
        return self._side.left_probability(by_mount)

    def _mounted(self, yaw_rad: float | None, pitch_rad: float | None) -> Mounting | None:
        if yaw_rad is None or pitch_rad is None:
            return None
        return mounting_of(yaw_rad, pitch_rad, math.radians(self._settings.camera_roll_deg))

    def _forget(self) -> None:
        self._judged_s = None
        self._zone = self._next = None
        self._aside_since_s = None

    def _without(self, why: Unavailable) -> GazeZoneReading:
        self._judged_s = None
        return self._reading(None, None, (), why)

    def _reading(
        self,
        zone: GazeZone | None,
        certainty: float | None,
        also: tuple[GazeZone, ...],
        unavailable: Unavailable | None,
    ) -> GazeZoneReading:
        left = self._left_probability
        return GazeZoneReading(
            zone=zone,
            certainty=certainty,
            also=also,
            driver_side=side_of(left),
            driver_side_certainty=max(left, 1.0 - left),
            unavailable=unavailable,
        )
