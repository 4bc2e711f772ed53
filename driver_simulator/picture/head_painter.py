"""A driver's head at one instant: eyes, mouth and skin as scripted, turned as the camera sees it.

In: a portrait, what is worn, a `DriverMoment` and the head's rotation. Out: a `HeadPicture`. The face is animated on
the canvas first; then the solid head is seen from the camera. Nothing is remembered between frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.picture.eyes import EyePainter
from driver_simulator.picture.face_actions import shifts, weights_of
from driver_simulator.picture.furrows import Furrows
from driver_simulator.picture.head_grid import PX_PER_MM
from driver_simulator.picture.head_picture import HeadPicture
from driver_simulator.picture.head_shape import HeadShape
from driver_simulator.picture.mouth import MouthPainter
from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.overlay_painter import OverlayPainter
from driver_simulator.picture.portrait import (
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    EYES_MIDDLE_PX,
    PX_PER_M,
    Portrait,
)
from driver_simulator.picture.relief import PIVOT_PX, Relief
from driver_simulator.picture.resample import resampled
from driver_simulator.picture.skin import Skin
from edge_app.face.landmark_layout import PARTS

Rotation = NDArray[np.float64]
Floats = NDArray[np.float32]

_NECK_FADES_MM = (14.0, 58.0)
"""Below the chin, where the drawn neck gives way to the body's."""


class HeadPainter:
    """Draws one person's head."""

    def __init__(
        self, portrait: Portrait, *, eye_aperture_mm: float, overlays: Sequence[Overlay] = ()
    ) -> None:
        self._portrait = portrait
        self._eyes = {
            side: EyePainter(portrait, side, eye_aperture_mm) for side in ("left", "right")
        }
        self._skin = Skin(portrait.points, shifts(portrait.points.astype(np.float64)))
        self._furrows = Furrows(portrait.points, portrait.skin_bgr)
        self._mouth = MouthPainter(portrait.texture, portrait.points, portrait.skin_bgr)
        self._shape = HeadShape(portrait)
        self._flat_to_space = np.linalg.inv(portrait.rotation[:2, :2])
        chin = float(portrait.points[PARTS["oval"]][:, 1].max())
        lowest_px = chin - EYES_MIDDLE_PX[1] + _NECK_FADES_MM[1] * PX_PER_MM
        self._relief = Relief(self._shape, lowest_px=lowest_px)
        self._base = np.dstack([portrait.texture, _neck_alpha(chin)])
        self._cloth = any(overlay.follows_skin for overlay in overlays)
        self._overlays = [OverlayPainter(overlay) for overlay in overlays]

    def paint(
        self,
        moment: DriverMoment,
        rotation: Rotation,
        *,
        centre_px: tuple[float, float],
        pixels_per_m: float,
        frame_size: tuple[int, int],
    ) -> HeadPicture:
        """rotation: of the head as the camera sees it. centre_px: where `PIVOT` is. frame_size: width, height."""
        canvas, points = self._animated(moment)
        placed = self._placed(points, rotation, centre_px, pixels_per_m)
        view = self._relief.seen(
            rotation,
            centre_px=centre_px,
            pixels_per_m=pixels_per_m,
            frame_size=frame_size,
            jaw_drop=moment.actions.jaw_drop,
        )
        if view is None:
            nothing = np.zeros((0, 0, 3), dtype=np.uint8)
            return HeadPicture(nothing, nothing[..., 0], 0, 0, placed)
        seen = resampled(canvas, view.place)
        alpha = cv2.multiply(cv2.extractChannel(seen, 3), view.coverage, scale=1 / 255)
        return HeadPicture(
            np.asarray(cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR), dtype=np.uint8),
            np.asarray(alpha, dtype=np.uint8),
            view.left_px,
            view.top_px,
            placed,
        )

    def _animated(self, moment: DriverMoment) -> tuple[NDArray[np.uint8], Floats]:
        """The canvas (H, W, 4) with the face at this moment, and its points there."""
        canvas = self._base.copy()
        actions = moment.actions
        points = self._portrait.points.copy()
        for side, closure in (("left", moment.closure_left), ("right", moment.closure_right)):
            eye = self._eyes[side]
            gaze = (moment.gaze_yaw_rad, moment.gaze_pitch_rad)
            eye.paint(canvas, closure, *gaze, actions.cheek_raiser)
            lids, iris = eye.points(closure, *gaze, actions.cheek_raiser)
            points[PARTS[f"eyelid_{side}"]], points[PARTS[f"iris_{side}"]] = lids, iris
        weights = weights_of(actions)
        self._furrows.paint(canvas, weights)
        moved = self._skin.moved(weights, actions.jaw_drop, with_cloth=self._cloth)
        still = self._portrait.points
        if moved is not None:
            canvas[moved.window] = resampled(canvas, moved.place)
            self._mouth.paint(canvas, moved.lips)
            points += self._skin.moved_points(weights, actions.jaw_drop) - still
        for worn in self._overlays:
            worn.paint(canvas, moved)
        return canvas, points

    def _placed(
        self,
        points: Floats,
        rotation: Rotation,
        centre_px: tuple[float, float],
        pixels_per_m: float,
    ) -> Floats:
        """Points of the animated canvas in the frame."""
        space = self._shape.points.copy()
        space[:, :2] += (points - self._portrait.points) @ self._flat_to_space.T
        flat = (space - PIVOT_PX) @ rotation[:2].T
        placed = flat * (pixels_per_m / PX_PER_M) + np.array(centre_px)
        return np.asarray(placed, dtype=np.float32)


def _neck_alpha(chin: float) -> NDArray[np.uint8]:
    """(H, W): opaque down to the neck, then fading out."""
    rows = np.arange(CANVAS_HEIGHT_PX, dtype=np.float32)
    start, end = (chin + below * PX_PER_MM for below in _NECK_FADES_MM)
    fade = np.clip((end - rows) / (end - start), 0, 1) * 255
    return np.repeat(fade.astype(np.uint8)[:, None], CANVAS_WIDTH_PX, axis=1)
