"""The sound of a video or a recording as 16 kHz mono float32, with when it begins. Decoded by PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from numpy.typing import NDArray

from edge_app.camera.source import UnusableSourceError

SAMPLE_RATE_HZ = 16_000


@dataclass(frozen=True, slots=True, eq=False)
class SoundTrack:
    samples: NDArray[np.float32]  # (n,), -1..1
    begins_s: float = 0.0  # from the video's first picture; 0 for a recording beside it

    @property
    def ends_s(self) -> float:
        return self.begins_s + len(self.samples) / SAMPLE_RATE_HZ


def read_sound(path: Path) -> SoundTrack | None:
    """None where there is no sound track, or nothing can be heard of it. Raises `UnusableSourceError`.

    Damaged packets are left out, and what follows them moves up.
    """
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            if not container.streams.audio:
                return None
            begins_s = _begins_s(container)
            parts = list(_samples(container))
    except av.error.FFmpegError as error:
        raise UnusableSourceError(f"{path}: its sound cannot be read ({error.strerror})") from error
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return SoundTrack(samples, begins_s) if len(samples) else None


def _samples(container: InputContainer) -> Iterator[NDArray[np.float32]]:
    to_mono = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    stream = container.streams.audio[0]
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            assert isinstance(frame, AudioFrame)
            frame.pts = None  # of a damaged file they jump, which the resampler refuses
            yield from (_numbers(one) for one in to_mono.resample(frame))
    yield from (_numbers(one) for one in to_mono.resample(None))


def _numbers(frame: AudioFrame) -> NDArray[np.float32]:
    return np.asarray(frame.to_ndarray(), np.float32).reshape(-1)


def _begins_s(container: InputContainer) -> float:
    """Sound may set in before or after the pictures."""
    sound = container.streams.audio[0]
    if not container.streams.video:
        return 0.0
    pictures = container.streams.video[0]
    begins = [
        float(one.start_time * one.time_base)
        if one.start_time is not None and one.time_base
        else 0.0
        for one in (sound, pictures)
    ]
    return begins[0] - begins[1]
