"""Brings painted layers and heads into the light of an instant."""

from __future__ import annotations

import cv2
import numpy as np

from driver_simulator.picture.head_light import FIELD_STEP_PX as HEAD_STEP_PX
from driver_simulator.picture.head_light import head_normals
from driver_simulator.picture.head_picture import HeadPicture
from driver_simulator.picture.layer import FIELD_STEP_PX, Field, Layer, Picture, brightened
from driver_simulator.picture.light import Light, LightOverTime, gain
from driver_simulator.picture.projection import AIM_M, Projection

_MOST_LAMP = 2.6
"""Cameras turn their lamp or their exposure down for what comes near."""


class Lighting:
    """Fields of light for one camera. Remembers lit layers for as long as the light stays as it is."""

    def __init__(self, over_time: LightOverTime, projection: Projection, *, luma: bool) -> None:
        self._over_time, self._projection, self._luma = over_time, projection, luma
        self._usual_m = float(np.linalg.norm(np.array(AIM_M) - projection.position))
        self._lit: dict[int, tuple[Light, Layer, Picture]] = {}

    def lamp_share_at(self, depth_m: float) -> float:
        """How much of the camera's own lamp arrives, against the driver's usual place."""
        return min(_MOST_LAMP, (self._usual_m / max(depth_m, 0.05)) ** 2)

    def on_layer(
        self, layer: Layer, light: Light, *, beam_share: float = 0.75, lamp_share: float = 0.85
    ) -> Picture:
        """`layer.painted` in the light, where it was painted."""
        known = self._lit.get(id(layer))
        if known is not None and known[0] == light:
            return known[2]
        field = self.field(
            layer.normals,
            light,
            layer.left_px,
            layer.top_px,
            FIELD_STEP_PX * layer.px_step,
            beam_share,
            lamp_share,
        )
        lit = brightened(layer.painted, field)
        # The layer itself is kept too: while it is, no other can have its id.
        self._lit[id(layer)] = light, layer, lit
        return lit

    def on_head(self, head: HeadPicture, scale: float, light: Light) -> Picture:
        """The head's colours in the light; scale: pixels for a metre at the head."""
        height, width = head.alpha.shape
        normals = head_normals(
            head.points, (head.left_px, head.top_px, width, height), scale, self._projection.axes
        )
        field = self.field(
            normals,
            light,
            head.left_px,
            head.top_px,
            HEAD_STEP_PX,
            lamp_share=self.lamp_share_at(self._projection.focal_px / scale),
        )
        colour = np.asarray(cv2.extractChannel(head.bgr, 0)) if self._luma else head.bgr
        return brightened(np.asarray(colour, dtype=np.uint8), field)

    def field(
        self,
        normals: Field,
        light: Light,
        left_px: int,
        top_px: int,
        step_px: int,
        beam_share: float = 1.0,
        lamp_share: float = 1.0,
    ) -> Field:
        rows, columns = normals.shape[:2]
        across = (left_px + (np.arange(columns) + 0.5) * step_px) / self._projection.width_px
        down = (top_px + (np.arange(rows) + 0.5) * step_px) / self._projection.height_px
        bright = gain(
            light,
            self._over_time,
            normals,
            -self._projection.axes[:, 2],
            across.astype(np.float32),
            down.astype(np.float32),
            beam_share=beam_share,
            lamp_share=lamp_share,
        )
        return np.asarray(bright[..., :1] if self._luma else bright, dtype=np.float32)
