"""Suspicion of impairment: cues of several minutes weighed under three accounts of the driver.

In: signals and what other estimators made of them. Out: `Impairment`. Advisory only: nothing of it is validated on
people who had been drinking, nothing of it is a blood alcohol concentration. docs/impairment.md tells more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from calibration.driver.references import DriverReferences
from edge_app.driver_state.driving import Driving
from edge_app.driver_state.impairment_accounts import (
    ACCOUNTS,
    Evidence,
    confidence_of,
    evidence_of,
    reasons_of,
)
from edge_app.driver_state.impairment_cue import NOT_YET, Cue, CueReading
from edge_app.driver_state.impairment_gaze import GazeCues
from edge_app.driver_state.impairment_head import HeadSwayCue
from edge_app.driver_state.impairment_lids import LidCues
from edge_app.driver_state.impairment_mimicry import MimicryCue
from edge_app.driver_state.impairment_nystagmus import NystagmusCue
from edge_app.driver_state.impairment_saccades import SaccadeCue
from edge_app.driver_state.impairment_scanning import ScanningCue
from edge_app.driver_state.impairment_sleep import SleepSigns
from edge_app.driver_state.in_sight import InSight
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.driver_state.state import (
    BlinkStatistics,
    Glance,
    Impairment,
    LidEpisode,
    Perclos,
    YawnState,
)
from edge_app.driver_state.usual_level import UsualLevel

_WEIGH_EVERY_S = 1.0
_STANDING_KMH = 3.0
_GLASSES_FROM = 0.5
_HEAD = "intoxication"
# Of the logarithm of the odds: from `_SOMETHING` on a driver is not as sober ones are. Unless impairment explains that
# by `_BETTER` more than sleepiness does, the cues do not tell the two apart.
_SOMETHING, _BETTER = 2.0, 0.5


@dataclass(frozen=True, slots=True)
class ImpairmentSigns:
    """All that one frame says of it."""

    signals: Signals
    driving: Driving
    lids: LidEpisode
    blinks: BlinkStatistics
    perclos: Perclos
    yawn: YawnState
    glance: Glance
    valid_frame_rate_hz: float
    own: DriverReferences | None = (
        None  # of this driver's alert eyes; None while nothing was learned
    )
    driver_number: int = 1  # of the drive; counts up where another driver was noticed


class ImpairmentEstimator:
    """Sober, sleepy and impaired drivers explain the same cues unequally well; the balance moves slowly.

    The odds follow what the cues of the last minutes say, by at most `max_step_per_min`: a sequential test whose
    increments are bounded and which forgets. They do not add up the same evidence minute after minute, since one
    driver's habits are seen anew in each. A driver who set off impaired is compared with others and not with the
    driver's own beginning, and nothing that stays the same counts as sober for that.
    """

    def __init__(self, settings: DriverStateSettings) -> None:
        self._driver_state = settings
        self._settings = settings.impairment
        self._max_gap_s = settings.max_gap_s
        self._last_s: float | None = None
        self._seen_s: float | None = None  # when a face was last seen
        self._driver_number = 1
        self._began()

    def _began(self) -> None:
        settings, max_gap_s = self._settings, self._max_gap_s
        self._lids = LidCues(settings)
        self._gaze = GazeCues(settings, max_gap_s)
        self._nystagmus = NystagmusCue(settings, max_gap_s)
        self._scanning = ScanningCue(settings)
        self._saccades = SaccadeCue(settings)
        self._head = HeadSwayCue(settings)
        self._mimicry = MimicryCue()
        self._sleep = SleepSigns(settings, max_gap_s)
        self._eyes_in_sight = InSight(settings.memory_s)
        self._face_in_sight = InSight(settings.memory_s)
        self._head_over_time = UsualLevel(settings.memory_s, max_gap_s)
        self._observed_s = 0.0
        self._weighed_s: float | None = None
        self._impaired = 0.0  # logarithms of odds against sober, beside the priors
        self._sleepy = 0.0
        self._told = Impairment(None, 0.0, (), Unavailable.NOT_CALIBRATED)

    def step(self, signs: ImpairmentSigns) -> Impairment:
        """Frames in order of time. The suspicion is weighed anew every second, and held between."""
        signals, driving = signs.signals, signs.driving
        t_s = signals.t_s
        passed_s = 0.0 if self._last_s is None else min(self._max_gap_s, t_s - self._last_s)
        self._last_s = t_s
        self._another_driver(signals, driving, signs.driver_number)
        if signals.face_present:
            self._seen_s = t_s
        if self._drives(driving):
            self._look(signals, passed_s)
            if signals.face_present:
                self._observed_s += passed_s
                self._gather(signs, passed_s)
        if self._weighed_s is None or t_s - self._weighed_s >= _WEIGH_EVERY_S:
            since_s = 0.0 if self._weighed_s is None else min(60.0, t_s - self._weighed_s)
            self._weighed_s = t_s
            self._told = self._weigh(since_s, signals.no_face_reason)
        return self._told

    def readings(self) -> dict[Cue, CueReading]:
        """What each cue says now."""
        over_time = NOT_YET
        if self._head_over_time.seen_s > 0.0:
            coverage = self._head_over_time.seen_s / self._settings.min_observed_s
            over_time = CueReading.of(self._head_over_time.level, coverage)
        return {
            **self._lids.readings(),
            **self._gaze.readings(),
            Cue.NYSTAGMUS: self._nystagmus.reading(),
            Cue.FEW_SACCADES: self._scanning.reading(),
            Cue.SLOW_SACCADES: self._saccades.reading(),
            Cue.HEAD_SWAY: self._head.reading(),
            Cue.LESS_MIMICRY: self._mimicry.reading(),
            Cue.INTOXICATION_HEAD: over_time,
            **self._sleep.readings(),
        }

    def _another_driver(self, signals: Signals, driving: Driving, driver_number: int) -> None:
        """While the vehicle moves nobody takes the wheel from another: hiding does not clear a suspicion."""
        gone_s = 0.0 if self._seen_s is None else signals.t_s - self._seen_s
        moves = driving.speed_kmh is not None and abs(driving.speed_kmh) > _STANDING_KMH
        left = gone_s > self._driver_state.lids.usual_memory_s and not moves
        if driver_number != self._driver_number or left:
            self._driver_number = driver_number
            self._seen_s = None
            self._began()

    def _look(self, signals: Signals, passed_s: float) -> None:
        eyes = (signals.eye_openness_left, signals.eye_openness_right)
        self._face_in_sight.step(passed_s, seen=signals.face_present)
        self._eyes_in_sight.step(passed_s, seen=any(eye.value is not None for eye in eyes))

    def _drives(self, driving: Driving) -> bool:
        if driving.reverse:
            return False
        return driving.speed_kmh is None or driving.speed_kmh >= self._settings.min_speed_kmh

    def _gather(self, signs: ImpairmentSigns, passed_s: float) -> None:
        signals, rate_hz = signs.signals, signs.valid_frame_rate_hz
        t_s = signals.t_s
        can_time = rate_hz >= self._settings.min_frame_rate_hz
        head = (signals.head_yaw_rad, signals.head_pitch_rad)
        gaze = (signals.gaze_yaw_rad, signals.gaze_pitch_rad)
        glasses = (signals.glasses.value or 0.0) >= _GLASSES_FROM
        self._lids.step(
            t_s,
            passed_s,
            (signals.eye_openness_left, signals.eye_openness_right),
            signs.lids,
            signs.blinks.completed,
            can_time_blinks=can_time,
            own=signs.own,
        )
        self._gaze.step(t_s, passed_s, head, gaze, can_time=can_time, behind_glasses=glasses)
        self._nystagmus.step(t_s, passed_s, signals.gaze_yaw_rad, can_time=can_time)
        self._scanning.step(t_s, passed_s, gaze, can_time=can_time)
        self._saccades.step(t_s, signals.head_yaw_rad, signals.gaze_yaw_rad, rate_hz)
        self._head.step(
            passed_s,
            signals.head_pitch_rad,
            signals.head_roll_rad,
            signals.mouth_openness,
            looks_ahead=signs.glance.off_road is False,
        )
        self._mimicry.step(signals.mouth_openness, signals.smile)
        self._sleep.step(t_s, passed_s, signs.lids, signs.perclos, signs.yawn)
        for reading in signals.temporal:
            if reading.head == _HEAD and len(reading.probabilities) > 1:
                # The first class is that of no intoxication.
                self._head_over_time.step(t_s, 1.0 - reading.probabilities[0])

    def _weigh(self, since_s: float, no_face: Unavailable | None) -> Impairment:
        settings = self._settings
        readings = self.readings()
        evidence = {
            cue: evidence_of(cue, reading, settings.max_cue_evidence)
            for cue, reading in readings.items()
        }
        self._follow(evidence, since_s)
        confidence = confidence_of(readings, self._eyes_in_sight.factor, self._face_in_sight.factor)
        if self._observed_s < settings.min_observed_s:
            return Impairment(None, 0.0, (), no_face or Unavailable.NOT_CALIBRATED)
        if confidence < settings.min_confidence:
            return Impairment(None, confidence, (), no_face or _why_missing(readings))
        return Impairment(
            suspicion=self._suspicion(),
            confidence=confidence,
            reasons=reasons_of(evidence),
            unavailable=None,
            like_drowsiness=self._impaired >= _SOMETHING
            and self._impaired - self._sleepy < _BETTER,
        )

    def _follow(self, evidence: dict[Cue, Evidence], since_s: float) -> None:
        share = self._settings.independent_share
        most = self._settings.max_step_per_min * since_s / 60.0
        impaired = share * sum(one.impaired for one in evidence.values())
        sleepy = share * sum(one.sleepy for one in evidence.values())
        to_impaired, to_sleepy = impaired - self._impaired, sleepy - self._sleepy
        # Both by one share, or very sleepy drivers would look impaired as well on the way.
        part = min(1.0, most / max(abs(to_impaired), abs(to_sleepy), 1e-9))
        self._impaired += part * to_impaired
        self._sleepy += part * to_sleepy

    def _suspicion(self) -> float:
        """Probability of the impaired account among the three."""
        settings = self._settings
        sober = 1.0 - settings.prior - settings.sleepy_prior
        impaired = settings.prior * math.exp(self._impaired)
        sleepy = settings.sleepy_prior * math.exp(self._sleepy)
        return impaired / (sober + impaired + sleepy)


def _why_missing(readings: dict[Cue, CueReading]) -> Unavailable:
    """Of the most telling cue that is missing."""
    missing = [cue for cue, reading in readings.items() if reading.unavailable is not None]
    telling = sorted(missing, key=lambda cue: -ACCOUNTS[cue].information)
    reason = readings[telling[0]].unavailable if telling else None
    return reason or Unavailable.UNCERTAIN
