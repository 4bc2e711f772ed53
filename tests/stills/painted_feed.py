"""A painted driver who falls asleep for a moment, frame by frame, with pixels that are known exactly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from edge_app.camera.capture import CaptureTurn
from edge_app.camera.frame import Frame
from tests.program.painted_driver import painted

FRAME_RATE_HZ = 15
OPEN, SHUT = 0.85, 0.1
NAP = ((3.0, OPEN), (2.2, SHUT), (2.5, OPEN))  # a microsleep and no sleep


class PaintedFeed:
    """`FrameFeed` of a painted driver whose face never leaves the picture; as fast as they are taken."""

    def __init__(self, moments: tuple[tuple[float, float], ...] = NAP) -> None:
        self.openness = [
            openness
            for duration_s, openness in moments
            for _ in range(round(duration_s * FRAME_RATE_HZ))
        ]
        self._frames = self._paint()

    def image(self, number: int) -> NDArray[Any]:
        return painted(True, self.openness[number], 0.0, number)

    def _paint(self) -> Iterator[Frame]:
        for number in range(len(self.openness)):
            yield Frame(self.image(number), number / FRAME_RATE_HZ, number)

    def start(self) -> None:
        return

    def next(self, timeout_s: float) -> CaptureTurn:
        frame = next(self._frames, None)
        return CaptureTurn(
            frame=frame,
            captured_s=None,
            fault=None,
            detail=None,
            dropped=0,
            skipped=0,
            reopened=0,
            ended=frame is None,
        )

    def close(self) -> None:
        return
