"""How a head came to point away from the road: since when it has been turning, and whether it has turned out of sight.

In: where the head points against camera and road, while it is seen. Out: the beginning of a turn, and the glance that
goes on unseen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_app.driver_state.settings import GlanceSettings
from edge_app.driver_state.state import OffRoad

# A head that is thrown back is a yawn or a sneeze.
_GO_ON_UNSEEN = (OffRoad.HEAD_TURNED, OffRoad.HEAD_DOWN)
# One reading alone may be of a face that the picture's edge cuts off; at few frames a second one must do.
_READINGS, _CLOSE_S = 2, 0.06
# No driver's head turns faster (choice); what two readings differ by beyond it is misread, as of a face that slides out
# of the picture faster than it can be followed.
_FASTEST_RAD_PER_S, _NOISE_RAD = math.radians(500.0), math.radians(6.0)


@dataclass(frozen=True, slots=True)
class HeadDirection:
    """Radians; yaw and pitch against the road."""

    yaw_rad: float
    pitch_rad: float
    camera_yaw_rad: float  # against the camera


class HeadTurn:
    """Who leans out of the picture looks ahead until the end; who turns away is on the way out when last seen.

    The last readings of a face that is about to be lost may be anything, so the way out is remembered for a moment.
    """

    def __init__(self, settings: GlanceSettings, *, max_gap_s: float) -> None:
        self._settings = settings
        self._max_gap_s = max_gap_s
        self._turning_s: float | None = None
        self._seen_s: float | None = None
        self._last_yaw_rad = 0.0
        self._way_out: OffRoad | None = None
        self._leaving_s = 0.0  # when it was last seen on the way out
        self._readings = 0
        self._is_lost = False

    def seen(self, t_s: float, head: HeadDirection, why: OffRoad | None) -> None:
        """why: as what the head is off the road already."""
        since_last_s = math.inf if self._seen_s is None else t_s - self._seen_s
        if since_last_s > self._max_gap_s or not self._turns(head):
            self._turning_s = None
        if self._turning_s is None and self._turns(head):
            self._turning_s = t_s
        self._seen_s = t_s
        leapt_rad = abs(head.yaw_rad - self._last_yaw_rad) - _NOISE_RAD
        leaps = since_last_s < _CLOSE_S and leapt_rad > _FASTEST_RAD_PER_S * since_last_s
        self._last_yaw_rad = head.yaw_rad
        if self._is_lost or t_s - self._leaving_s > self._max_gap_s:
            self.forget()
        if leaps:
            return
        leaves = why if why in _GO_ON_UNSEEN else self._leaves(head)
        if leaves is not None:
            self._way_out = leaves
            self._readings += 1 if since_last_s < _CLOSE_S else _READINGS
            self._leaving_s = t_s

    def lost(self, t_s: float) -> OffRoad | None:
        """The face cannot be found or read at `t_s`: as what it is off the road unseen."""
        if not self._is_lost and (
            t_s - self._leaving_s > self._max_gap_s or self._readings < _READINGS
        ):
            self.forget()
        self._is_lost = self._way_out is not None
        return self._way_out

    def began_s(self, t_s: float) -> float:
        """When a turn that is off the road at `t_s` began; a slow one, not long ago."""
        if self._turning_s is None:
            return t_s
        return max(self._turning_s, t_s - self._settings.turn_s)

    def forget(self) -> None:
        """What was seen last says nothing of what comes."""
        self._way_out = None
        self._readings = 0
        self._is_lost = False

    def _turns(self, head: HeadDirection) -> bool:
        settings = self._settings
        share = settings.turning_share
        return abs(head.yaw_rad) >= share * math.radians(
            settings.max_yaw_deg
        ) or -head.pitch_rad >= share * math.radians(settings.max_down_deg)

    def _leaves(self, head: HeadDirection) -> OffRoad | None:
        settings = self._settings
        leaves = (
            head.camera_yaw_rad * head.yaw_rad > 0
            and abs(head.yaw_rad) >= settings.turning_share * math.radians(settings.max_yaw_deg)
            and abs(head.camera_yaw_rad) >= math.radians(settings.seen_from_side_deg)
        )
        return OffRoad.HEAD_TURNED if leaves else None
