"""The sound of real files: resampled, mixed to one channel, with when it begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.camera.source import UnusableSourceError
from edge_app.sound.sound_track import read_sound
from tests.model_compression.features.drawn_videos import plain, sweep, write_video, write_wav


def test_a_recording_at_another_rate_is_heard_at_16_khz(tmp_path: Path) -> None:
    told = read_sound(write_wav(tmp_path / "a.wav", sweep(2.0, 44_100), 44_100))
    assert told is not None and told.samples.dtype == np.float32
    assert len(told.samples) == pytest.approx(32_000, abs=50)
    expected = sweep(2.0)
    inside = slice(1000, 31_000)
    assert np.corrcoef(told.samples[inside], expected[inside])[0, 1] > 0.99


def test_a_videos_sound_is_as_long_as_the_video(tmp_path: Path) -> None:
    told = read_sound(write_video(tmp_path / "a.mp4", [plain()] * 20, sweep(2.0)))
    assert told is not None
    assert told.begins_s == pytest.approx(0.0, abs=0.1)
    assert told.ends_s == pytest.approx(2.0, abs=0.15)
    assert np.abs(told.samples).max() > 0.2


def test_a_video_without_sound_has_none(tmp_path: Path) -> None:
    assert read_sound(write_video(tmp_path / "a.mp4", [plain()] * 3)) is None


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(UnusableSourceError, match="cannot be read"):
        read_sound(tmp_path / "a.wav")
