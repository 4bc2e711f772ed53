"""The ring between two processes: the newest frame, whole."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from edge_app.camera.frame import Frame
from edge_app.camera.shared_frames import FrameRingReader, FrameRingWriter

PROJECT = Path(__file__).resolve().parents[2]
LARGE = (720, 1280, 3)

# One large picture in four, each filled with its index: the small ones overtake a reader of the large.
WRITER = f"""
import sys
import numpy as np
from edge_app.camera.frame import Frame
from edge_app.camera.shared_frames import FrameRingWriter

ring = FrameRingWriter(int(sys.argv[1]))
large, small = np.zeros({LARGE}, np.uint8), np.zeros((48, 64, 3), np.uint8)
index = 0
while True:
    image = small if index % 4 else large
    image.fill(index % 251)
    ring.write(Frame(image, index / 8, index), index * 2.0)
    index += 1
"""


def test_reader_gets_the_newest_frame_once() -> None:
    reader = FrameRingReader(1000)
    writer = FrameRingWriter(reader.fd)
    assert reader.read_newest(0) is None
    for index in range(5):
        writer.write(Frame(np.full((4, 6, 3), index, np.uint8), index * 0.1, index), 7.0 + index)
    shared = reader.read_newest(0)
    assert shared is not None
    assert (shared.number, shared.frame.index, shared.frame.t_s) == (5, 4, 0.4)
    assert shared.captured_s == 11.0
    assert shared.frame.image.shape == (4, 6, 3)
    assert (shared.frame.image == 4).all()
    assert reader.read_newest(5) is None
    reader.close()


def test_luma_picture_stays_luma() -> None:
    reader = FrameRingReader(1000)
    FrameRingWriter(reader.fd).write(Frame(np.full((4, 6), 9, np.uint8), 0.0, 0), 0.0)
    shared = reader.read_newest(0)
    assert shared is not None and shared.frame.image.shape == (4, 6)
    reader.close()


def test_frame_read_stays_as_it_was_when_the_ring_goes_round() -> None:
    reader = FrameRingReader(1000)
    writer = FrameRingWriter(reader.fd)
    writer.write(Frame(np.full((4, 6), 9, np.uint8), 0.0, 0), 0.0)
    shared = reader.read_newest(0)
    for index in range(1, 7):
        writer.write(Frame(np.full((4, 6), 77, np.uint8), 0.0, index), 0.0)
    assert shared is not None and (shared.frame.image == 9).all()
    reader.close()


def test_only_pictures_of_bytes_that_the_slots_can_hold_fit() -> None:
    reader = FrameRingReader(1024)
    writer = FrameRingWriter(reader.fd)
    assert writer.fits(np.zeros((32, 32), np.uint8))
    assert not writer.fits(np.zeros((32, 33), np.uint8))
    assert not writer.fits(np.zeros((0, 32), np.uint8))
    assert not writer.fits(np.zeros((8, 8), np.float32))  # type: ignore[arg-type]
    assert not writer.fits(np.zeros((4, 4, 3, 2), np.uint8))
    reader.close()


def test_writer_at_full_speed_never_hands_over_a_torn_frame() -> None:
    reader = FrameRingReader(int(np.prod(LARGE)))
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(reader.fd)], cwd=PROJECT, pass_fds=(reader.fd,)
    ) as writer:
        try:
            last, frames, deadline_s = 0, 0, time.monotonic() + 10.0
            end_s: float | None = None
            while time.monotonic() < (end_s or deadline_s):
                shared = reader.read_newest(last)
                if shared is None:
                    continue
                end_s = end_s or time.monotonic() + 1.5
                frame = shared.frame
                assert shared.number == frame.index + 1 > last
                assert (frame.t_s, shared.captured_s) == (frame.index / 8, frame.index * 2.0)
                assert frame.image.shape == (LARGE if frame.index % 4 == 0 else (48, 64, 3))
                assert frame.image.min() == frame.image.max() == frame.index % 251
                last, frames = shared.number, frames + 1
        finally:
            writer.kill()
    reader.close()
    assert frames > 50


def test_writer_killed_in_the_middle_of_a_frame_leaves_the_ring_readable() -> None:
    reader = FrameRingReader(1000)
    writer = FrameRingWriter(reader.fd)
    writer.write(Frame(np.full((4, 6), 9, np.uint8), 0.0, 0), 0.0)
    writer._words[2][0] = 2 * 2 - 1  # frame number 2 begun, never finished
    shared = reader.read_newest(0)
    assert shared is not None and shared.number == 1
    reader.close()
