"""Where a head's own neck gives way to the body's: a head turns and tilts, the neck below it bends.

In: a head's coverage and the neck as it is laid under it. Out: the coverage without what juts out beside that neck.
"""

from __future__ import annotations

import cv2
import numpy as np

from driver_simulator.picture.head_picture import HeadPicture
from driver_simulator.picture.layer import Picture, Placed
from edge_app.face.landmark_layout import PARTS

_BELOW_CHIN_M = (0.012, 0.034)
"""From the first on the neck limits the head, from the second on fully."""
_SOFT_PX = 5


def within_neck(head: HeadPicture, neck: Placed | None, scale: float) -> Picture:
    """scale: pixels for a metre at the head."""
    chin_px = float(head.points[PARTS["oval"]][:, 1].max())
    first, last = (chin_px + below_m * scale - head.top_px for below_m in _BELOW_CHIN_M)
    height, width = head.alpha.shape
    top = max(0, int(first))
    if neck is None or top >= height:
        return head.alpha
    room = np.zeros((height - top, width), dtype=np.uint8)
    _copy_common(neck, room, head.left_px, head.top_px + top)
    room = np.asarray(cv2.blur(room, (_SOFT_PX, _SOFT_PX)), dtype=np.uint8)
    rows = np.arange(top, height, dtype=np.float32)
    free = np.clip((last - rows) / (last - first), 0.0, 1.0) * 255
    limit = cv2.max(room, np.repeat(free.astype(np.uint8)[:, None], width, axis=1))
    alpha = head.alpha.copy()
    alpha[top:] = cv2.min(alpha[top:], limit)
    return alpha


def _copy_common(neck: Placed, room: Picture, left_px: int, top_px: int) -> None:
    """The neck's coverage to where it is in `room`, a window of the frame."""
    height, width = room.shape
    neck_height, neck_width = neck.painted.shape[:2]
    left, right = max(left_px, neck.left_px), min(left_px + width, neck.left_px + neck_width)
    top, bottom = max(top_px, neck.top_px), min(top_px + height, neck.top_px + neck_height)
    if left >= right or top >= bottom:
        return
    room[top - top_px : bottom - top_px, left - left_px : right - left_px] = neck.painted[
        top - neck.top_px : bottom - neck.top_px, left - neck.left_px : right - neck.left_px, 3
    ]
