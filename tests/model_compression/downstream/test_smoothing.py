"""Frames without a face are filled in, windows are cut at the ends, and the causal filter sees no future."""

from __future__ import annotations

import numpy as np

from model_compression.downstream.affect import VideoAffect, over_time
from model_compression.downstream.smoothing import box, causal_box, filled, held

PRESENT = np.array([False, True, False, False, True, False])
SAID = np.array([[9.0], [1.0], [9.0], [9.0], [4.0], [9.0]])


def test_frames_without_a_face_lie_on_the_line_between_faces_and_at_the_ends_are_the_nearest() -> (
    None
):
    assert filled(SAID, PRESENT)[:, 0].tolist() == [1, 1, 2, 3, 4, 4]


def test_from_the_past_alone_the_last_answer_is_held_and_before_the_first_it_is_none() -> None:
    assert held(SAID, PRESENT)[:, 0].tolist() == [0, 1, 1, 1, 4, 4]


def test_box_is_the_mean_of_the_frames_that_are_there() -> None:
    values = np.arange(6, dtype=np.float64)[:, None]
    assert np.allclose(box(values, 1)[:, 0], [0.5, 1, 2, 3, 4, 4.5])
    assert np.allclose(causal_box(values, 2)[:, 0], [0, 0.5, 1, 2, 3, 4])
    assert np.array_equal(box(values, 0), values)


def test_changing_the_future_changes_no_causal_answer() -> None:
    rng = np.random.default_rng(0)
    said, present = rng.normal(size=(80, 2)).astype(np.float32), rng.random(80) < 0.6
    before = over_time(_video(said, present), "causal", 10)
    changed, other = said.copy(), present.copy()
    changed[41:] = 5.0
    other[41:] = ~other[41:]
    after = over_time(_video(changed, other), "causal", 10)
    assert np.array_equal(before[:41], after[:41])
    assert not np.array_equal(
        over_time(_video(said, present), "smoothed", 10)[:41],
        over_time(_video(changed, other), "smoothed", 10)[:41],
    )


def _video(said: np.ndarray, present: np.ndarray) -> VideoAffect:
    return VideoAffect("one", "", said, present, np.full_like(said, np.nan))
