"""Drives drawn from one face: full of gestures, and the same for the same seed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from model_compression.quantization.traces import FRAME_RATE_HZ, Gesture, script, trace
from tests.model_compression.detector.painted_people import face, landmarks

POINTS = landmarks()
PICTURE = face(POINTS)


def test_gesture_rises_holds_and_falls() -> None:
    gesture = Gesture("lids", 10.0, 1.0)
    assert gesture.level(9.9) == 0.0
    assert 0.0 < gesture.level(10.05) < 1.0
    assert gesture.level(10.6) == 1.0
    assert gesture.level(gesture.end_s + 0.01) == 0.0


def test_drives_hold_gestures_of_both_kinds_as_often_as_people_blink() -> None:
    gestures = [g for seed in range(5) for g in script(40.0, np.random.default_rng(seed))]
    a_minute = len(gestures) / (5 * 40.0 / 60)
    assert 12 < a_minute < 25
    assert {g.kind for g in gestures} == {"lids", "mouth"}


def test_gestures_do_not_overlap_and_end_before_the_drive() -> None:
    gestures = script(40.0, np.random.default_rng(0))
    for one, other in pairwise(gestures):
        assert other.start_s > one.end_s
    assert gestures[-1].end_s < 40.0


def test_same_seed_gives_the_same_frames() -> None:
    drives = [
        list(trace(PICTURE, POINTS, duration_s=0.2, rng=np.random.default_rng(4))) for _ in range(2)
    ]
    assert len(drives[0]) == round(0.2 * FRAME_RATE_HZ)
    for one, other in zip(*drives, strict=True):
        assert one.t_s == other.t_s
        np.testing.assert_array_equal(one.image, other.image)
