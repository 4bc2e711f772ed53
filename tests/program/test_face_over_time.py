"""Heads over time on the whole way of a frame: whose memory it is, who is told, and that nothing is decided by it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.alerts.event import EventType
from edge_app.camera.frame import Frame
from edge_app.driver_state.settings import DriverStateSettings, LidSettings, VotingSettings
from edge_app.driver_state.signals import Unavailable
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceDetection, FaceObservation, FaceVisibility
from edge_app.face.temporal_model import TemporalModel
from edge_app.monitor import DriverMonitor, MonitorStep
from edge_app.recording import Recording
from edge_app.settings import VigilSettings
from edge_app.trace.open import open_recorder
from edge_app.trace.reading import TraceReader
from edge_app.trace.replay import replay_run
from edge_app.trace.series import recorded_runs
from edge_app.trace.settings import TraceSettings
from edge_app.vehicle.state import VehicleState
from tests.face.students import CROP, GivenSession, Student, face_outputs
from tests.face.temporal_models import HEADS, counting, face, failing, steps_told
from tests.program.painted_driver import PaintReader, painted

RATE_HZ = 15.0
FAST = VehicleState(speed_kmh=100.0, ignition_on=True)
PARKED = VehicleState(speed_kmh=0.0, ignition_on=False)
AWAKE, ASLEEP = 0.85, 0.1
SETTINGS = VigilSettings()
SAME_DRIVER_S = SETTINGS.driver_state.lids.usual_memory_s


class FollowedPaint(PaintReader):
    """The painted driver, whose every face counts as one step of `temporal`."""

    def __init__(self, temporal: TemporalModel | None = None) -> None:
        self.temporal = counting() if temporal is None else temporal
        self.visibility: FaceVisibility | None = None

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        seen = super().observe(image, crop)
        return replace(seen, embedding=face(), visibility=self.visibility)


def frames(
    *stretches: tuple[float, bool, float], from_s: float = 0.0, rate_hz: float = RATE_HZ
) -> Iterator[Frame]:
    """Stretches of (duration in s, face there, openness), one after the other."""
    number = 0
    for duration_s, there, openness in stretches:
        for _ in range(round(duration_s * rate_hz)):
            picture = painted(there, openness, 0.0, number)
            yield Frame(picture, from_s + number / rate_hz, number)
            number += 1


def watch(
    monitor: DriverMonitor, seen: Iterator[Frame], vehicle: VehicleState = FAST
) -> list[MonitorStep]:
    return [step for frame in seen if (step := monitor.step(frame, vehicle)) is not None]


def remembered(step: MonitorStep) -> int | None:
    return steps_told(step.signals.temporal)


def test_heads_speak_of_every_frame_with_a_face_and_are_voted_in_the_state() -> None:
    monitor = DriverMonitor(FollowedPaint(), SETTINGS)
    steps = watch(monitor, frames((10.0, True, AWAKE)))
    assert remembered(steps[-1]) == 40
    assert all(len(step.signals.temporal) == len(HEADS) for step in steps)
    voted = {told.head: told.voted for told in steps[-1].state.temporal}
    assert HEADS[0].classes[voted["drowsiness"].label_index] == "drowsy"
    assert HEADS[1].classes[voted["intoxication"].label_index] == "tipsy"


def test_without_a_face_nothing_is_told_and_a_short_absence_is_no_other_driver() -> None:
    monitor = DriverMonitor(FollowedPaint(), SETTINGS)
    steps = watch(monitor, frames((5.0, True, AWAKE), (4.0, False, 0.0), (1.0, True, AWAKE)))
    gone = [step for step in steps if step.observation is None]
    assert {step.signals.temporal for step in gone} == {()}
    assert gone[-1].state.temporal == ()
    assert remembered(steps[-1]) == pytest.approx(24, abs=1)


def test_after_a_long_absence_the_memory_begins_anew() -> None:
    monitor = DriverMonitor(FollowedPaint(), SETTINGS)
    away_s = SAME_DRIVER_S + 1.0
    steps = watch(monitor, frames((5.0, True, AWAKE), (away_s, False, 0.0), (1.0, True, AWAKE)))
    assert remembered(steps[-1]) == 4


def test_how_long_it_stays_the_same_driver_is_a_setting() -> None:
    memory_s = 2.0
    lids = LidSettings(usual_memory_s=memory_s)
    settings = VigilSettings(driver_state=DriverStateSettings(lids=lids))
    monitor = DriverMonitor(FollowedPaint(), settings)
    away_s = memory_s + 1.0
    steps = watch(monitor, frames((5.0, True, AWAKE), (away_s, False, 0.0), (1.0, True, AWAKE)))
    assert remembered(steps[-1]) == 4


def test_a_camera_fault_of_a_moment_is_no_other_driver() -> None:
    monitor = DriverMonitor(FollowedPaint(), SETTINGS)
    watch(monitor, frames((5.0, True, AWAKE)))
    black = Frame(np.zeros((240, 320, 3), np.uint8), 5.0, 75)
    fault = monitor.step(black, FAST)
    assert fault is not None and fault.fault is not None and fault.signals.temporal == ()
    steps = watch(monitor, frames((1.0, True, AWAKE), from_s=5.1))
    assert remembered(steps[-1]) == pytest.approx(24, abs=1)


def test_what_was_seen_while_parked_says_nothing_of_the_drive() -> None:
    monitor = DriverMonitor(FollowedPaint(), SETTINGS)
    watch(monitor, frames((5.0, True, AWAKE)))
    parked = watch(monitor, frames((5.0, True, AWAKE), from_s=5.0), PARKED)
    assert {step.signals.temporal for step in parked[1:]} == {()}
    driven = watch(monitor, frames((2.0, True, AWAKE), from_s=10.0))
    assert remembered(driven[-1]) == pytest.approx(8, abs=1)


def test_parking_without_a_face_in_view_is_the_end_of_a_drive_too() -> None:
    monitor = DriverMonitor(FollowedPaint(), SETTINGS)
    watch(monitor, frames((5.0, True, AWAKE)))
    left = watch(monitor, frames((3.0, False, 0.0), from_s=5.0), PARKED)
    assert left[-1].policy.parked and all(step.observation is None for step in left)
    gone = watch(monitor, frames((1.0, False, 0.0), from_s=8.0))
    assert not gone[-1].policy.parked
    driven = watch(monitor, frames((1.0, True, AWAKE), from_s=9.0))
    assert SAME_DRIVER_S > 4.0  # not seen for so long
    assert remembered(driven[-1]) == 4


def test_monitor_that_is_started_afresh_remembers_nothing() -> None:
    monitor = DriverMonitor(FollowedPaint(), SETTINGS)
    watch(monitor, frames((5.0, True, AWAKE), from_s=100.0))
    monitor.restart()
    steps = watch(monitor, frames((1.0, True, AWAKE)))
    assert remembered(steps[-1]) == 4


def test_face_that_is_handed_over_to_another_one_begins_anew() -> None:
    class Two(FollowedPaint):
        beside = FaceDetection((200.0, 0.0, 320.0, 200.0), 1.0, FaceCrop(260.0, 100.0, 300.0, 0.0))
        both = False

        def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
            return [*super().detect(image), *([self.beside] if self.both else [])]

    perception = Two()
    monitor = DriverMonitor(perception, SETTINGS)
    watch(monitor, frames((5.0, True, AWAKE)))
    perception.both = True
    steps = watch(
        monitor, frames((SETTINGS.perception.recheck_interval_s, True, AWAKE), from_s=5.0)
    )
    counts = [remembered(step) for step in steps]
    assert 1 in counts and max(filter(None, counts[counts.index(1) :])) <= 4


DRIVER = FaceDetection((100.0, 100.0, 200.0, 220.0), 1.0, FaceCrop(150.0, 160.0, 160.0, 0.0))
PASSENGER = FaceDetection((220.0, 100.0, 300.0, 200.0), 1.0, FaceCrop(260.0, 150.0, 140.0, 0.0))


class OneOfTwo(FollowedPaint):
    """A face in one of two seats, which nobody sees anywhere else; its memory soon says what it is sure of."""

    def __init__(self) -> None:
        super().__init__(counting(per_step=2.0))
        self.there = DRIVER

    def detect(self, image: NDArray[np.uint8]) -> list[FaceDetection]:
        return [self.there] if super().detect(image) else []

    def observe(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceObservation:
        seen, there = super().observe(image, crop), self.there
        found = abs(crop.center_x_px - there.crop.center_x_px) < 20.0
        return replace(
            seen, presence=seen.presence if found else 0.0, box=there.box, next_crop=there.crop
        )


@pytest.mark.parametrize("lost_s", [0.0, 1.0], ids=["in the same frame", "after a short loss"])
def test_another_face_that_is_found_by_search_begins_anew_and_is_told_alone(lost_s: float) -> None:
    perception = OneOfTwo()
    monitor = DriverMonitor(perception, SETTINGS)
    before = watch(monitor, frames((5.0, True, AWAKE), (lost_s, False, 0.0)))
    assert [step.signals.temporal_anew for step in before].count(True) == 1
    assert before[-1].state.temporal[0].voted.probabilities[1] > 0.99
    perception.there = PASSENGER
    steps = watch(monitor, frames((1.0, True, AWAKE), from_s=5.0 + lost_s))
    first = steps[0]
    assert first.observation is not None and first.observation.box == PASSENGER.box
    assert [step.signals.temporal_anew for step in steps] == [True] + [False] * (len(steps) - 1)
    voted = {told.head: told.voted.probabilities for told in first.state.temporal}
    for reading in first.signals.temporal:
        assert voted[reading.head] == pytest.approx(reading.probabilities)


def test_same_face_found_again_by_search_goes_on() -> None:
    monitor = DriverMonitor(OneOfTwo(), SETTINGS)
    steps = watch(monitor, frames((5.0, True, AWAKE), (1.0, False, 0.0), (0.1, True, AWAKE)))
    assert not steps[-1].signals.temporal_anew
    assert steps[-1].state.temporal[0].voted.probabilities[1] > 0.99


def test_trace_of_a_hand_over_replays_to_the_same_bits(tmp_path: Path) -> None:
    perception = OneOfTwo()
    recorder = open_recorder(tmp_path, SETTINGS, perception, may_wait=True)
    monitor = DriverMonitor(perception, SETTINGS, tracer=recorder)
    steps = watch(monitor, frames((3.0, True, AWAKE)))
    perception.there = PASSENGER
    steps += watch(monitor, frames((3.0, True, AWAKE), from_s=3.0))
    recorder.close()
    assert [step.signals.temporal_anew for step in steps].count(True) == 2
    (run,), _ = recorded_runs(tmp_path)
    replayed = replay_run(run)
    assert replayed.same_bits and replayed.moments == len(steps)


@pytest.mark.parametrize(
    ("mouth", "told"), [(1.0, True), (0.0, False)], ids=["eyes hidden", "eyes and mouth hidden"]
)
def test_hidden_face_is_still_followed_and_told_while_a_part_of_it_is_seen(
    mouth: float, told: bool
) -> None:
    perception = FollowedPaint()
    monitor = DriverMonitor(perception, SETTINGS)
    watch(monitor, frames((2.0, True, AWAKE)))
    perception.visibility = FaceVisibility(0.0, 0.0, mouth, 0.0, 0.0, 0.0, 0.0)
    hidden = watch(monitor, frames((3.0, True, AWAKE), from_s=2.0))
    assert {bool(step.signals.temporal) for step in hidden} == {told}
    assert bool(hidden[-1].state.temporal) == told
    assert VotingSettings().window_s < 3.0
    perception.visibility = None
    after = watch(monitor, frames((1.0, True, AWAKE), from_s=5.0))
    assert remembered(after[-1]) == pytest.approx(24, abs=1)


def test_student_offers_the_embedding_that_its_memory_lives_on() -> None:
    outputs = face_outputs(embedding=face()[None])
    student = Student(face=GivenSession(outputs), temporal=counting())
    perception = student.perception
    assert perception.temporal is student.temporal
    image = np.zeros((480, 640), np.uint8)
    assert np.array_equal(perception.observe(image, CROP).embedding, face())
    del outputs["embedding"]
    assert perception.observe(image, CROP).embedding is None


EVENTFUL = (
    *((8.0, True, AWAKE), (4.0, True, ASLEEP), (3.0, True, AWAKE)),
    *((14.0, False, 0.0), (30.0, True, AWAKE), (1.4, True, ASLEEP), (5.0, True, AWAKE)),
)


def test_a_head_that_screams_changes_no_event_no_alert_and_no_level() -> None:
    screams = DriverMonitor(FollowedPaint(counting(bias=50.0)), SETTINGS)
    silent = DriverMonitor(PaintReader(), SETTINGS)
    loud = watch(screams, frames(*EVENTFUL))
    quiet = watch(silent, frames(*EVENTFUL))
    assert any(
        told.head == "drowsiness" and told.voted.probabilities[1] > 0.999
        for step in loud
        for told in step.state.temporal
    )
    types = {event.type for step in quiet for event in step.policy.events}
    assert {EventType.SLEEP, EventType.DEGRADED, EventType.MICROSLEEP} <= types
    assert [step.policy for step in loud] == [step.policy for step in quiet]
    assert [replace(step.state, temporal=()) for step in loud] == [step.state for step in quiet]


def other_size() -> TemporalModel:
    """Made for embeddings that are none of this perception's."""
    return replace(counting(), embedding_size=128)


@pytest.mark.parametrize(
    ("broken", "spoke"),
    [(failing(0), False), (failing(20), True), (other_size(), False)],
    ids=["fails at once", "fails in the middle of a drive", "embedding of another size"],
)
def test_part_that_fails_costs_only_itself(
    broken: TemporalModel, spoke: bool, caplog: pytest.LogCaptureFixture
) -> None:
    monitor = DriverMonitor(FollowedPaint(broken), SETTINGS)
    steps = watch(monitor, frames(*EVENTFUL))
    quiet = watch(DriverMonitor(PaintReader(), SETTINGS), frames(*EVENTFUL))
    assert any(step.signals.temporal for step in steps) == spoke
    failed = next(i for i, step in enumerate(steps) if not step.signals.temporal)
    assert all(step.state.temporal == () for step in steps[failed:])
    assert [step.policy for step in steps] == [step.policy for step in quiet]
    assert [replace(step.state, temporal=()) for step in steps] == [step.state for step in quiet]
    monitor.restart()
    watch(monitor, frames((2.0, True, AWAKE)))
    assert [record.message for record in caplog.records] == [
        "what follows the face over time has failed; going on without it"
    ]


@pytest.mark.parametrize("file_s", [1.0, 3.0])
def test_trace_of_several_files_replays_to_the_same_bits(tmp_path: Path, file_s: float) -> None:
    settings = VigilSettings(trace=TraceSettings(file_minutes=file_s / 60))
    perception = FollowedPaint()
    recorder = open_recorder(tmp_path, settings, perception, may_wait=True)
    monitor = DriverMonitor(perception, settings, tracer=recorder)
    steps = watch(monitor, frames((8.0, True, AWAKE), (4.0, False, 0.0), (8.0, True, AWAKE)))
    recorder.close()
    assert len(list(tmp_path.iterdir())) >= 6
    (run,), problems = recorded_runs(tmp_path)
    assert problems == []
    replayed = replay_run(run)
    assert replayed.same_bits and replayed.moments == len(steps) and replayed.notes == []


def test_trace_replays_to_the_same_bits_without_the_model(tmp_path: Path) -> None:
    perception = FollowedPaint()
    recorder = open_recorder(tmp_path, SETTINGS, perception, may_wait=True)
    monitor = DriverMonitor(perception, SETTINGS, tracer=recorder)
    steps = watch(monitor, frames((4.0, True, AWAKE), (4.0, False, 0.0), (3.0, True, AWAKE)))
    recorder.close()
    (run,), problems = recorded_runs(tmp_path)
    assert problems == []
    replayed = replay_run(run)
    assert replayed.same_bits and replayed.moments == len(steps)
    (file,) = tmp_path.iterdir()
    with TraceReader(file) as reader:
        assert reader.opening.origin.temporal_heads == HEADS
        recorded = [moment.moment.signals.temporal for moment in reader.moments()]
    assert recorded == [step.signals.temporal for step in steps]
    assert any(recorded)


def test_recording_has_columns_of_every_head(tmp_path: Path) -> None:
    perception = FollowedPaint()
    monitor = DriverMonitor(perception, SETTINGS)
    recording = Recording(
        tmp_path, clip="clip", perception=perception, settings=SETTINGS, overlay=False
    )
    for frame in frames((3.0, True, AWAKE), (3.0, False, 0.0)):
        step = monitor.step(frame, FAST)
        assert step is not None
        recording.step(frame, step)
    recording.finish()
    with (tmp_path / "signals.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    seen, gone = rows[round(2.0 * RATE_HZ)], rows[-1]
    assert seen["experimental_drowsiness"] == "drowsy"
    shares = [float(seen[f"experimental_intoxication_{name}"]) for name in HEADS[1].classes]
    assert sum(shares) == pytest.approx(1.0, abs=1e-3) and max(shares) == shares[1]
    assert (gone["experimental_drowsiness"], gone["experimental_drowsiness_unavailable"]) == (
        "",
        Unavailable.NO_FACE.value,
    )
    json.loads((tmp_path / "summary.json").read_text())


def test_recording_without_heads_over_time_has_no_columns_of_them(tmp_path: Path) -> None:
    recording = Recording(
        tmp_path, clip="clip", perception=PaintReader(), settings=SETTINGS, overlay=False
    )
    recording.close()
    assert "experimental" not in (tmp_path / "signals.partial.csv").read_text()
