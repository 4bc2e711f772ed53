"""The head on blinks on the whole way of a frame: whose blinks it is shown, and that a replay needs no head."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from calibration.driver.profile import DriverProfile
from calibration.driver.profile_file import write_profile
from calibration.driver.references import BlinkReference, DriverReferences
from edge_app.blink_head.head import BlinkHead
from edge_app.camera.frame import Frame
from edge_app.driver_profiles.given_profile import GivenProfile
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.settings import VigilSettings
from edge_app.trace.open import open_recorder
from edge_app.trace.replay import replay_run
from edge_app.trace.series import recorded_runs
from edge_app.trace.settings import TraceSettings
from edge_app.vehicle.state import VehicleState
from tests.face.students import Arrays, GivenSession
from tests.program.painted_driver import PaintReader, painted

RATE_HZ = 30.0
FAST = VehicleState(speed_kmh=100.0, ignition_on=True)
PARKED = VehicleState(speed_kmh=0.0, ignition_on=False)
SETTINGS = VigilSettings()
OPEN, SHUT = 0.85, 0.2
BLINK = [0.6, 0.2, 0.2, 0.3, 0.5, 0.7]  # openness, frame by frame
ALERT = BlinkReference(100, 0.9, 0.1, 0.2, 0.04, 8.0, 2.0)


class FailingSession:
    def __init__(self) -> None:
        self.runs = 0

    def run(self, inputs: Arrays) -> Arrays:
        self.runs += 1
        raise RuntimeError("no such operator")


def drowsy_session() -> GivenSession:
    logits = np.log(np.array([[0.2, 0.3, 0.5]], dtype=np.float32))
    return GivenSession({"logits": logits, "level": np.array([[8.0]], dtype=np.float32)})


def reader(session: GivenSession | FailingSession) -> PaintReader:
    perception = PaintReader()
    perception.blink_head = BlinkHead(session)  # type: ignore[assignment]
    return perception


def known_driver(folder: Path) -> GivenProfile:
    file = folder / "driver.yaml"
    references = DriverReferences(blinks=ALERT)
    write_profile(file, DriverProfile("2026-01-01", "2026-01-01", bare=references))
    return GivenProfile(file)


def frames(blinks: int, *, from_s: float = 0.0, between_s: float = 1.0) -> Iterator[Frame]:
    number = 0
    for _ in range(blinks):
        for openness in [OPEN] * round(between_s * RATE_HZ) + BLINK + [OPEN] * 3:
            t_s = from_s + number / RATE_HZ
            yield Frame(painted(True, openness, 0.0, number), t_s, number)
            number += 1


def driven(
    monitor: DriverMonitor, given: Iterator[Frame], vehicle: VehicleState
) -> list[MonitorStep]:
    steps = [monitor.step(frame, vehicle) for frame in given]
    return [step for step in steps if step is not None]


def test_reading_rests_on_the_blinks_so_far_and_is_held_between_them(tmp_path: Path) -> None:
    session = drowsy_session()
    monitor = DriverMonitor(reader(session), SETTINGS, keeper=known_driver(tmp_path))
    steps = driven(monitor, frames(4), FAST)
    blinks = [step for step in steps if step.state.blinks.standardised is not None]
    assert len(blinks) == len(session.shown) == 4
    shown = session.shown[-1]["blinks"]
    assert [row[3] for row in shown[0]] == [0.0] * 26 + [1.0] * 4
    rows = [step.state.blinks.standardised for step in blinks]
    assert shown[0, -4:, :3] == pytest.approx(np.array(rows, dtype=np.float32))
    before, after = steps.index(blinks[1]), steps.index(blinks[1]) + 1
    assert steps[before].signals.blink_reading is not None
    assert steps[before].signals.blink_reading.blinks == 1
    told = {step.signals.blink_reading for step in steps[after : after + 20]}
    (reading,) = told
    assert reading is not None
    assert (reading.blinks, round(reading.drowsy, 3), reading.level) == (2, 0.5, 8.0)


def test_blinks_of_a_driver_who_is_not_known_are_not_shown() -> None:
    session = drowsy_session()
    steps = driven(DriverMonitor(reader(session), SETTINGS), frames(3), FAST)
    assert session.shown == []
    assert steps[-1].signals.blink_reading is None


def test_parking_ends_what_was_said(tmp_path: Path) -> None:
    monitor = DriverMonitor(reader(drowsy_session()), SETTINGS, keeper=known_driver(tmp_path))
    assert driven(monitor, frames(2), FAST)[-1].signals.blink_reading is not None
    assert driven(monitor, frames(1, from_s=20.0), PARKED)[-1].signals.blink_reading is None


def test_head_that_fails_costs_no_frame_and_is_not_asked_again(tmp_path: Path) -> None:
    session = FailingSession()
    monitor = DriverMonitor(reader(session), SETTINGS, keeper=known_driver(tmp_path))
    steps = driven(monitor, frames(3), FAST)
    assert session.runs == 1
    assert len(steps) == len(list(frames(3)))
    assert steps[-1].signals.blink_reading is None


def test_replay_repeats_the_readings_without_the_head(tmp_path: Path) -> None:
    perception = reader(drowsy_session())
    settings = SETTINGS.model_copy(update={"trace": TraceSettings(folder=tmp_path / "trace")})
    recorder = open_recorder(tmp_path / "trace", settings, perception, may_wait=True)
    monitor = DriverMonitor(perception, settings, tracer=recorder, keeper=known_driver(tmp_path))
    steps = driven(monitor, frames(3), FAST)
    recorder.close()
    (run,), _ = recorded_runs(tmp_path / "trace")
    replayed = replay_run(run)
    assert replayed.moments == len(steps)
    assert replayed.same_bits
