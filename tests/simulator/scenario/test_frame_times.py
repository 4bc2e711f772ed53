"""Frames come at the camera's rate, moved by its jitter, less those it loses; the same seed loses the same."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from driver_simulator.scenario.frame_times import LEAST_STEP_S, FrameTime, frame_times
from driver_simulator.scenario.scenario import Scenario


def times(duration_s: float = 60.0, seed: int = 0, **camera: Any) -> list[FrameTime]:
    scenario = {"name": "x", "duration_s": duration_s, "seed": seed, "camera": camera}
    return list(frame_times(Scenario.model_validate(scenario)))


@pytest.mark.parametrize("rate_hz", [1.0, 10.0, 29.97, 30.0])
def test_frames_fill_the_drive_at_the_cameras_rate(rate_hz):
    frames = times(frame_rate_hz=rate_hz)
    assert [frame.index for frame in frames] == list(range(int(np.ceil(60.0 * rate_hz))))
    np.testing.assert_allclose([f.t_s for f in frames], [f.index / rate_hz for f in frames])


def test_share_of_frames_is_lost_and_leaves_gaps_in_the_numbers():
    frames = times(duration_s=200.0, drop_share=0.3)
    assert frames[0] == FrameTime(0, 0.0)
    assert len(frames) == pytest.approx(0.7 * 200 * 30, rel=0.03)
    assert max(b.index - a.index for a, b in pairwise(frames)) > 1
    assert all(frame.t_s == pytest.approx(frame.index / 30) for frame in frames)


def test_capture_times_spread_as_the_jitter_says():
    frames = times(duration_s=400.0, frame_rate_hz=10.0, jitter_s=0.01)
    late_s = np.array([frame.t_s - frame.index / 10 for frame in frames])
    assert late_s.std() == pytest.approx(0.01, rel=0.06)


@settings(max_examples=40, deadline=None)
@example(0.01, 120.0, 0.2, 0.95, 3)
@given(
    st.floats(0.01, 8.0),
    st.floats(1.0, 120.0),
    st.floats(0.0, 0.2),
    st.floats(0.0, 0.95),
    st.integers(0, 2**32 - 1),
)
def test_frames_never_turn_back_or_leave_the_drive(duration_s, rate_hz, jitter_s, drop, seed):
    frames = times(duration_s, seed, frame_rate_hz=rate_hz, jitter_s=jitter_s, drop_share=drop)
    t_s = np.array([frame.t_s for frame in frames])
    assert t_s[0] >= 0.0 and t_s[-1] < duration_s
    assert (np.diff(t_s) > LEAST_STEP_S / 2).all()
    assert (np.diff([frame.index for frame in frames]) >= 1).all()


def test_seed_decides_which_frames_are_lost():
    faults = {"drop_share": 0.2, "jitter_s": 0.005}
    assert times(seed=1, **faults) == times(seed=1, **faults)
    assert times(seed=1, **faults) != times(seed=2, **faults)
