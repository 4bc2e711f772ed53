"""One piece of the suite's work, as plain values that can be driven in any process.

A job is a cell of the matrix, an attentive drive, or a drive of one sleepiness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from driver_simulator.driver.perception_noise import PerceptionNoise
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.suite.matrix import Layer
from driver_simulator.suite.ride import Ride, picture_ride, signal_ride
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.settings import VigilSettings


class Kind(str, Enum):
    MATRIX = "matrix"
    ATTENTIVE = "attentive"
    SLEEPY = "sleepy"


@dataclass(frozen=True, slots=True)
class Job:
    """`tags`: what the tables sort by."""

    kind: Kind
    name: str
    layer: Layer
    scenario: Scenario
    tags: Mapping[str, Any]
    noise: PerceptionNoise | None = None  # of the layer of signals

    @property
    def key(self) -> str:
        return f"{self.kind.value}/{self.layer.value}/{self.name}"


def drive(job: Job, settings: VigilSettings) -> Ride:
    """The job's scenario, to its end."""
    if job.layer is Layer.SIGNALS:
        return signal_ride(job.scenario, settings, job.noise)
    return picture_ride(job.scenario, settings, _perception(settings))


def driven(settings: VigilSettings, job: Job) -> tuple[Job, Ride]:
    """For a pool of processes, whose results come in any order."""
    return job, drive(job, settings)


@lru_cache(maxsize=1)
def _perception(settings: VigilSettings) -> Perception:
    """Loaded once for each process."""
    return open_perception(settings.perception)
