"""The grid of directions over which a head's shape and what it shows are told.

A direction is `turn` and `level`. `turn` stands in for an angle around the axis, -2..2, 0 ahead and 1 to the picture's
right: 1 + z / (|x| + |z|), with the sign of x. `level` is px below the head's centre; above it, up to the dome's top,
-DOME_LEVELS * up / (up + distance from the axis). Axes are the head's own, in px of the canvas: x to the picture's
right, y down, z away, from the middle between the eyes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.portrait import PX_PER_M

Doubles = NDArray[np.float64]

PX_PER_MM = PX_PER_M / 1000
AXIS_DOWN_PX, AXIS_BEHIND_PX = -8 * PX_PER_MM, 80 * PX_PER_MM
"""The axis stands between the ears; above this height the head is a dome around it."""
DOME_LEVELS = 200.0
"""Levels from the centre's height up to the crown."""
TURNS, LEVELS = 257, 200
LOWEST_LEVEL = 420.0


def directions() -> tuple[Doubles, Doubles, Doubles]:
    """For each node: its unit direction from the axis (x, up share as y, ahead), and its height on the axis."""
    turns = np.linspace(-2, 2, TURNS)
    levels = np.linspace(-DOME_LEVELS, LOWEST_LEVEL, LEVELS)
    around = np.where(np.abs(turns) <= 1, turns, np.sign(turns) * (2 - np.abs(turns)))
    ahead = np.where(np.abs(turns) <= 1, 1.0, -1.0) * (1 - np.abs(around))
    length = np.hypot(around, ahead)
    flat = np.column_stack([around / length, ahead / length])
    share = np.clip(-levels / DOME_LEVELS, 0, 1)
    up, out = share, 1 - share
    norm = np.hypot(up, out)
    up, out = up / norm, out / norm
    direction = np.stack(
        [
            out[:, None] * flat[None, :, 0],
            np.broadcast_to(-up[:, None], (LEVELS, TURNS)),
            -out[:, None] * flat[None, :, 1],
        ],
        axis=-1,
    )
    return direction, np.maximum(levels, 0.0), levels
