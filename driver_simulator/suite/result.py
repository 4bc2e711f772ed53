"""A ride judged: what was due and what came, as plain values that a file can hold."""

from __future__ import annotations

from typing import Any

from driver_simulator.driver.performance import Performance
from driver_simulator.suite.courses import TruthCourses
from driver_simulator.suite.expected import Oracle
from driver_simulator.suite.job import Job, Kind
from driver_simulator.suite.ride import Ride
from driver_simulator.suite.verdict import judge
from edge_app.alerts.event import Event, Level
from edge_app.settings import VigilSettings

Result = dict[str, Any]

_LEVEL_FROM_S = 60.0  # PERCLOS and blinks look back so far


def result_of(job: Job, ride: Ride, settings: VigilSettings) -> Result:
    result: Result = {
        "key": job.key,
        "kind": job.kind.value,
        "layer": job.layer.value,
        "tags": dict(job.tags),
        "hours": job.scenario.duration_s / 3600,
        "frames": ride.frames,
    }
    if job.kind is Kind.MATRIX:
        return result | _judged(job, ride, settings)
    told = [event for event in ride.events if event.level is not None]
    result["warnings"] = [_plain(e) for e in told if e.level and e.level >= Level.WARNING]
    result["notices"] = len(told) - len(result["warnings"])
    levels = [level for t_s, level in ride.drowsiness if t_s >= _LEVEL_FROM_S]
    result["mean_level"] = sum(levels) / len(levels) if levels else None
    return result


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
    # Nothing is due of a view where the driver was not there to be seen for so long.
    announce_by_s = expected.announce_by_s if must_say else None
    announced_s = verdict.announced_s
    said = announce_by_s is None or (announced_s is not None and announced_s <= announce_by_s)
    return {
        "passed": verdict.passed and said,
        "announced_s": announced_s,
        "announce_by_s": announce_by_s,
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
