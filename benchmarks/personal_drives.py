"""Simulated drivers whose own references are to be learned: their drives, and what came of each.

Signals without pictures, through estimators and policy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from calibration.driver.references import SHUT_EYE, DriverReferences
from driver_simulator.driver.perception_noise import PerceptionNoise
from driver_simulator.driver.performance import Performance
from driver_simulator.driver.signal_reading import SignalSampler
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.suite.drives import attentive_drive
from edge_app.alerts.event import EventType
from edge_app.driver_state.signals import Signal, Signals, Unavailable
from edge_app.driver_state.state import Calibration
from edge_app.judgement import DriverJudge, Judgement, Moment
from edge_app.settings import VigilSettings
from edge_app.vehicle.state import VehicleState

RATE_HZ = 25.0
FALSE_ALARMS = (
    EventType.DROWSINESS,
    EventType.MICROSLEEP,
    EventType.SLEEP,
    EventType.UNRESPONSIVE,
)
SHUT_BEHIND_LENSES = 0.37
"""What a shut eye is made to read where lenses are said to lift it: the field's eye aspect ratio of shut eyes is 0.113
behind glasses and 0.018 without, of 0.3 when open; a third of the way up."""

NOISELESS = PerceptionNoise(
    openness_std=0.0, openness_drift=0.0, pose_std_deg=0.0, pose_drift_deg=0.0, gaze_std_deg=0.0
)
GLASSES = {"type": "glasses", "transmittance": 0.9}
KINDS: dict[str, dict[str, Any]] = {
    "usual": {"eye_aperture_mm": 10.0},
    "narrow eyes": {"eye_aperture_mm": 6.0},
    "glasses": {"eye_aperture_mm": 10.0, "eyewear": GLASSES},
    "narrow eyes, glasses": {"eye_aperture_mm": 6.0, "eyewear": GLASSES},
}


@dataclass(frozen=True, slots=True)
class Sight:
    """One moment of a drive."""

    signals: Signals
    vehicle: VehicleState


def settings_that(*, learn: bool) -> VigilSettings:
    settings = VigilSettings()
    state = settings.driver_state
    learned = state.personal.model_copy(update={"enabled": learn})
    return settings.model_copy(
        update={"driver_state": state.model_copy(update={"personal": learned})}
    )


def plain_drive(
    kind: str,
    seed: int,
    duration_s: float,
    *,
    kss: Iterable[tuple[float, float]] = ((0.0, 2.0),),
    behaviours: Iterable[dict[str, Any]] = (),
    rate_hz: float = RATE_HZ,
) -> Scenario:
    """kss: (from second, sleepiness)."""
    return Scenario.model_validate(
        {
            "name": f"personal_{seed}",
            "seed": seed,
            "duration_s": duration_s,
            "person": KINDS[kind],
            "camera": {"frame_rate_hz": rate_hz},
            "state": [{"from_s": from_s, "kss": level} for from_s, level in kss],
            "behaviours": list(behaviours),
        }
    )


def busy_drive(kind: str, seed: int, duration_s: float) -> Scenario:
    """Attentive: talks, sings, eats, yawns, looks into mirrors, in changing light, with a camera anywhere."""
    drive = attentive_drive(seed, duration_s=duration_s, frame_rate_hz=RATE_HZ)
    return Scenario.model_validate({**drive.model_dump(mode="json"), "person": KINDS[kind]})


def seen(
    scenario: Scenario, *, from_s: float = 0.0, noise: PerceptionNoise | None = None
) -> Iterator[Sight]:
    """from_s: added to every time."""
    performance = Performance(scenario)
    times = [frame.t_s for frame in frame_times(scenario)]
    for signals in SignalSampler(performance, noise=noise).sample(times):
        vehicle = performance.vehicle_at(signals.t_s)
        yield Sight(replace(signals, t_s=signals.t_s + from_s), vehicle)


def behind_lenses(sights: Iterable[Sight], open_eye: float) -> Iterator[Sight]:
    """The same eyes where shut ones read `SHUT_BEHIND_LENSES`, and open ones as before."""
    factor = (open_eye - SHUT_BEHIND_LENSES) / (open_eye - SHUT_EYE)

    def lifted(eye: Signal) -> Signal:
        if eye.value is None:
            return eye
        return replace(eye, value=min(1.0, SHUT_BEHIND_LENSES + (eye.value - SHUT_EYE) * factor))

    for sight in sights:
        signals = sight.signals
        yield replace(
            sight,
            signals=replace(
                signals,
                eye_openness_left=lifted(signals.eye_openness_left),
                eye_openness_right=lifted(signals.eye_openness_right),
            ),
        )


def parked_and_empty(from_s: float, until_s: float) -> Iterator[Sight]:
    """Nobody is seen, and the ignition is off."""
    vehicle = VehicleState(speed_kmh=0.0, ignition_on=False)
    for frame in range(math.ceil((until_s - from_s) * RATE_HZ)):
        t_s = from_s + frame / RATE_HZ
        yield Sight(Signals.without_face(t_s, Unavailable.NO_FACE), vehicle)


def driven(sights: Iterable[Sight], settings: VigilSettings) -> Iterator[Judgement]:
    judge = DriverJudge(settings.driver_state, settings.alerts)
    for sight in sights:
        yield judge.step(Moment(sight.signals, sight.vehicle))


def alarms(judgements: Iterable[Judgement]) -> list[tuple[float, EventType]]:
    """Those that say drowsy or asleep."""
    return [
        (event.t_s, event.type)
        for judgement in judgements
        for event in judgement.policy.events
        if event.type in FALSE_ALARMS
    ]


def calibrations(judgements: Iterable[Judgement]) -> Iterator[tuple[float, Calibration]]:
    for judgement in judgements:
        yield judgement.state.t_s, judgement.state.calibration


def open_eyes(scenario: Scenario) -> tuple[float, float]:
    """What the script's open eyes read without noise, left and right: the median of attentive frames."""
    left, right = [], []
    for sight in seen(scenario, noise=NOISELESS):
        if sight.signals.eye_openness_left.value is not None:
            left.append(sight.signals.eye_openness_left.value)
        if sight.signals.eye_openness_right.value is not None:
            right.append(sight.signals.eye_openness_right.value)
    return median(left), median(right)


def distance(references: DriverReferences, other: DriverReferences) -> float:
    """The largest difference of openness among open and shut eyes."""
    pairs = ((references.left, other.left), (references.right, other.right))
    return max(max(abs(one.open - two.open), abs(one.closed - two.closed)) for one, two in pairs)
