"""The sound of real files: resampled, mixed to one channel, with when it begins."""

from __future__ import annotations

from pathlib import Path

import av
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


def write_sound(path: Path, samples: np.ndarray, rate_hz: int, **stream: str) -> Path:
    """samples: (channels, n)."""
    codec, form = stream.get("codec", "aac"), stream.get("form", "fltp")
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w", format=stream.get("container")) as container:
        track = container.add_stream(codec, rate=rate_hz, layout=layout)
        for first in range(0, samples.shape[1], 1024):
            part = np.ascontiguousarray(samples[:, first : first + 1024])
            frame = av.AudioFrame.from_ndarray(part, format=form, layout=layout)
            frame.sample_rate, frame.pts = rate_hz, first
            container.mux(track.encode(frame))
        container.mux(track.encode(None))
    return path


def test_a_track_may_change_its_rate_and_its_channels(tmp_path: Path) -> None:
    parts = [
        write_sound(
            tmp_path / f"{rate}.aac", np.stack([sweep(2.0, rate)] * n), rate, container="adts"
        )
        for rate, n in ((44_100, 1), (22_050, 2))
    ]
    joined = tmp_path / "joined.aac"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    told = read_sound(joined)
    assert told is not None and told.ends_s == pytest.approx(4.0, abs=0.3)
    assert np.abs(told.samples[-16_000:]).max() > 0.2


def test_damage_in_the_middle_leaves_the_rest_where_it_was(tmp_path: Path) -> None:
    played = sweep(6.0, 44_100)
    played[round(4.0 * 44_100) : round(5.0 * 44_100)] = 0  # then it sets in again
    whole = write_sound(tmp_path / "whole.mp4", played[None], 44_100)
    content = bytearray(whole.read_bytes())
    first = content.index(b"mdat") + 8
    for place in range(first + 2000, first + 8000, 50):
        content[place] ^= 0xFF
    (tmp_path / "damaged.mp4").write_bytes(content)
    told = read_sound(tmp_path / "damaged.mp4")
    assert told is not None
    loud = np.flatnonzero(np.abs(told.samples) > 0.1) / 16_000
    assert loud[loud > 4.5].min() == pytest.approx(5.0, abs=0.1)


def test_what_is_no_number_is_silence(tmp_path: Path) -> None:
    samples = sweep(1.0)[None].copy()
    samples[0, 5000:5100] = np.nan
    samples[0, 6000] = np.inf
    path = write_sound(tmp_path / "a.wav", samples, 16_000, codec="pcm_f32le", form="flt")
    told = read_sound(path)
    assert told is not None and np.isfinite(told.samples).all()
    assert np.abs(told.samples).max() < 1


def test_what_is_no_recording_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(UnusableSourceError, match="cannot be read"):
        read_sound(tmp_path / "a.wav")
