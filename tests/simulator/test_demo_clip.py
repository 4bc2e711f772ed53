"""The clip that `vigil demo` plays is the scenario that ships, drawn."""

from __future__ import annotations

import av
import numpy as np
import pytest

from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.scenario.frame_times import frame_times
from driver_simulator.simulated_camera import SimulatedCamera
from edge_app.commands.demo import DEMO_CLIP
from tests.clips.clip_edits import read_span
from tests.clips.demo_drive import demo_performance

_MOST_BYTES = 2_000_000
_CODING = 4.0  # grey levels that a compressed picture may differ by on average
_FRAME_S = 1 / demo_performance().scenario.camera.frame_rate_hz
# In the midst of every thing that the driver does; nods go with closed eyes.
_MOMENTS_S = [
    (one.full_from_s + one.full_until_s) / 2
    for one in demo_performance().events
    if one.scripted and one.kind is not EventKind.NOD
]


@pytest.fixture(scope="module")
def camera() -> SimulatedCamera:
    return SimulatedCamera(demo_performance())


def test_clip_is_small_and_has_the_frames_of_the_scenario():
    assert DEMO_CLIP.stat().st_size <= _MOST_BYTES
    with av.open(str(DEMO_CLIP)) as container:
        stream = container.streams.video[0]
        times_s = [
            packet.pts * packet.time_base for packet in container.demux(stream) if packet.size
        ]
    expected_s = [time.t_s for time in frame_times(demo_performance().scenario)]
    assert [float(t_s) for t_s in times_s] == pytest.approx(expected_s, abs=1e-4)


@pytest.mark.parametrize("moment_s", _MOMENTS_S)
def test_clip_shows_what_the_scenario_draws(camera, moment_s):
    (frame, *_) = read_span(DEMO_CLIP, moment_s, moment_s + 2 * _FRAME_S)
    drawn = camera.picture(demo_performance().at(frame.t_s))
    apart = np.abs(frame.image.astype(float) - drawn)
    assert apart.mean() < _CODING
