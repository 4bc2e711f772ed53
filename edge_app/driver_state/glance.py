"""Looking away from the road: head pose and lids in, the ongoing glance and its sum over half a minute out."""

from __future__ import annotations

import math

from edge_app.driver_state.condition_timer import ConditionTimer
from edge_app.driver_state.forward_direction import ForwardDirection
from edge_app.driver_state.head_turn import HeadDirection, HeadTurn
from edge_app.driver_state.held_window import HeldWindow
from edge_app.driver_state.laughing_lids import LaughingLids
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.driver_state.state import Glance, LidEpisode, LidState, OffRoad

_WHY_BY_LIDS = {
    LidState.CAST_DOWN: OffRoad.LIDS_CAST_DOWN,
    LidState.CLOSED: OffRoad.EYES_CLOSED,
}


# Why a head that has turned out of sight is not seen; any other reason says nothing of the driver.
_OUT_OF_SIGHT = (Unavailable.NO_FACE, Unavailable.OUT_OF_POSE, Unavailable.UNCERTAIN)


class GlanceEstimator:
    """Off the road when the head is turned away from the learned forward direction, or the lids are cast down.

    A camera beside the driver loses a head that turns to the other side: such a glance goes on until the face is seen.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._settings = settings.glance
        self._max_gap_s = settings.max_gap_s
        self._forward = ForwardDirection(settings.glance)
        self._timer = ConditionTimer(
            flicker_s=settings.glance.return_s,
            max_gap_s=settings.max_gap_s,
            forget_s=settings.forget_s,
        )
        self._window = HeldWindow(window_s=settings.glance.window_s, max_gap_s=settings.max_gap_s)
        self._last_s: float | None = None
        self._was_away = False
        self._turn = HeadTurn(settings.glance, max_gap_s=settings.max_gap_s)
        self._laughing_lids = LaughingLids(settings)
        self._looks_away = False

    def step(
        self,
        t_s: float,
        yaw: Signal,
        pitch: Signal,
        lids: LidEpisode,
        mouth_openness: Signal,
        smile: Signal,
    ) -> Glance:
        # Eyes or mouth that cannot be seen do not keep the road from being learned: sunglasses are worn all day.
        learn = lids.lids in (LidState.OPEN, LidState.UNKNOWN) and (
            mouth_openness.value is None or mouth_openness.value < self._settings.learn_max_mouth
        )
        head, unavailable = self._head(t_s, yaw, pitch, learn)
        if unavailable in _OUT_OF_SIGHT:
            if (unseen := self._turn.lost(t_s)) is not None:
                head, unavailable = unseen, None
        elif unavailable is not None:
            self._turn.forget()
        began_s = self._turn.began_s(t_s) if head else None
        by_lids = self._why_by_lids(t_s, lids.lids, smile)
        why = head or by_lids
        away = True if why else (None if unavailable else False)
        # Before the road is learned only lids can be away; open ones end what they began.
        lids_are_back = unavailable is Unavailable.NOT_CALIBRATED and lids.lids is LidState.OPEN
        held = self._timer.step(t_s, False if lids_are_back else away, began_s=began_s)
        direction = self._forward.direction
        # Closed eyes have timers of their own: in the sum they would outlast the driver's waking.
        counted = None if why is OffRoad.EYES_CLOSED else away
        self._window.step(t_s, counted, since_s=began_s)
        blink_s = self._settings.blink_s
        may_be_blink = head is None and held is not None and held.seen_s < blink_s
        self._looks_away = held is not None and not may_be_blink
        off_road = False if away and may_be_blink else away
        return Glance(
            off_road=off_road,
            why=why if off_road else None,
            unavailable=unavailable if away is None else None,
            onset_s=held.onset_s if held and off_road else None,
            off_road_s=held.seen_s if held and not may_be_blink else 0.0,
            off_road_s_in_window=self._window.held_s(min_run_s=blink_s),
            forward_yaw_rad=direction[0] if direction else None,
            forward_pitch_rad=direction[1] if direction else None,
        )

    def _why_by_lids(self, t_s: float, lids: LidState, smile: Signal) -> OffRoad | None:
        low = None if lids is LidState.UNKNOWN else lids is LidState.CAST_DOWN
        may_laugh = self._laughing_lids.step(t_s, low, smile)
        # A laugh does not end a glance that is going on.
        if lids is LidState.CAST_DOWN and may_laugh and not self._looks_away:
            return None
        return _WHY_BY_LIDS.get(lids)

    def _head(
        self, t_s: float, yaw: Signal, pitch: Signal, learn: bool
    ) -> tuple[OffRoad | None, Unavailable | None]:
        if yaw.value is None or pitch.value is None:
            self._last_s = None
            return None, yaw.unavailable or pitch.unavailable
        if learn:
            passed_s = 0.0
            if self._last_s is not None and t_s - self._last_s <= self._max_gap_s:
                passed_s = t_s - self._last_s
            self._forward.learn(yaw.value, pitch.value, passed_s, away=self._was_away)
        self._last_s = t_s
        direction = self._forward.direction
        if direction is None:
            return None, Unavailable.NOT_CALIBRATED
        head = HeadDirection(yaw.value - direction[0], pitch.value - direction[1], yaw.value)
        why = self._head_away(head)
        self._was_away = why is not None
        self._turn.seen(t_s, head, why)
        return why, None

    def _head_away(self, head: HeadDirection) -> OffRoad | None:
        """Half turned and half bowed is off the road as well: below the road the limits are the axes of an ellipse."""
        settings = self._settings
        slack_deg = settings.hysteresis_deg if self._was_away else 0.0
        turned = abs(head.yaw_rad) / math.radians(settings.max_yaw_deg - slack_deg)
        down = -head.pitch_rad / math.radians(settings.max_down_deg - slack_deg)
        up = head.pitch_rad / math.radians(settings.max_up_deg - slack_deg)
        if math.hypot(turned, max(0.0, down)) > 1.0:
            return OffRoad.HEAD_TURNED if turned >= down else OffRoad.HEAD_DOWN
        return OffRoad.HEAD_UP if up > 1.0 else None
