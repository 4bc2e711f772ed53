"""The truth of a script as courses over time: what is shut, where the head points, what hides the driver, how fast.

In: a scenario and its performance. Out: one boolean or number for each sampled instant; nothing of perception in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import HandAct
from driver_simulator.driver.moment_courses import HAND_ACTS, NO_HAND
from driver_simulator.driver.performance import Performance
from driver_simulator.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SAMPLE_S = 0.01
_ARRIVED = 0.9  # reach of a hand from which it hides what it comes to hide


@dataclass(frozen=True, slots=True)
class TruthCourses:
    """All arrays (N,), one entry for each of `t_s`."""

    t_s: Floats
    closure: Floats  # of the eye that is further open
    yaw_deg: Floats  # of the head against the way ahead
    pitch_deg: Floats
    gaze_pitch_deg: Floats  # of the eyes in the head
    sight_yaw_deg: Floats  # of the line of sight against the way ahead, head and eyes added up
    sight_pitch_deg: Floats
    speed_kmh: Floats  # NaN: the vehicle does not tell
    reverse: Flags
    ignition_off: Flags
    kss: Floats
    lens_covered: Flags
    eyes_behind_hand: Flags
    out_of_view: Flags

    @staticmethod
    def of(scenario: Scenario, performance: Performance) -> TruthCourses:
        times = np.arange(0.0, scenario.duration_s + SAMPLE_S / 2, SAMPLE_S)
        does = performance.courses(times)
        vehicle = [performance.vehicle_at(float(t_s)) for t_s in times]
        arrived = np.where(does.hand_reach > _ARRIVED, does.hand, NO_HAND)
        return TruthCourses(
            t_s=times,
            closure=np.minimum(does.closure_left, does.closure_right),
            yaw_deg=np.degrees(does.head_yaw_rad),
            pitch_deg=np.degrees(does.head_pitch_rad),
            gaze_pitch_deg=np.degrees(does.gaze_pitch_rad),
            sight_yaw_deg=np.degrees(does.head_yaw_rad + does.gaze_yaw_rad),
            sight_pitch_deg=np.degrees(does.head_pitch_rad + does.gaze_pitch_rad),
            speed_kmh=np.array(
                [np.nan if one.speed_kmh is None else one.speed_kmh for one in vehicle]
            ),
            reverse=np.array([one.reverse is True for one in vehicle]),
            ignition_off=np.array([one.ignition_on is False for one in vehicle]),
            kss=np.array([performance.kss_at(float(t_s)) for t_s in times]),
            lens_covered=arrived == HAND_ACTS.index(HandAct.COVERS_LENS),
            eyes_behind_hand=arrived == HAND_ACTS.index(HandAct.RUBS_BOTH_EYES),
            out_of_view=~does.in_view,
        )


@dataclass(frozen=True, slots=True)
class TruthSpan:
    """From `from_s` until `until_s`, as indices of the courses and as seconds."""

    first: int
    last: int
    from_s: float
    until_s: float

    @property
    def length_s(self) -> float:
        return self.until_s - self.from_s


def spans(flags: Flags, t_s: Floats, *, bridge_s: float = 0.0) -> list[TruthSpan]:
    """Where `flags` hold; interruptions up to `bridge_s` do not part a span."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    found: list[TruthSpan] = []
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        until_s = float(t_s[min(after, len(t_s) - 1)])
        if found and float(t_s[first]) - found[-1].until_s <= bridge_s:
            before = found.pop()
            found.append(TruthSpan(before.first, after - 1, before.from_s, until_s))
        else:
            found.append(TruthSpan(first, after - 1, float(t_s[first]), until_s))
    return found
