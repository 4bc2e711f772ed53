"""Which frames of a long video are read: all, every so many, or those nearest to an even grid of fewer a second."""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge_app.errors import UserError

_NO_THINNING = 0.99  # a rate so near to the video's own keeps every frame


@dataclass(frozen=True, slots=True)
class Thinning:
    every: int = 1
    frame_rate_hz: float | None = None  # at most

    def __post_init__(self) -> None:
        """Raises `UserError`."""
        if self.every < 1:
            raise UserError(f"--every is {self.every} but must be 1 or more.")
        if self.frame_rate_hz is None:
            return
        if not 0 < self.frame_rate_hz < math.inf:
            raise UserError(f"--frame-rate is {self.frame_rate_hz:g} but must be more than 0.")
        if self.every > 1:
            raise UserError("--every and --frame-rate are both given; give one of them.")

    def keeps(self, index: int, own_hz: float) -> bool:
        """index: of the video's own frames."""
        if not self._thins(own_hz):
            return index % self.every == 0
        assert self.frame_rate_hz is not None
        step = own_hz / self.frame_rate_hz
        return (
            math.ceil((index - 0.5) / step) * step < index + 0.5
        )  # an instant of the grid is nearest to it

    def rate_hz(self, own_hz: float) -> float:
        """Of the frames that are kept."""
        if self._thins(own_hz):
            assert self.frame_rate_hz is not None
            return self.frame_rate_hz
        return own_hz / self.every

    def _thins(self, own_hz: float) -> bool:
        return self.frame_rate_hz is not None and self.frame_rate_hz < _NO_THINNING * own_hz
