"""What is learned of this driver while driving: which moments teach, which references are in use, how far it has come.

It outlives the estimators, which begin anew after parking: the driver's eyes stay the same. Nothing is kept on disk.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from calibration.driver.learned_driver import LearnedDriver
from calibration.driver.profile import DriverProfile
from calibration.driver.references import DriverReferences, EyeReference
from calibration.driver.steady_yes import SteadyYes
from edge_app.driver_state.blink import reopening_velocity_per_s
from edge_app.driver_state.closure import owned
from edge_app.driver_state.driver_change import DriverChange, Who
from edge_app.driver_state.driving import Driving
from edge_app.driver_state.drowsy_signs import DrowsySigns, Signs
from edge_app.driver_state.half_seconds import HalfSeconds
from edge_app.driver_state.learning_gate import LearningGate
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.driver_state.state import Blink, Calibration, ClosureKind, DriverState, NotLearning

_REMEMBERED_FRAMES = 128  # for the bottoms of a blink
_SLOPES_PER_OPENNESS = 4.0  # how much faster than levels the slopes of an eye may move


class PersonalCalibration:
    """One drive's drivers, one after the other. `profile`: of the first one, where known."""

    def __init__(self, settings: DriverStateSettings, profile: DriverProfile | None = None) -> None:
        self._settings = settings.personal
        self._lids = settings.lids
        self._max_gap_s = settings.max_gap_s
        self._phase_share = settings.blink.phase_share
        self._gate = LearningGate(settings.personal)
        self._signs = DrowsySigns(settings.personal)
        self._change = DriverChange(settings.personal, settings.max_gap_s)
        self._glasses = SteadyYes(settings.personal.glasses_hold_s, max_gap_s=settings.max_gap_s)
        self._half_seconds = HalfSeconds(settings.max_gap_s)
        self._driver_number = 1
        self._parked = False
        self._is_another = False  # whose references are to be in use as soon as that may be
        self._last_s: float | None = None
        self._openness: deque[tuple[float, float | None, float | None]] = deque(
            maxlen=_REMEMBERED_FRAMES
        )
        self._bare, self._with_glasses = self._nobody(), self._nobody()
        if profile is not None and settings.personal.enabled:
            self._start_from(profile)
        self._target = self._own_or_set(self._learned.references())
        self.in_use = self._target

    @property
    def _learned(self) -> LearnedDriver:
        """While it cannot be told whether glasses are worn, there is one set of references."""
        return self._with_glasses if self._glasses.told else self._bare

    def note_parked(self) -> None:
        """The vehicle was parked at the last moment."""
        self._parked = True

    def step(self, signals: Signals, state: DriverState, driving: Driving) -> Calibration:
        """`state`: of this moment, as the references in use have it."""
        t_s = state.t_s
        passed_s = 0.0 if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        parked, self._parked = self._parked, False
        if not self._settings.enabled:
            return self._calibration(NotLearning.OFF)
        who = self._change.step(signals, parked=parked)
        if who is Who.ANOTHER:
            self._begin_anew()
        worn = self._glasses.told
        if self._glasses.step(t_s, signals.glasses.value) != worn:
            self._glasses_changed(before=worn)
        signs = self._signs.step(state)
        why_not = self._gate.why_not(
            signals,
            state,
            driving,
            signs,
            parked=parked,
            mouth_resting=self._learned.mouth_resting,
        )
        if who is Who.BEING_TOLD:
            why_not = NotLearning.EYES_UNAVAILABLE
        if signs is not Signs.NONE:
            self._forget_what_is_suspect(t_s, clear=signs is Signs.CLEAR)
        self._openness.append(
            (t_s, signals.eye_openness_left.value, signals.eye_openness_right.value)
        )
        if why_not is None:
            self._learn(signals, state)
        else:
            self._half_seconds.begin()
        self._move(state, min(passed_s, self._max_gap_s))
        return self._calibration(why_not)

    def take_over(self, profile: DriverProfile) -> None:
        """It was found while driving that this driver is known. What was learned meanwhile goes before it."""
        if not self._settings.enabled:
            return
        if profile.bare is not None and self._bare.progress < 1.0:
            self._bare = self._nobody()
            self._bare.start_from(profile.bare, profile.confidence)
        if profile.with_glasses is not None and self._with_glasses.progress < 1.0:
            self._with_glasses = self._nobody()
            self._with_glasses.start_from(profile.with_glasses, profile.confidence)
        self._target = self._own_or_set(self._learned.references())
        if self._last_s is None:
            self.in_use = self._target

    def profile(self, *, created: str, last_used: str) -> DriverProfile | None:
        """What is known of the driver who sits there; None before it is. Dates as they are to be written."""
        bare, with_glasses = (
            one.references() if one.progress >= 1.0 else None
            for one in (self._bare, self._with_glasses)
        )
        if bare is None and with_glasses is None:
            return None
        geometry = self._change.geometry
        return DriverProfile(
            created=created,
            last_used=last_used,
            bare=bare,
            with_glasses=with_glasses,
            geometry=geometry.means if geometry.known else None,
            geometry_spreads=geometry.spreads if geometry.known else None,
        )

    def _start_from(self, profile: DriverProfile) -> None:
        if profile.bare is not None:
            self._bare.start_from(profile.bare, profile.confidence)
        if profile.with_glasses is not None:
            self._with_glasses.start_from(profile.with_glasses, profile.confidence)
        if profile.geometry is not None and profile.geometry_spreads is not None:
            self._change.geometry.start_from(profile.geometry, profile.geometry_spreads)

    def _learn(self, signals: Signals, state: DriverState) -> None:
        can_be_timed = state.blinks.rate_per_min.unavailable is not Unavailable.LOW_FRAME_RATE
        if state.lid_episode.kind is ClosureKind.NONE and not self._is_low(state):
            moment = self._half_seconds.step(signals, state, blinks_can_be_timed=can_be_timed)
            if moment is not None:
                self._learned.learn(moment, self._half_seconds.length_s)
                self._target = self._own_or_set(self._learned.references())
        blink = state.blinks.completed
        if blink is not None:
            velocity = reopening_velocity_per_s(blink, self._phase_share)
            self._learned.learn_blink(
                self._bottoms(blink), blink.amplitude, blink.duration_s, velocity
            )

    def _bottoms(self, blink: Blink) -> tuple[float | None, float | None]:
        until_s = blink.onset_s + blink.duration_s
        within = [one for one in self._openness if blink.onset_s <= one[0] <= until_s]
        left = [one[1] for one in within if one[1] is not None]
        right = [one[2] for one in within if one[2] is not None]
        return min(left, default=None), min(right, default=None)

    def _is_low(self, state: DriverState) -> bool:
        closure = state.closure.both.value
        return closure is None or closure >= self._lids.closed_until

    def _move(self, state: DriverState, passed_s: float) -> None:
        """Nothing moves while the eyes are shut, or cannot be seen: what a closure began with holds to its end."""
        if state.lid_episode.kind is not ClosureKind.NONE or self._is_low(state):
            return
        if self._is_another:
            self.in_use, self._is_another = self._target, False
        most = self._settings.change_per_s * passed_s
        now, target = self.in_use, self._target
        if now is not target:
            left = _towards(now.left, target.left, most)
            right = _towards(now.right, target.right, most)
            arrived = left is target.left and right is target.right
            self.in_use = target if arrived else replace(target, left=left, right=right)

    def _forget_what_is_suspect(self, t_s: float, *, clear: bool) -> None:
        """What is half learned does not survive any sign; what is known, and new, no clear one."""
        learned = self._learned
        since_s = learned.known_since_s
        suspect = since_s is None or (clear and t_s - since_s <= self._settings.suspect_s)
        if learned.young and suspect and learned.progress > 0.0:
            if learned is self._with_glasses:
                self._with_glasses = self._nobody()
            else:
                self._bare = self._nobody()
            self._target = self._own_or_set(self._learned.references())

    def _begin_anew(self) -> None:
        self._driver_number += 1
        self._bare, self._with_glasses = self._nobody(), self._nobody()
        self._glasses.forget()
        self._half_seconds.begin()
        self._target = self._own_or_set(self._learned.references())
        self._is_another = True

    def _glasses_changed(self, *, before: bool | None) -> None:
        if before is None and self._glasses.told and self._with_glasses.progress == 0.0:
            # What was learned before it could be told was learned with them on.
            self._with_glasses, self._bare = self._bare, self._nobody()
        self._half_seconds.begin()
        self._target = self._own_or_set(self._learned.references())

    def _nobody(self) -> LearnedDriver:
        settings = self._settings
        return LearnedDriver(settings.memory_s, self._lids.closed_from, settings.max_droop)

    def _own_or_set(self, learned: DriverReferences) -> DriverReferences:
        return replace(owned(learned, self._lids), blinks=replace(learned.blinks))

    def _calibration(self, why_not: NotLearning | None) -> Calibration:
        learned = self._learned
        if why_not is None and learned.complete:
            why_not = NotLearning.LEARNED
        return Calibration(
            progress=learned.progress,
            confidence=learned.confidence,
            not_learning=why_not,
            glasses=self._glasses.told,
            driver_number=self._driver_number,
            references=self.in_use,
        )


def _towards(now: EyeReference, target: EyeReference, most: float) -> EyeReference:
    def moved(value: float, goal: float, by: float) -> float:
        return goal if abs(goal - value) <= by else value + (by if goal > value else -by)

    steep = _SLOPES_PER_OPENNESS * most
    eye = EyeReference(
        moved(now.open, target.open, most),
        moved(now.closed, target.closed, most),
        moved(now.open_per_head_pitch, target.open_per_head_pitch, steep),
        moved(now.open_per_gaze_down, target.open_per_gaze_down, steep),
    )
    return target if eye == target else eye
