"""A photographed smile brought to rest: lips together over the teeth, the mouth's corners back.

In: canvas and points as photographed. Out: the same with the mouth that a resting face has.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.face_actions import ACTIONS, EXTRAS, shifts
from driver_simulator.picture.portrait import PX_PER_M
from driver_simulator.picture.resample import resampled
from driver_simulator.picture.skin import Skin, lip_lines
from edge_app.face.landmark_layout import COUNT, PARTS

Floats = NDArray[np.float32]

PX_PER_MM = PX_PER_M / 1000
_RESTING_MM, _SMILE_WIDENS_MM = 52.0, 18.0
"""A resting mouth's usual width (Farkas 1994: 50 to 54 mm), and what a full smile adds to it."""
_MOST_BACK = 0.7
_SEAM, _SEAM_PX = 0.4, 1.3
_LEAST_GAP_PX = 1.5


def with_shut_mouth(
    texture: NDArray[np.uint8], points: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """texture: (H, W, 3); points: (146, 2) px -> both moved."""
    lips = points[PARTS["lips_inner"]]
    width_mm = float(np.hypot(*(lips[10] - lips[0]))) / PX_PER_MM
    smile = float(np.clip((width_mm - _RESTING_MM) / _SMILE_WIDENS_MM, 0, _MOST_BACK))
    ways = (
        _closing(points)
        - smile * shifts(points.astype(np.float64))[ACTIONS.index("lip_corner_puller")]
    )
    gap = float(np.abs(lips[1:10, 1] - lips[19:10:-1, 1]).max())
    skin = Skin(points, ways[None])
    moved = skin.moved(np.ones(1, dtype=np.float32), 0.0)
    assert moved is not None
    shut = texture.copy()
    shut[moved.window] = resampled(texture, moved.place, smooth=True)
    if gap > _LEAST_GAP_PX:
        _draw_seam(shut, moved.lips)
    return shut, skin.moved_points(np.ones(1, dtype=np.float32), 0.0)


def _closing(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """(146 + EXTRAS, 2): inner lips meet half way, the outer ones follow."""
    ways = np.zeros((COUNT + EXTRAS, 2))
    inner = points[PARTS["lips_inner"]].astype(np.float64)
    lower, upper = np.arange(1, 10), np.arange(19, 10, -1)
    half = (inner[lower] - inner[upper]) / 2
    for part, share in (("lips_inner", 1.0), ("lips_outer", 0.85)):
        start = PARTS[part].start
        ways[start + upper] = share * half
        ways[start + lower] = -share * half
    return ways


def _draw_seam(texture: NDArray[np.uint8], lips: Floats) -> None:
    """The dark line between closed lips, which a photographed gap does not have."""
    left, right = int(lips[0, 0]), int(lips[10, 0]) + 1
    x = np.arange(left, right, dtype=np.float32)
    upper, lower = lip_lines(lips, x)
    seam = (upper + lower) / 2
    top, bottom = int(seam.min()) - 5, int(seam.max()) + 6
    y = np.arange(top, bottom, dtype=np.float32)[:, None]
    ends = np.clip(np.minimum(x - left, right - x) / 6, 0, 1)
    dark = 1 - _SEAM * ends * np.exp(-(((y - seam) / _SEAM_PX) ** 2))
    window = texture[top:bottom, left:right]
    window[:] = (window * dark[..., None]).astype(np.uint8)
