"""How one eye of this driver reads when it is shut: learned from the bottoms of blinks."""

from __future__ import annotations

from collections import deque

_REMEMBERED = 60
_QUANTILE = 0.2
"""Up to half of the blinks of somebody awake are incomplete (Himebaugh et al. 2009), and a camera misses the bottom of
others; so the floor that many reach is taken, and not their mean. A held closure goes as deep, or deeper."""


class ShutEye:
    """Lowest openness of each of the last blinks."""

    def __init__(self) -> None:
        self._bottoms: deque[float] = deque(maxlen=_REMEMBERED)

    @property
    def blinks(self) -> int:
        return len(self._bottoms)

    @property
    def level(self) -> float | None:
        if not self._bottoms:
            return None
        return sorted(self._bottoms)[int(_QUANTILE * len(self._bottoms))]

    def start_from(self, level: float, blinks: int) -> None:
        self._bottoms.extend([level] * blinks)

    def add(self, bottom: float) -> None:
        self._bottoms.append(bottom)
