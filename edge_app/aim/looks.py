"""The looks of a stretch of time, and what they say together: shares of frames, medians over frames with a face."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from edge_app.aim.look import FaceLook, Look
from edge_app.driver_state.signals import Unavailable

WINDOW_S = 10.0
_SILENT_AFTER_S = 1.0


class Looks:
    """Read only; in order of time."""

    def __init__(self, looks: Iterable[Look]) -> None:
        self.all: Sequence[Look] = tuple(looks)
        self.frames = tuple(look for look in self.all if look.is_frame)
        self.faces: tuple[FaceLook, ...] = tuple(
            look.face for look in self.frames if look.face is not None
        )

    @property
    def last_with_face(self) -> Look | None:
        return next((look for look in reversed(self.frames) if look.face is not None), None)

    @property
    def is_silent(self) -> bool:
        """The camera has stopped delivering."""
        if not self.all:
            return True
        last_frame_s = self.frames[-1].t_s if self.frames else self.all[0].t_s - _SILENT_AFTER_S
        return self.all[-1].t_s - last_frame_s >= _SILENT_AFTER_S

    @property
    def frame_rate_hz(self) -> float | None:
        """Of the frames that came to be judged; None of less than half a second."""
        if len(self.frames) < 3 or self.frames[-1].t_s - self.frames[0].t_s < 0.5:
            return None
        return (len(self.frames) - 1) / (self.frames[-1].t_s - self.frames[0].t_s)

    def share(self, holds: Callable[[Look], bool]) -> float:
        """0..1 of the frames; 0 of none."""
        if not self.frames:
            return 0.0
        return sum(map(holds, self.frames)) / len(self.frames)

    def most_common(self, reason: Callable[[Look], Unavailable | None]) -> Unavailable | None:
        counted = Counter(found for look in self.frames if (found := reason(look)) is not None)
        return counted.most_common(1)[0][0] if counted else None

    def middle(self, number: Callable[[FaceLook], float | None]) -> float | None:
        """The median over frames with a face that tell it."""
        told = [value for face in self.faces if (value := number(face)) is not None]
        return median(told) if told else None

    def middle_of(self, number: Callable[[Look], float | None]) -> float | None:
        told = [value for look in self.frames if (value := number(look)) is not None]
        return median(told) if told else None


class LookWindow:
    """The last seconds."""

    def __init__(self, length_s: float = WINDOW_S) -> None:
        self._length_s = length_s
        self._looks: deque[Look] = deque()

    def step(self, look: Look) -> None:
        if self._looks and look.t_s < self._looks[-1].t_s:
            self._looks.clear()  # the clip began anew
        self._looks.append(look)
        while self._looks[0].t_s < look.t_s - self._length_s:
            self._looks.popleft()

    @property
    def looks(self) -> Looks:
        return Looks(self._looks)
