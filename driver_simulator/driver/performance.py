"""What the driver of a scenario does at any instant: script and chance, laid over each other part by part.

In: a checked scenario and a seed. Out: moments, events with exact instants, vehicle and state.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from driver_simulator.driver.body_claims import BodyClaims
from driver_simulator.driver.course import SmoothNoise, Times, Values
from driver_simulator.driver.drawn_closures import ClosureDrawer
from driver_simulator.driver.drawn_looking import LookingDrawer, draw_road_scan
from driver_simulator.driver.driver_condition import DriverCondition, Impairment
from driver_simulator.driver.moment import DriverMoment
from driver_simulator.driver.moment_courses import ACTIONS, HAND_ACTS, NO_HAND, MomentCourses
from driver_simulator.driver.movement_score import MovementScore
from driver_simulator.driver.person_traits import chance_of, draw_traits, seed_of
from driver_simulator.driver.resting_head import RestingHead
from driver_simulator.driver.scripted_behaviour import ScriptedBehaviour
from driver_simulator.driver.scripted_event import EventKind, ScriptedEvent
from driver_simulator.driver.statistics import attention_statistics, drowsiness_statistics
from driver_simulator.scenario.scenario import Scenario
from edge_app.vehicle.state import VehicleState

_FLUTTER_HZ = (0.05, 0.11, 0.23)
_DRIFT_HZ = (0.11, 0.24, 0.53)
_MOST_RESTING_CLOSURE = 0.6


class Performance:
    """What the driver of a scenario does at any instant; a pure function of scenario, seed and time.

    All that is random is drawn here, once. `courses` is the quick way to many instants.
    """

    def __init__(self, scenario: Scenario, *, seed: int | None = None) -> None:
        """seed: instead of the scenario's own."""
        seed = scenario.seed if seed is None else seed
        self.scenario = scenario
        self.traits = draw_traits(seed)
        self._condition = DriverCondition(scenario.state, self.traits)
        self._vehicle_from_s = [span.from_s for span in scenario.vehicle]
        self._score = MovementScore()
        self._perform(seed)
        self._scan = draw_road_scan(
            scenario.duration_s, self._condition, chance_of(seed, "road scan")
        )
        self._head = RestingHead(scenario.vehicle, self._condition, self.traits, seed)
        self._flutter = SmoothNoise(("lids",), _FLUTTER_HZ, seed_of(seed, "flutter"))
        self._drift = SmoothNoise(("yaw", "pitch"), _DRIFT_HZ, seed_of(seed, "drift"))
        self._resting_closure = self._condition.course(self._resting_closure_at)
        self._flutter_size = self._condition.course(
            lambda t_s: self._condition.drowsy(drowsiness_statistics().resting_lids.flutter, t_s)
        )
        self._drift_size_rad = self._condition.course(self._drift_size_rad_at)
        self._events = tuple(
            sorted(self._score.events, key=lambda event: (event.onset_s, event.kind.value))
        )

    @property
    def events(self) -> tuple[ScriptedEvent, ...]:
        """Everything scripted and drawn, by onset."""
        return self._events

    @property
    def acknowledged_s(self) -> tuple[float, ...]:
        """When the driver presses the unit's button."""
        return tuple(event.onset_s for event in self._events if event.kind is EventKind.ACKNOWLEDGE)

    def at(self, t_s: float) -> DriverMoment:
        return next(self.courses(np.array([t_s])).moments())

    def kss_at(self, t_s: float) -> float:
        return self._condition.kss_at(t_s)

    def impairment_at(self, t_s: float) -> Impairment:
        return self._condition.impairment_at(t_s)

    def vehicle_at(self, t_s: float) -> VehicleState:
        span = self.scenario.vehicle[max(0, bisect_right(self._vehicle_from_s, t_s) - 1)]
        return VehicleState(span.speed_kmh, span.ignition_on, span.reverse)

    def courses(self, times: Times) -> MomentCourses:
        """times: seconds, in any order. An instant gives the same bits here as in `at`."""
        parts = self._score.parts
        closure_left, closure_right = self._closures(times)
        sway = self._head.over(times)
        head_yaw = parts["head_yaw"].over(times) + sway.yaw_rad
        head_pitch = parts["head_pitch"].over(times) + sway.pitch_rad
        gaze_yaw, gaze_pitch = self._eyes_in_head(times, head_yaw, head_pitch)
        hand, hand_reach = self._hands(times)
        return MomentCourses(
            t_s=times,
            closure_left=closure_left,
            closure_right=closure_right,
            gaze_yaw_rad=gaze_yaw,
            gaze_pitch_rad=gaze_pitch,
            head_yaw_rad=head_yaw,
            head_pitch_rad=head_pitch,
            head_roll_rad=parts["head_roll"].over(times) + sway.roll_rad,
            shift_right_m=parts["shift_right"].over(times) + sway.right_m,
            shift_up_m=parts["shift_up"].over(times) + sway.up_m,
            shift_nearer_m=parts["shift_nearer"].over(times) + sway.nearer_m,
            actions={name: np.minimum(parts[name].over(times), 1.0) for name in ACTIONS},
            hand=hand,
            hand_reach=hand_reach,
            in_view=self._in_view(times),
        )

    def _perform(self, seed: int) -> None:
        scenario, score, claims = self.scenario, self._score, BodyClaims()
        duration_s = scenario.duration_s
        scripted = ScriptedBehaviour(scenario, self._condition, self.traits, claims, score, seed)
        for behaviour in scenario.behaviours:
            scripted.perform(behaviour)
        closures = ClosureDrawer(self._condition, self.traits, claims, score, duration_s)
        looking = LookingDrawer(self._condition, self.traits, claims, score, duration_s)
        closures.draw_microsleeps(chance_of(seed, "microsleeps"))
        looking.draw_yawns(chance_of(seed, "yawns"))
        glances_s: list[float] = []
        if scenario.mirror_glances:
            glances_s = looking.draw_glances(scenario.driver_side, chance_of(seed, "glances"))
        closures.draw_blinks(
            chance_of(seed, "blinks"),
            with_glances_s=glances_s,
            talking=scripted.talking,
            reading=scripted.reading,
        )

    def _resting_closure_at(self, t_s: float) -> float:
        drowsy = self._condition.drowsy(drowsiness_statistics().resting_lids.closure, t_s)
        impaired = self._condition.impaired("resting_closure", t_s)
        return drowsy * self.traits.resting_closure + impaired

    def _drift_size_rad_at(self, t_s: float) -> float:
        drowsy = self._condition.drowsy(drowsiness_statistics().looking.drift_deg, t_s)
        return float(np.radians(drowsy + self._condition.impaired("drift_deg", t_s)))

    def _closures(self, times: Times) -> tuple[Values, Values]:
        """Left and right. Lids rest, narrow and blink together; what shuts them does so wherever they were."""
        parts, traits = self._score.parts, self.traits
        resting = self._resting_closure.over(times)
        resting = resting + self._flutter_size.over(times) * self._flutter.over(times)["lids"]
        narrow = parts["lids_narrow"].over(times)
        shut = parts["lids_shut"].over(times)
        wide = parts["lids_wide"].over(times)
        sides = (
            ("left", times, traits.blink_depth_left, traits.resting_left),
            ("right", times - traits.blink_lag_s, traits.blink_depth_right, traits.resting_right),
        )
        closures = []
        for side, lid_times, depth, own in sides:
            rests = np.minimum(np.maximum(resting + own, 0.0), _MOST_RESTING_CLOSURE)
            blink = parts["blink"].over(lid_times) * depth
            narrow_side = parts[f"lids_narrow_{side}"].over(times)
            open_share = (1.0 - rests) * (1.0 - narrow) * (1.0 - narrow_side) * (1.0 - blink)
            closure = np.maximum(1.0 - open_share, shut)
            closures.append(closure - wide * (1.0 - closure))
        return closures[0], closures[1]

    def _eyes_in_head(
        self, times: Times, head_yaw: Values, head_pitch: Values
    ) -> tuple[Values, Values]:
        """The line of sight is held while the head moves, as the vestibulo-ocular reflex does, as far as eyes turn."""
        parts = self._score.parts
        drift_rad, drift = self._drift_size_rad.over(times), self._drift.over(times)
        yaw = parts["gaze_yaw"].over(times) + self._scan.yaw.over(times)
        yaw = yaw + drift_rad * drift["yaw"] - head_yaw
        pitch = parts["gaze_pitch"].over(times) + self._scan.pitch.over(times)
        pitch = pitch + drift_rad * drift["pitch"] - head_pitch
        most_rad = float(np.radians(attention_statistics().most_eye_deg))
        return (
            np.minimum(np.maximum(yaw, -most_rad), most_rad),
            np.minimum(np.maximum(pitch, -most_rad), most_rad),
        )

    def _hands(self, times: Times) -> tuple[np.ndarray[tuple[int], np.dtype[np.int8]], Values]:
        act = np.full(len(times), NO_HAND, dtype=np.int8)
        reach = np.zeros(len(times))
        for one, lanes in self._score.hands.items():
            values = lanes.over(times)
            act = np.where(values > reach, np.int8(HAND_ACTS.index(one)), act)
            reach = np.maximum(values, reach)
        return act, reach

    def _in_view(self, times: Times) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        seen = np.ones(len(times), dtype=np.bool_)
        for from_s, until_s in self._score.out_of_view:
            seen &= (times < from_s) | (times >= until_s)
        return seen
