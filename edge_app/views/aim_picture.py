"""The picture for whoever aims the camera: the face's box, the eyes, and the area in which the eyes should be."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.aim.bars import AimBars
from edge_app.aim.look import Look
from edge_app.aim.view import EYE_DISTANCE_M, room_of
from edge_app.camera.frame import Frame

Image = NDArray[np.uint8]
Color = tuple[int, int, int]

_LARGEST_WIDTH_PX = 640  # a telephone shows no more, and the air is narrow
_GOOD: Color = (110, 190, 60)
_BAD: Color = (70, 70, 240)
_WHITE: Color = (245, 245, 245)


def draw_aim(frame: Frame, look: Look, bars: AimBars) -> Image:
    """Returns a new picture (H, W, 3) BGR, up to 640 px wide; the frame is left as it was."""
    scale = min(1.0, _LARGEST_WIDTH_PX / frame.width_px)
    image = np.asarray(
        cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if scale < 1.0
        else frame.image.copy(),
        dtype=np.uint8,
    )
    if image.ndim == 2:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    face, room = look.face, room_of(look)
    if face is None or room is None:
        return image
    thick = max(2, image.shape[1] // 160)
    inset_px = bars.good_room_m / EYE_DISTANCE_M * face.eye_distance_px
    wanted = (inset_px, inset_px, look.width_px - inset_px, look.height_px - inset_px)
    if wanted[2] > wanted[0] and wanted[3] > wanted[1]:
        _rectangle(image, wanted, scale, _WHITE, max(1, thick // 2))
    is_good = (
        min(room.left_m, room.right_m, room.above_m, room.below_m) >= bars.good_room_m
        and face.eye_distance_px >= bars.good_eye_distance_px
    )
    color = _GOOD if is_good else _BAD
    _rectangle(image, face.box, scale, color, thick)
    for x_px, y_px in (face.eye_left_px, face.eye_right_px):
        place = (round(x_px * scale), round(y_px * scale))
        radius = max(2, round(0.16 * face.eye_distance_px * scale))
        cv2.circle(image, place, radius, color, max(1, thick // 2), cv2.LINE_AA)
    return image


def _rectangle(
    image: Image, box: tuple[float, float, float, float], scale: float, color: Color, thick: int
) -> None:
    reach = 4.0 * max(image.shape[:2])
    if not np.all(np.abs(np.array(box) * scale) < reach):
        return  # a perception gone wild
    left, top, right, bottom = (round(edge * scale) for edge in box)
    cv2.rectangle(image, (left, top), (right, bottom), color, thick, cv2.LINE_AA)
