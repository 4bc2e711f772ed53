"""References that moved: how what is remembered on the old scale of closure reads on the new one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScaleChange:
    """What a closure on the scale of the last frame is on this one's: `offset + factor * closure`."""

    offset: float
    factor: float

    def of(self, closure: float) -> float:
        return self.offset + self.factor * closure
