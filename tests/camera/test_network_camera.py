"""A real RTSP client against a camera on this machine."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np

from edge_app.camera.capture import Capture
from edge_app.camera.faults import CameraFault
from edge_app.camera.settings import CameraSettings
from edge_app.camera.sources import open_source
from tests.camera.pictures import number_in
from tests.camera.rtsp_server import RATE_HZ, RtspCamera


def test_network_camera_delivers_its_pictures_on_this_machines_clock() -> None:
    with RtspCamera() as camera:
        source = open_source(camera.uri, CameraSettings())
        assert source.live
        frames, ages_s = [], []
        for _ in range(40):
            frame = source.read()
            assert frame is not None
            frames.append(frame)
            ages_s.append(time.monotonic() - frame.t_s)
        source.close()
    numbers = [number_in(frame.image) for frame in frames]
    # A picture or two may fall to the search for the stream's clock at the start.
    assert all(after - before == 1 for before, after in pairwise(numbers[5:]))
    assert all(after.t_s > before.t_s for before, after in pairwise(frames))
    spacing_s = np.diff([frame.t_s for frame in frames])
    # The first pictures wait while the client probes the stream; then the spacing is the camera's.
    np.testing.assert_allclose(spacing_s[-10:], 1 / RATE_HZ, atol=0.005)
    assert -0.001 < min(ages_s) < 0.1


def test_network_camera_that_vanishes_is_unplugged_and_comes_back() -> None:
    with RtspCamera() as camera:
        capture = Capture(CameraSettings(source=camera.uri, reopen_first_s=0.05))
        capture.start()
        times_s: list[float] = []
        faults = set()
        unplugged_s = float("inf")
        deadline_s = time.monotonic() + 20.0
        while time.monotonic() < deadline_s and not (faults and times_s[-1] > unplugged_s):
            turn = capture.next(0.1)
            if turn.frame is not None:
                times_s.append(turn.frame.t_s)
            if turn.fault not in (None, CameraFault.LATE):
                faults.add(turn.fault)
            if len(times_s) == 10 and not faults:
                unplugged_s = time.monotonic()
                camera.unplug()
        capture.close()
    assert faults == {CameraFault.UNPLUGGED}
    assert times_s[-1] > unplugged_s
    assert times_s == sorted(times_s)
