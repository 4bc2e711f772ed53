"""Where the things are that a driver looks at, and how much of the way there the head makes.

Places are metres from the driver's eyes in a passenger car, a choice: no vehicle was measured. UN R46 lets the mirror
on the driver's side stand at most 55 degrees aside (recalled); door mirrors on the other side stand beyond 70 degrees
in Japanese cars (Nagata and Kuriyama 1985).

The head makes half of the way to the inner mirror and 65 % to the outer ones (45 drivers in their own cars, 4400
glances; The Utility of Peripheral Vision to Motor Vehicle Drivers, 1977). To cluster and inner mirror it does not turn
at all in 35 % of glances or more, to lap, console and outer mirror in 7 % or fewer (Talamonti et al. 2013). How much
it turns differs between people (Fridman et al. 2016, "owls" and "lizards"); the spread is a choice, as are the shares
where none is published.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum


class GazeZone(str, Enum):
    """What lies where the head points. `own`: on the driver's side of the vehicle."""

    ROAD = "road"
    INNER_MIRROR = "inner_mirror"
    OWN_MIRROR = "own_mirror"
    FAR_MIRROR = "far_mirror"
    CLUSTER = "cluster"
    CONSOLE = "console"
    LAP = "lap"
    OWN_WINDOW = "own_window"
    FAR_WINDOW = "far_window"


ZONES = tuple(GazeZone)


@dataclass(frozen=True, slots=True)
class Target:
    """Something to look at, from the driver's eyes."""

    own_side_m: float  # towards the driver's own window; negative: towards the other side
    up_m: float
    ahead_m: float
    head_share: float  # of the way, where the head turns at all
    eyes_only: float  # share of glances without a turn of the head
    time_share: float  # of driving, before anything is seen

    @property
    def direction_rad(self) -> tuple[float, float]:
        """(towards the own side, up) of the line of sight."""
        level_m = math.hypot(self.own_side_m, self.ahead_m)
        return math.atan2(self.own_side_m, self.ahead_m), math.atan2(self.up_m, level_m)


_MOSTLY_EYES, _RARELY_EYES = 0.35, 0.07
ROAD_SHARE = 0.80
TARGETS: dict[GazeZone, Target] = {
    GazeZone.INNER_MIRROR: Target(-0.38, 0.12, 0.55, 0.50, _MOSTLY_EYES, 0.04),
    GazeZone.OWN_MIRROR: Target(0.55, -0.17, 0.55, 0.65, _RARELY_EYES, 0.03),
    GazeZone.FAR_MIRROR: Target(-1.40, -0.20, 0.55, 0.65, _RARELY_EYES, 0.01),
    GazeZone.CLUSTER: Target(0.00, -0.30, 0.70, 0.40, _MOSTLY_EYES, 0.04),
    GazeZone.CONSOLE: Target(-0.36, -0.42, 0.60, 0.60, _RARELY_EYES, 0.03),
    GazeZone.LAP: Target(-0.03, -0.50, 0.35, 0.65, _RARELY_EYES, 0.02),
    GazeZone.OWN_WINDOW: Target(0.55, -0.03, 0.12, 0.75, _RARELY_EYES, 0.015),
    GazeZone.FAR_WINDOW: Target(-1.20, -0.08, 0.20, 0.75, _RARELY_EYES, 0.015),
}
BY_EYES = frozenset(zone for zone, target in TARGETS.items() if target.eyes_only >= _MOSTLY_EYES)
"""Zones at which a driver often looks with the head towards the road: head pose then tells `ROAD`."""
