"""Simulated drives for the suspicion of impairment: one person sober, sleepy and impaired, under one condition.

In: a person, a state and a condition. Out: what was suspected at the end of the drive and on the way. Signals without
pictures, made of noise as measured on real clips.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from driver_simulator.driver.performance import Performance
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.suite.drives import attentive_drive
from edge_app.alerts.impairment_rule import ImpairmentRule
from edge_app.alerts.impairment_settings import ImpairmentAlertSettings
from edge_app.alerts.motion import Motion
from edge_app.driver_state.driving import Driving
from edge_app.driver_state.estimator import DriverStateEstimator
from edge_app.driver_state.impairment_cue import Cue, CueReading
from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Signal, Signals, Unavailable

DURATION_S = 600.0
SUSPICIONS = (0.03, 0.05, 0.1, 0.15)
SOBER, LEVELS, SLEEPY = "sober", ("light", "moderate", "strong"), ("kss_7", "kss_8", "kss_9")
STATES = (SOBER, *LEVELS, *SLEEPY)
_NO_GAZE = Signal.missing(Unavailable.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Condition:
    """What is laid over each drive, and what perception does not offer."""

    name: str
    changes: Mapping[str, Any] = field(hash=False)
    gaze: bool = True
    frame_rate_hz: float = 30.0


NOMINAL = Condition("nominal", {"eyewear": {"type": "none"}})
CONDITIONS = (
    NOMINAL,
    Condition("glasses", {"eyewear": {"type": "glasses", "transmittance": 0.75}}),
    Condition("no gaze", {"eyewear": {"type": "none"}}, gaze=False),
    Condition("10 frames/s", {"eyewear": {"type": "none"}}, frame_rate_hz=10.0),
    Condition("60 frames/s", {"eyewear": {"type": "none"}}, frame_rate_hz=60.0),
    Condition("dark sunglasses", {"eyewear": {"type": "sunglasses", "transmittance": 0.05}}),
)


@dataclass(frozen=True, slots=True)
class Job:
    person: int
    state: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one drive."""

    suspicion: float  # at its end; the prior while none could be told
    confidence: float
    advised_s: float | None  # when the rule, switched on, first asked for advice
    reached_s: Mapping[
        float, float
    ]  # when each of `SUSPICIONS` was first reached; without those that were not
    like_drowsiness: bool  # at its end
    readings: Mapping[Cue, CueReading]


def scenario_of(job: Job) -> Scenario:
    """An attentive drive's deeds, camera and light, in another state."""
    base = attentive_drive(
        job.person, duration_s=DURATION_S, frame_rate_hz=job.condition.frame_rate_hz
    )
    written = base.model_dump(mode="json")
    written["person"] = {**written["person"], **job.condition.changes}
    if job.state in LEVELS:
        written["state"][0]["impairment"] = job.state
    elif job.state in SLEEPY:
        written["state"][0]["kss"] = float(job.state.removeprefix("kss_"))
    return Scenario.model_validate(written)


def drive(job: Job) -> Outcome:
    scenario = scenario_of(job)
    performance = Performance(scenario)
    settings = DriverStateSettings()
    estimator = DriverStateEstimator(settings)
    rule = ImpairmentRule(ImpairmentAlertSettings(enabled=True))
    speed_kmh = scenario.vehicle[0].speed_kmh
    driving, motion = Driving(speed_kmh=speed_kmh), Motion(speed_kmh, 0.0, parked=False)
    advised_s: float | None = None
    reached_s: dict[float, float] = {}
    sampler = SignalSampler(performance)
    times = [frame.t_s for frame in frame_times(scenario)]
    state = None
    for signals in sampler.sample(times):
        state = estimator.step(_offered(signals, job.condition), driving)
        suspicion = state.impairment.suspicion or 0.0
        for level in SUSPICIONS:
            if suspicion >= level:
                reached_s.setdefault(level, state.t_s)
        if rule.step(state, motion) is not None and advised_s is None:
            advised_s = state.t_s
    assert state is not None
    told = state.impairment
    return Outcome(
        suspicion=settings.impairment.prior if told.suspicion is None else told.suspicion,
        confidence=told.confidence,
        advised_s=advised_s,
        reached_s=reached_s,
        like_drowsiness=told.like_drowsiness,
        readings=estimator.impairment.readings(),
    )


def driven(job: Job) -> tuple[Job, Outcome]:
    """For a pool of processes, whose results come in any order."""
    return job, drive(job)


def _offered(signals: Signals, condition: Condition) -> Signals:
    if condition.gaze:
        return signals
    return replace(signals, gaze_yaw_rad=_NO_GAZE, gaze_pitch_rad=_NO_GAZE)
