"""Frames thinned to a rate, cut into windows, and a window's label from those of its frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.camera.frame import Frame
from edge_app.camera.source import UnusableSourceError
from model_compression.data.clips.decoding import VideoReader
from model_compression.data.clips.source_video import NO_LABEL, FrameLabels, SourceVideo
from model_compression.data.clips.windows import MIXED, UNLABELLED, majority, windows
from tests.model_compression.data.clips.miniature_sets import (
    empty_frames,
    write_pictures,
    write_text,
    write_video,
)


def frames(count: int) -> list[Frame]:
    return [Frame(np.zeros((2, 2), np.uint8), n / 10, n) for n in range(count)]


def indices(count: int, length: int | None, stride: int | None = None) -> list[list[int]]:
    return [[f.index for f in window] for window in windows(frames(count), length, stride)]


def test_windows_follow_each_other_and_the_rest_is_left_out() -> None:
    assert indices(8, 3) == [[0, 1, 2], [3, 4, 5]]


def test_windows_may_overlap() -> None:
    assert indices(6, 3, 1) == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]


def test_windows_may_leave_gaps() -> None:
    assert indices(10, 2, 4) == [[0, 1], [4, 5], [8, 9]]


def test_without_a_length_all_frames_are_one_window() -> None:
    assert indices(4, None) == [[0, 1, 2, 3]]


def labelled(*classes: int, share: float = 0.75) -> tuple[int | None, str]:
    return majority(FrameLabels("drowsiness", bytes(classes)), frames(4), share)


def test_window_has_the_label_of_enough_of_its_frames() -> None:
    assert labelled(1, 0, 1, 1) == (1, "")


def test_window_of_mixed_labels_has_none() -> None:
    assert labelled(1, 0, 1, 0, share=0.5) == (None, MIXED)
    assert labelled(1, 0, 1, 1, share=0.8) == (None, MIXED)


def test_frames_beyond_the_labels_count_against_the_window() -> None:
    assert labelled(1, 1) == (None, UNLABELLED)
    assert labelled(1, 1, 1) == (1, "")
    assert labelled(1, 1, NO_LABEL, NO_LABEL) == (None, UNLABELLED)


def test_window_is_labelled_by_the_videos_own_frame_numbers() -> None:
    told = FrameLabels("drowsiness", bytes([0, 0, 0, 0, 1, 1, 1, 1]))
    assert majority(told, frames(8)[4:], 1.0) == (1, "")


def read(video: SourceVideo, rate_hz: float | None) -> tuple[float, list[int]]:
    with VideoReader(video, rate_hz) as reader:
        return reader.frame_rate_hz, [frame.index for frame in reader.frames()]


def test_video_is_thinned_to_the_nearest_frames(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", empty_frames(10))
    video = SourceVideo("a", path)
    assert read(video, None) == (10.0, list(range(10)))
    assert read(video, 5.0) == (5.0, [0, 2, 4, 6, 8])


def test_slower_video_keeps_its_own_rate_and_doubles_no_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", empty_frames(4))
    assert read(SourceVideo("a", path), 30.0) == (10.0, [0, 1, 2, 3])


def test_frames_of_a_folder_come_by_number(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "00001", empty_frames(11), ".png")
    with VideoReader(SourceVideo("1", folder, frame_rate_hz=20.0), None) as reader:
        read_back = list(reader.frames())
    assert [int(frame.image[0, 0, 0]) for frame in read_back] == list(range(60, 71))
    assert read_back[10].t_s == pytest.approx(0.5)


def test_damaged_picture_is_named(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "00001", empty_frames(1))
    write_text(folder / "2.jpg", "no picture")
    with pytest.raises(UnusableSourceError, match=r"2\.jpg: is no readable picture"):
        read(SourceVideo("1", folder), None)
