"""The sound of a video or a recording as 16 kHz mono float32, with when it begins. Decoded by PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.packet import Packet
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

    Damaged packets are as long silence, and so is what is no number: what follows them stays where it was.
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


class _ToMono:
    """Frames of sound to 16 kHz mono. A track may change its rate or its channels on its way, as broadcasts do."""

    def __init__(self) -> None:
        self._form: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def of(self, frame: AudioFrame) -> Iterator[NDArray[np.float32]]:
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:
            yield from self.rest()
            self._form = form
            self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
        assert self._resampler is not None
        frame.pts = None  # of a damaged file they jump, which the resampler refuses
        yield from (_numbers(one) for one in self._resampler.resample(frame))

    def rest(self) -> Iterator[NDArray[np.float32]]:
        if self._resampler is not None:
            yield from (_numbers(one) for one in self._resampler.resample(None))


def _samples(container: InputContainer) -> Iterator[NDArray[np.float32]]:
    to_mono = _ToMono()
    for packet in container.demux(container.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:  # decoders have several words for damage
            yield np.zeros(_length(packet), np.float32)
            continue
        for frame in frames:
            assert isinstance(frame, AudioFrame)
            yield from to_mono.of(frame)
    yield from to_mono.rest()


def _length(packet: Packet[Any]) -> int:
    """Samples; 0 where nobody tells."""
    if not packet.duration or not packet.time_base:
        return 0
    return round(float(packet.duration * packet.time_base) * SAMPLE_RATE_HZ)


def _numbers(frame: AudioFrame) -> NDArray[np.float32]:
    samples = np.asarray(frame.to_ndarray(), np.float32).reshape(-1)
    return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)


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
