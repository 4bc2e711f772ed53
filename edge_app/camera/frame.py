"""One picture with the time at which it was taken: what every source delivers and perception consumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture and its capture time.

    image: (H, W, 3) uint8 BGR, or (H, W) uint8 luma from a monochrome camera; read-only by agreement.
    t_s: monotonic capture time in seconds. The sensor's own time where there is one; for a file, the time in the
        file, counted from its first frame.
    index: the source's frame number from 0. A jump means frames were dropped on the way.
    """

    image: NDArray[np.uint8]
    t_s: float
    index: int

    @property
    def width_px(self) -> int:
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        return int(self.image.shape[0])
