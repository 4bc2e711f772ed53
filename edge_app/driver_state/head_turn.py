"""Whether a head that is not seen any more has turned out of the camera's sight: where it pointed when it was last seen
in, the glance that goes on unseen out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_app.driver_state.settings import GlanceSettings
from edge_app.driver_state.state import OffRoad

# A head that is thrown back is a yawn or a sneeze.
_GO_ON_UNSEEN = (OffRoad.HEAD_TURNED, OffRoad.HEAD_DOWN)


@dataclass(frozen=True, slots=True)
class UnseenGlance:
    """A head that turned away from the road until it was out of sight."""

    why: OffRoad
    since_s: float  # on its way out since then


class HeadTurn:
    """Who leans out of the picture looks ahead until the end; who turns away is on the way out when last seen.

    The last readings of a face that is about to be lost may be anything, so the way out is remembered for a moment.
    """

    def __init__(self, settings: GlanceSettings, *, max_gap_s: float) -> None:
        self._settings = settings
        self._max_gap_s = max_gap_s
        self._way_out: UnseenGlance | None = None
        self._leaving_s = 0.0  # when it was last seen on the way out
        self._is_lost = False

    def seen(
        self, t_s: float, yaw_rad: float, yaw_off_road_rad: float, why: OffRoad | None
    ) -> None:
        """yaw_rad: against the camera. yaw_off_road_rad: against the road. why: as what the head is off the road."""
        if self._is_lost or t_s - self._leaving_s > self._max_gap_s:
            self.forget()
        if why not in _GO_ON_UNSEEN:
            why = OffRoad.HEAD_TURNED if self._leaves(yaw_rad, yaw_off_road_rad) else None
        if why is not None:
            since_s = t_s if self._way_out is None else self._way_out.since_s
            self._way_out = UnseenGlance(why, since_s)
            self._leaving_s = t_s

    def lost(self, t_s: float) -> UnseenGlance | None:
        """The face cannot be found or read at `t_s`."""
        if not self._is_lost and t_s - self._leaving_s > self._max_gap_s:
            self.forget()
        self._is_lost = self._way_out is not None
        return self._way_out

    def forget(self) -> None:
        """What was seen last says nothing of what comes."""
        self._way_out = None
        self._is_lost = False

    def _leaves(self, yaw_rad: float, yaw_off_road_rad: float) -> bool:
        settings = self._settings
        return (
            yaw_rad * yaw_off_road_rad > 0
            and abs(yaw_off_road_rad) >= math.radians(settings.lost_yaw_deg)
            and abs(yaw_rad) >= math.radians(settings.seen_from_side_deg)
        )
