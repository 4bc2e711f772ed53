"""The way of pictures from the capture process to its parent: a ring of three slots in shared memory.

The newest frame wins. The memory is an anonymous file handed over by descriptor, so nothing is left behind whichever
process is killed. One writer, one reader, no lock between them: a killed writer must not leave one held.
"""

from __future__ import annotations

import mmap
import os
import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame

_SLOTS = 3
_HEADER_BYTES = 64  # of the ring and of each slot: one cache line
_ATTEMPTS = 4

# Words of 8 bytes in the ring's header.
_CAPACITY, _NEWEST, _SKIPPED = 0, 1, 2
# Words in a slot's header. The sequence is 2 n - 1 while frame number n is being written and 2 n once it stands.
_SEQUENCE, _INDEX, _HEIGHT, _WIDTH, _CHANNELS = 0, 1, 2, 3, 4  # channels 0: a luma picture (H, W)
_T_S, _CAPTURED_S = 5, 6


@dataclass(frozen=True, slots=True)
class SharedFrame:
    """A frame copied out of the ring."""

    frame: Frame
    number: int  # how many frames had been written with this one
    captured_s: float  # monotonic time at which it was taken, or was due where a file is played


class _FrameRing:
    """The layout that both sides map."""

    def __init__(self, fd: int, capacity_bytes: int | None) -> None:
        if capacity_bytes is not None:
            os.ftruncate(fd, _HEADER_BYTES + _SLOTS * (_HEADER_BYTES + _aligned(capacity_bytes)))
        memory = np.frombuffer(mmap.mmap(fd, 0), dtype=np.uint8)
        self._header = memory[:_HEADER_BYTES].view(np.int64)
        if capacity_bytes is not None:
            self._header[_CAPACITY] = _aligned(capacity_bytes)
        self._capacity_bytes = int(self._header[_CAPACITY])
        slots = memory[_HEADER_BYTES:].reshape(_SLOTS, _HEADER_BYTES + self._capacity_bytes)
        self._words = [slot[:_HEADER_BYTES].view(np.int64) for slot in slots]
        self._times = [slot[:_HEADER_BYTES].view(np.float64) for slot in slots]
        self._pixels = [slot[_HEADER_BYTES:] for slot in slots]


class FrameRingWriter(_FrameRing):
    """The capture process's side."""

    def __init__(self, fd: int) -> None:
        super().__init__(fd, None)
        self._fence = threading.Lock()

    def fits(self, image: NDArray[np.uint8]) -> bool:
        """True for a picture (H, W) or (H, W, C) of bytes that a slot can hold."""
        if image.dtype != np.uint8 or image.ndim not in (2, 3):
            return False
        return 0 < image.size <= self._capacity_bytes

    def write(self, frame: Frame, captured_s: float) -> None:
        """Put a picture that `fits` in the place of the oldest."""
        number = int(self._header[_NEWEST]) + 1
        slot = number % _SLOTS
        words, times, image = self._words[slot], self._times[slot], frame.image
        words[_SEQUENCE] = 2 * number - 1
        self._order_stores()
        words[_INDEX] = frame.index
        words[_HEIGHT], words[_WIDTH] = image.shape[:2]
        words[_CHANNELS] = image.shape[2] if image.ndim == 3 else 0
        times[_T_S], times[_CAPTURED_S] = frame.t_s, captured_s
        np.copyto(self._pixels[slot][: image.size].reshape(image.shape), image)
        self._order_stores()
        words[_SEQUENCE] = 2 * number
        self._header[_NEWEST] = number

    def tell_skipped(self, count: int) -> None:
        """Publish how many damaged pictures the source has left out so far."""
        self._header[_SKIPPED] = count

    def _order_stores(self) -> None:
        """ARM may let later stores overtake earlier ones; the atomics of a lock keep them apart."""
        with self._fence:
            pass


class FrameRingReader(_FrameRing):
    """The parent's side, which creates the memory. `fd` is for the capture process to inherit."""

    def __init__(self, capacity_bytes: int) -> None:
        self.fd = os.memfd_create("vigil-frames", os.MFD_CLOEXEC)
        super().__init__(self.fd, capacity_bytes)

    @property
    def skipped_count(self) -> int:
        return int(self._header[_SKIPPED])

    def read_newest(self, after: int) -> SharedFrame | None:
        """Copy out the newest frame, if its number is above `after`.

        None also where the writer has overtaken every attempt: a newer frame is then about to be announced.
        """
        for _ in range(_ATTEMPTS):
            number = int(self._header[_NEWEST])
            if number <= after:
                return None
            copied = self._copy(number)
            if copied is not None:
                return copied
        return None

    def close(self) -> None:
        """Give up the descriptor. The memory goes when the last process that maps it lets go."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _copy(self, number: int) -> SharedFrame | None:
        slot = number % _SLOTS
        words, times = self._words[slot], self._times[slot]
        if words[_SEQUENCE] != 2 * number:
            return None
        index, height, width, channels = (int(word) for word in words[_INDEX : _CHANNELS + 1])
        t_s, captured_s = float(times[_T_S]), float(times[_CAPTURED_S])
        shape = (height, width, channels) if channels else (height, width)
        size = height * width * (channels or 1)
        if not 0 < size <= self._capacity_bytes:  # torn: the sequence would say so below
            return None
        image = self._pixels[slot][:size].reshape(shape).copy()
        if words[_SEQUENCE] != 2 * number:
            return None
        return SharedFrame(Frame(image, t_s, index), number, captured_s)


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // _HEADER_BYTES) * _HEADER_BYTES
