"""What is true of a scripted driver at each frame: the row that an estimator's answer is held against.

In: a performance, and its moments in order of time. Out: one `TruthRow` each, with the angles as `Signals` has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.scripted_event import EventKind, ScriptedEvent
from driver_simulator.scenario.behaviours import AnyBehaviour
from driver_simulator.scenario.frame_times import FrameTime
from driver_simulator.viewpoint import (
    Rotation,
    camera_axes,
    gaze_against_ahead,
    gaze_in_camera,
    head_in_camera,
)
from edge_app.face.head_rotation import angles_of

_T = TypeVar("_T")

_CLOSED = 0.8
"""From here on lids count as closed (Wierwille et al. 1994)."""

_LIDS = {
    EventKind.BLINK,
    EventKind.HALF_BLINK,
    EventKind.LONG_CLOSURE,
    EventKind.MICROSLEEP,
    EventKind.SLEEP,
    EventKind.SQUINT,
}


@dataclass(frozen=True, slots=True)
class TruthRow:
    """One frame. Left and right are the driver's own; angles in radians, signs as in `Signals`."""

    t_s: float
    frame: int  # the camera's number; lost frames are counted
    in_view: bool
    lids: str  # open, the closure that goes on (blink, half_blink, …), or closed where a sneeze, say, shuts them
    closure_left: float  # 0 this driver's open eye, 1 touching lids
    closure_right: float
    mouth_opening: float  # 0 shut, 1 the widest yawn
    head_yaw_rad: float  # as the camera sees the head
    head_pitch_rad: float
    head_roll_rad: float
    head_ahead_yaw_rad: float  # against the way ahead
    head_ahead_pitch_rad: float
    head_ahead_roll_rad: float
    gaze_yaw_rad: float  # of the eyes in the head
    gaze_pitch_rad: float
    gaze_camera_yaw_rad: float  # of the line of sight as the camera sees it
    gaze_camera_pitch_rad: float
    gaze_ahead_yaw_rad: float  # of the line of sight against the way ahead
    gaze_ahead_pitch_rad: float
    hand: str  # what a hand does before face or camera; empty without one
    hand_reach: float  # 0 out of the picture, 1 arrived
    kss: float
    impairment: str
    behaviours: str  # of the script, those that go on, with a space between
    expression: str  # empty without one
    expression_phase: str  # onset, apex or offset
    speed_kmh: float | None
    reverse: bool | None
    ignition_on: bool | None


class Truth:
    """Rows of one drive; ask for them in order of time."""

    def __init__(self, performance: Performance) -> None:
        scenario = performance.scenario
        self._performance = performance
        self._camera: Rotation = camera_axes(scenario.camera.position, scenario.driver_side)
        self._behaviours = _Ongoing[AnyBehaviour](
            [(one.from_s, one.until_s, one) for one in scenario.behaviours]
        )
        self._events = _Ongoing[ScriptedEvent](
            [(one.onset_s, one.end_s, one) for one in performance.events]
        )

    def row(self, time: FrameTime, moment: DriverMoment) -> TruthRow:
        events = self._events.at(time.t_s)
        expressions = [event for event in events if event.kind is EventKind.EXPRESSION]
        head = angles_of(head_in_camera(moment, self._camera).astype(np.float32))
        gaze_camera = gaze_in_camera(moment, self._camera)
        gaze_ahead = gaze_against_ahead(moment)
        vehicle = self._performance.vehicle_at(time.t_s)
        return TruthRow(
            t_s=time.t_s,
            frame=time.index,
            in_view=moment.in_view,
            lids=_lids(events, moment),
            closure_left=moment.closure_left,
            closure_right=moment.closure_right,
            mouth_opening=moment.actions.jaw_drop,
            head_yaw_rad=head[0],
            head_pitch_rad=head[1],
            head_roll_rad=head[2],
            head_ahead_yaw_rad=moment.head_yaw_rad,
            head_ahead_pitch_rad=moment.head_pitch_rad,
            head_ahead_roll_rad=moment.head_roll_rad,
            gaze_yaw_rad=moment.gaze_yaw_rad,
            gaze_pitch_rad=moment.gaze_pitch_rad,
            gaze_camera_yaw_rad=gaze_camera[0],
            gaze_camera_pitch_rad=gaze_camera[1],
            gaze_ahead_yaw_rad=gaze_ahead[0],
            gaze_ahead_pitch_rad=gaze_ahead[1],
            hand=moment.hand.act.value if moment.hand else "",
            hand_reach=moment.hand.reach if moment.hand else 0.0,
            kss=self._performance.kss_at(time.t_s),
            impairment=self._performance.impairment_at(time.t_s),
            behaviours=" ".join(one.type for one in self._behaviours.at(time.t_s)),
            expression=expressions[-1].detail if expressions else "",
            expression_phase=_phase(expressions[-1], time.t_s) if expressions else "",
            speed_kmh=vehicle.speed_kmh,
            reverse=vehicle.reverse,
            ignition_on=vehicle.ignition_on,
        )


class _Ongoing(Generic[_T]):
    """What goes on at instants that are asked for in order of time."""

    def __init__(self, spans: Sequence[tuple[float, float, _T]]) -> None:
        """spans: (begin, end, what), seconds."""
        self._coming = sorted(spans, key=lambda span: span[0], reverse=True)
        self._now: list[tuple[float, float, _T]] = []

    def at(self, t_s: float) -> list[_T]:
        while self._coming and self._coming[-1][0] <= t_s:
            self._now.append(self._coming.pop())
        self._now = [span for span in self._now if span[1] > t_s]
        return [what for _, _, what in self._now]


def _lids(events: Sequence[ScriptedEvent], moment: DriverMoment) -> str:
    closures = [event.kind for event in events if event.kind in _LIDS]
    # Squinting eyes blink on.
    kinds = [kind for kind in closures if kind is not EventKind.SQUINT] or closures
    if kinds:
        return kinds[-1].value
    return "closed" if min(moment.closure_left, moment.closure_right) >= _CLOSED else "open"


def _phase(event: ScriptedEvent, t_s: float) -> str:
    if t_s < event.full_from_s:
        return "onset"
    return "apex" if t_s < event.full_until_s else "offset"
