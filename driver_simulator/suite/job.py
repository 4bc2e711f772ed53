"""One piece of the suite's work and its result, as plain values: made in any process, kept in a file, read again.

A job is a cell of the matrix, an attentive drive, or a drive of one sleepiness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from driver_simulator.driver.perception_noise import PerceptionNoise
from driver_simulator.driver.performance import Performance
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.suite.conditions import TOLD_WITHIN_S
from driver_simulator.suite.courses import TruthCourses
from driver_simulator.suite.expected import Oracle
from driver_simulator.suite.matrix import Layer
from driver_simulator.suite.ride import Ride, picture_ride, signal_ride
from driver_simulator.suite.verdict import judge
from edge_app.alerts.event import Event, Level
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.settings import VigilSettings

Result = dict[str, Any]

_MATRIX, _ATTENTIVE, _SLEEPY = "matrix", "attentive", "sleepy"
_LEVEL_FROM_S = 60.0  # PERCLOS and blinks look back so far


@dataclass(frozen=True, slots=True)
class Job:
    """`tags`: what the tables sort by."""

    kind: str
    name: str
    layer: Layer
    scenario: Scenario
    tags: Mapping[str, Any]
    noise: PerceptionNoise | None = None  # of the layer of signals

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.layer.value}/{self.name}"


def run(job: Job, settings: VigilSettings) -> Result:
    """Drives the job's scenario to its end and judges it."""
    ride = _ride(job, settings)
    result: Result = {
        "key": job.key,
        "kind": job.kind,
        "layer": job.layer.value,
        "tags": dict(job.tags),
        "hours": job.scenario.duration_s / 3600,
        "frames": ride.frames,
    }
    if job.kind == _MATRIX:
        return result | _judged(job, ride, settings)
    told = [event for event in ride.events if event.level is not None]
    result["warnings"] = [_plain(e) for e in told if e.level and e.level >= Level.WARNING]
    result["notices"] = len(told) - len(result["warnings"])
    levels = [level for t_s, level in ride.drowsiness if t_s >= _LEVEL_FROM_S]
    result["mean_level"] = sum(levels) / len(levels) if levels else None
    return result


def _ride(job: Job, settings: VigilSettings) -> Ride:
    if job.layer is Layer.SIGNALS:
        return signal_ride(job.scenario, settings, job.noise)
    return picture_ride(job.scenario, settings, _perception(settings))


@lru_cache(maxsize=1)
def _perception(settings: VigilSettings) -> Perception:
    """Loaded once for each process."""
    return open_perception(settings.perception)


def _judged(job: Job, ride: Ride, settings: VigilSettings) -> Result:
    camera = job.scenario.camera
    # Two frames lost running are the usual of a camera that loses many.
    spacing = 1 / camera.frame_rate_hz * (3 if camera.drop_share else 1)
    truth = TruthCourses.of(job.scenario, Performance(job.scenario))
    must_say = bool(job.tags.get("degrades"))
    expected = Oracle(settings, frame_s=spacing).expect(truth)
    verdict = judge(expected, ride.events, may_be_blind=must_say)
    late = [
        answer.told_s - answer.expectation.latest_s
        for answer in verdict.answers
        if answer.told_s is not None
    ]
    said = verdict.announced_s is not None and verdict.announced_s <= TOLD_WITHIN_S
    return {
        "passed": verdict.passed and (said or not must_say),
        "announced_s": verdict.announced_s,
        "answers": [
            {
                "type": answer.expectation.type.value,
                "outcome": answer.outcome.value,
                "onset_s": round(answer.expectation.onset_s, 3),
                "latest_s": round(answer.expectation.latest_s, 3),
                "told_s": None if answer.told_s is None else round(answer.told_s, 3),
            }
            for answer in verdict.answers
        ],
        "most_late_s": max(late) if late else None,
        "false_warnings": [_plain(event) for event in verdict.false_warnings],
    }


def _plain(event: Event) -> dict[str, Any]:
    return {
        "type": event.type.value,
        "t_s": round(event.t_s, 3),
        "reason": event.values.get("reason"),
    }
