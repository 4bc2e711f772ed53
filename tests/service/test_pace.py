"""Fewer frames by stated steps when hot or overloaded, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.service.pace import HEAT, LOAD, Pace
from edge_app.service.settings import PaceSettings, ThermalStep

CAMERA_HZ = 30.0
STEPS = PaceSettings(
    thermal_steps=tuple(
        ThermalStep(above_celsius=celsius, frame_rate_hz=rate_hz)
        for celsius, rate_hz in ((75.0, 20.0), (80.0, 15.0), (84.0, 10.0))
    )
)


def rate_of(
    pace: Pace, camera_hz: float = CAMERA_HZ, seconds: float = 20.0, jitter_s: float = 0.0
) -> float:
    """Frames per second that pass, of a camera that runs steadily."""
    times = [
        i / camera_hz + (jitter_s if i % 2 else -jitter_s) for i in range(int(seconds * camera_hz))
    ]
    return sum(pace.admits(t_s) for t_s in times) / seconds


def test_cool_and_idle_machine_looks_at_every_frame() -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    pace.judge(0.0, 60.0, 0, 0)
    assert rate_of(pace) == CAMERA_HZ and pace.reasons == () and pace.rate_hz is None


@pytest.mark.parametrize(
    ("celsius", "rate_hz"), [(75.0, 20.0), (79.9, 20.0), (80.0, 15.0), (90.0, 10.0)]
)
@pytest.mark.parametrize("jitter_s", [0.0, 0.002])
def test_heat_lowers_the_rate_by_the_stated_steps(
    celsius: float, rate_hz: float, jitter_s: float
) -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    pace.judge(0.0, celsius, 0, 0)
    assert rate_of(pace, jitter_s=jitter_s) == pytest.approx(rate_hz, rel=0.02)
    assert pace.reasons == (HEAT,)


def test_step_is_left_only_well_below_where_it_began() -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    rates = []
    for celsius in (81.0, 78.0, 76.9, 73.0, 71.9, None):
        pace.judge(0.0, celsius, 0, 0)
        rates.append(pace.rate_hz)
    assert rates == [15.0, 15.0, 20.0, 20.0, None, None]


def test_steps_above_the_cameras_own_rate_are_no_steps() -> None:
    pace = Pace(STEPS, 15.0)
    pace.judge(0.0, 76.0, 0, 0)
    assert pace.rate_hz is None and pace.reasons == ()


def overloaded(pace: Pace, from_s: float, to_s: float, share: float) -> None:
    for second in range(int(from_s), int(to_s) + 1):
        lost = int(30 * share * second)
        pace.judge(float(second), None, 30 * second - lost, lost)


def test_overload_takes_one_step_after_the_other_and_leaves_it_on_trial() -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    rates = []
    for until_s in (7, 10, 40):
        overloaded(pace, 0, until_s, 0.5)
        rates.append((pace.rate_hz, pace.reasons))
        pace = Pace(STEPS, CAMERA_HZ)
    # The first is less than its window.
    assert rates == [(None, ()), (20.0, (LOAD,)), (10.0, (LOAD,))]


def test_load_step_is_left_on_trial_one_a_minute() -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    overloaded(pace, 0, 10, 0.5)
    rates = []
    for second in range(11, 80):
        pace.judge(float(second), None, 150 + 20 * second, 150)
        rates.append(pace.rate_hz)
    assert rates[50] == 20.0 and rates[-1] is None


def test_few_frames_lost_are_no_overload() -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    overloaded(pace, 0, 100, 0.1)
    assert pace.rate_hz is None


def test_heat_and_load_together_take_the_slower_and_tell_both() -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    for second in range(12):
        pace.judge(float(second), 81.0, 15 * second, 15 * second)
    assert pace.rate_hz == 15.0 and pace.reasons == (HEAT, LOAD)


def test_time_that_jumps_does_not_stop_the_watch() -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    pace.judge(0.0, 90.0, 0, 0)
    assert [pace.admits(t_s) for t_s in (1000.0, 1000.03, 3.0, 3.05, 3.1, 500.0)] == [
        True,
        False,
        True,
        False,
        True,
        True,
    ]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(30, 119))
def test_whatever_the_times_no_second_passes_without_a_frame(
    times: list[float], celsius: float
) -> None:
    pace = Pace(STEPS, CAMERA_HZ)
    pace.judge(0.0, celsius, 0, 0)
    last_s = None
    for t_s in sorted(times):
        if pace.admits(t_s):
            last_s = t_s
        else:
            assert last_s is not None and t_s - last_s < 1.0


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"load_rates_hz": (10.0, 20.0)}, "load_rates_hz fall"),
        (
            {
                "thermal_steps": (
                    ThermalStep(above_celsius=80, frame_rate_hz=15),
                    ThermalStep(above_celsius=75, frame_rate_hz=10),
                )
            },
            "thermal_steps rise",
        ),
    ],
)
def test_steps_out_of_order_are_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        PaceSettings.model_validate(values)
