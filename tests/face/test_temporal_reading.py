"""Heads over time: steps at their own rate, a memory that is one driver's, and none of what is no number."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable

import numpy as np
import pytest

from edge_app.face.temporal_model import TemporalModel
from edge_app.face.temporal_reading import StepSchedule, TemporalReader
from tests.driver_state.traces import frame_times
from tests.face.temporal_models import HEADS, counting, face, steps_told

RATE_HZ = 4.0
PERIOD_S = 1 / RATE_HZ
SAME_DRIVER_S = 20.0


def reader_of(model: TemporalModel | None = None) -> TemporalReader:
    return TemporalReader(model or counting(RATE_HZ), same_driver_s=SAME_DRIVER_S)


def steps_after(times_s: Iterable[float], reader: TemporalReader | None = None) -> int | None:
    reader = reader or reader_of()
    told = None
    for t_s in times_s:
        told = steps_told(reader.step(t_s, face()))
    return told


def trembling(duration_s: float, rate_hz: float, by_s: float) -> list[float]:
    chance = random.Random(7)
    return [t_s + chance.uniform(0.0, by_s) for t_s in frame_times(duration_s, rate_hz)]


def test_the_first_face_is_a_step() -> None:
    assert steps_after([100.0]) == 1


@pytest.mark.parametrize("rate_hz", [120.0, 30.0, 13.0, 5.0])
def test_steps_come_at_their_own_rate_whatever_the_camera_s(rate_hz: float) -> None:
    duration_s = 60.0
    steps = steps_after(frame_times(duration_s, rate_hz))
    assert steps == pytest.approx(duration_s * RATE_HZ, abs=1)


@pytest.mark.parametrize("rate_hz", [30.0, 10.0])
def test_frames_that_tremble_do_not_make_the_rate_drift(rate_hz: float) -> None:
    steps = steps_after(trembling(60.0, rate_hz, 0.8 / rate_hz))
    assert steps == pytest.approx(60.0 * RATE_HZ, abs=1)


def test_camera_of_just_that_rate_loses_no_step_by_trembling() -> None:
    times_s = trembling(60.0, RATE_HZ, 0.1 * PERIOD_S)
    assert steps_after(times_s) == len(times_s)


def test_camera_slower_than_that_is_a_step_at_every_frame() -> None:
    times_s = frame_times(30.0, 3.0)
    assert steps_after(times_s) == len(times_s)


def test_what_was_said_holds_until_the_next_step() -> None:
    reader = reader_of()
    first = reader.step(0.0, face())
    # Not even what is no number is looked at between two steps.
    assert reader.step(PERIOD_S / 2, face(math.nan)) == first
    assert reader.step(PERIOD_S, face()) != first


def test_every_head_says_a_probability_for_each_class() -> None:
    readings = reader_of(counting()).step(0.0, face())
    assert [reading.head for reading in readings] == [head.name for head in HEADS]
    for reading, head in zip(readings, HEADS, strict=True):
        assert len(reading.probabilities) == len(head.classes)
        assert sum(reading.probabilities) == pytest.approx(1.0)


def test_logits_are_divided_by_the_head_s_temperature() -> None:
    model = counting(temperature=2.0, bias=2.0, per_step=0.0)
    alert, drowsy = reader_of(model).step(0.0, face())[0].probabilities
    assert math.log(drowsy / alert) == pytest.approx(2.0 / 2.0)


def test_short_absence_leaves_the_memory_and_is_not_made_up_for() -> None:
    reader = reader_of()
    before = steps_after([0.0, PERIOD_S, 2 * PERIOD_S], reader)
    back_s = 2 * PERIOD_S + SAME_DRIVER_S
    assert before == 3
    assert steps_after([back_s], reader) == 4
    # Nor do the next frames hurry.
    assert steps_after([back_s + PERIOD_S / 2], reader) == 4
    assert steps_after([back_s + PERIOD_S], reader) == 5


def test_after_a_long_absence_it_may_be_another_driver() -> None:
    reader = reader_of()
    assert steps_after([0.0, PERIOD_S, PERIOD_S + SAME_DRIVER_S + 0.1], reader) == 1


def test_time_that_goes_back_begins_anew() -> None:
    reader = reader_of()
    assert steps_after([50.0, 50.0 + PERIOD_S, 3.0], reader) == 1
    assert steps_after([3.0 + PERIOD_S], reader) == 2


def test_forgotten_driver_leaves_nothing_and_the_next_face_is_a_step_at_once() -> None:
    reader = reader_of()
    steps_after([0.0, PERIOD_S], reader)
    reader.forget()
    assert steps_after([PERIOD_S + 0.01], reader) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 3e38])
def test_what_is_no_number_is_not_told_and_does_not_stay_in_the_memory(value: float) -> None:
    reader = reader_of(counting(RATE_HZ, per_step=10.0))
    reader.step(0.0, face())
    reader.step(PERIOD_S, face(value))
    assert reader.step(2 * PERIOD_S - 0.1, face()) == ()
    again = reader.step(2 * PERIOD_S, face())
    assert again == reader_of(counting(RATE_HZ, per_step=10.0)).step(0.0, face())


def test_an_hour_later_it_holds_as_many_numbers_as_at_first() -> None:
    reader = reader_of()
    times_s = frame_times(3600.0, RATE_HZ)
    assert steps_after(times_s, reader) == len(times_s)
    held = [getattr(reader, name) for name in vars(reader)]
    assert sum(array.size for array in held if isinstance(array, np.ndarray)) == 256 + 1 + 1


def test_two_drives_share_a_model_and_no_memory() -> None:
    model = counting(RATE_HZ)
    one, other = reader_of(model), reader_of(model)
    steps_after([0.0, PERIOD_S], one)
    assert steps_after([0.0], other) == 1


@pytest.mark.parametrize("shape", [(128,), (1,), (1, 256), ()])
def test_embedding_of_another_size_is_an_error(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="256 numbers"):
        reader_of(counting()).step(0.0, np.zeros(shape, np.float32))


def test_first_face_of_a_driver_is_told_apart() -> None:
    reader = reader_of()
    told = []
    for t_s in (0.0, 0.1, PERIOD_S, PERIOD_S + SAME_DRIVER_S, 2 * PERIOD_S + 2 * SAME_DRIVER_S):
        reader.step(t_s, face())
        told.append(reader.begun_anew)
    reader.forget()
    reader.step(t_s + 0.1, face())
    assert [*told, reader.begun_anew] == [True, False, False, False, True, True]


def test_what_is_no_number_is_no_other_driver() -> None:
    reader = reader_of()
    reader.step(0.0, face())
    reader.step(PERIOD_S, face(math.nan))
    assert not reader.begun_anew
    reader.step(2 * PERIOD_S, face())
    assert not reader.begun_anew


@pytest.mark.parametrize("rate_hz", [30.0, 13.0, 3.0])
def test_schedule_is_that_of_the_reader(rate_hz: float) -> None:
    schedule, reader, steps = StepSchedule(RATE_HZ), reader_of(), 0
    for t_s in trembling(30.0, rate_hz, 0.5 / rate_hz):
        steps += schedule.due(t_s)
        assert steps_told(reader.step(t_s, face())) == steps


def test_schedule_that_is_told_to_forget_begins_with_a_step() -> None:
    schedule = StepSchedule(RATE_HZ)
    assert [schedule.due(t_s) for t_s in (0.0, 0.1, PERIOD_S)] == [True, False, True]
    schedule.forget()
    assert schedule.due(PERIOD_S + 0.01)
