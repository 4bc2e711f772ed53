"""Every situation as signals, and two through pictures: what must be told is told in time, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from driver_simulator.suite.conditions import MUST_SAY, NOMINAL, Condition
from driver_simulator.suite.drives import attentive_drive
from driver_simulator.suite.job import Job, Kind, drive
from driver_simulator.suite.matrix import Cell, Layer, small_matrix
from driver_simulator.suite.plan import jobs
from driver_simulator.suite.result import Result, result_of
from driver_simulator.suite.situations import situations
from edge_app.settings import VigilSettings

SETTINGS = VigilSettings()
SMALL = list(jobs(small_matrix(SETTINGS), {}))
BY_NAME = {situation.name: situation for situation in situations(SETTINGS)}


def run(job: Job, settings: VigilSettings) -> Result:
    return result_of(job, drive(job, settings), settings)


@cache
def driven(place: int) -> Result:
    """Of `SMALL`."""
    return run(SMALL[place], SETTINGS)


@pytest.mark.parametrize("place", range(len(SMALL)), ids=[job.key for job in SMALL])
def test_what_the_script_makes_due_is_told_in_time_and_nothing_else(place: int) -> None:
    result = driven(place)
    assert result["passed"], (result["answers"], result["false_warnings"])


def test_situations_that_must_be_told_make_something_due_and_others_nothing() -> None:
    for place, job in enumerate(SMALL):
        situation = BY_NAME[job.tags["situation"]]
        assert bool(driven(place)["answers"]) == situation.safety, situation.name


@pytest.mark.parametrize("condition", MUST_SAY, ids=[one.name for one in MUST_SAY])
def test_degraded_conditions_are_told_within_ten_seconds(condition: Condition) -> None:
    (job,) = jobs([Cell(BY_NAME["talking"], condition, Layer.SIGNALS)], {})
    assert run(job, SETTINGS)["passed"]


def test_attentive_driving_hears_no_warning() -> None:
    script = attentive_drive(3, duration_s=240.0)
    job = Job(Kind.ATTENTIVE, "3", Layer.SIGNALS, script, {"person": 3})
    assert run(job, SETTINGS)["warnings"] == []


def test_due_instants_follow_the_settings() -> None:
    """A microsleep of 1.6 s is none where one takes 2 s; the same script, other settings."""
    lids = SETTINGS.driver_state.lids
    patient = SETTINGS.model_copy(
        update={
            "driver_state": SETTINGS.driver_state.model_copy(
                update={"lids": lids.model_copy(update={"microsleep_s": 2.0})}
            )
        }
    )
    (job,) = jobs([Cell(BY_NAME["microsleep"], NOMINAL, Layer.SIGNALS)], {})
    assert [answer["type"] for answer in run(job, SETTINGS)["answers"]] == ["microsleep"]
    result = run(replace(job, name="patient"), patient)
    assert result["answers"] == []
    assert result["false_warnings"] == []
