"""Everything behind the driver at one instant: the room in its light, and the outside through its windows."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.cabin import build_cabin
from driver_simulator.picture.layer import FIELD_STEP_PX, Field, Picture, brightened
from driver_simulator.picture.light import Light
from driver_simulator.picture.lighting import Lighting
from driver_simulator.picture.projection import Projection
from driver_simulator.picture.scenery import STEP_PX, Scenery, travelled_m
from driver_simulator.picture.solid_layer import Window
from driver_simulator.scenario.scenario import Scenario, VehicleSpan

_BEAM_SHARE = 0.3
"""Of what falls on the driver's face; the roof shades the rest of the room."""
_LAMP_SHARE = 0.22


class Background:
    """Draws the frame without people."""

    def __init__(
        self, scenario: Scenario, projection: Projection, lighting: Lighting, seed: int
    ) -> None:
        chance = np.random.default_rng([seed, 1])
        self._vehicle: Sequence[VehicleSpan] = scenario.vehicle
        self._lighting = lighting
        self._luma = scenario.camera.spectrum == "near_infrared"
        cabin = build_cabin(projection, scenario.driver_side, chance)
        self._normals = cabin.normals
        self.depth_m = cabin.depth_m
        room, window = cabin.colour, 255 * cabin.window
        if self._luma:
            self._room: Picture = room.mean(axis=2).astype(np.uint8)
            self._window: Picture = window.astype(np.uint8)
        else:
            self._room = room.astype(np.uint8)
            self._window = np.dstack([window.astype(np.uint8)] * 3)
        glass = _bounds(window > 0)
        self._glass = np.s_[
            glass.top : glass.top + glass.height, glass.left : glass.left + glass.width
        ]
        self._scenery = Scenery(projection, glass, chance) if glass.width else None
        self._last: tuple[Light, Picture] | None = None

    def draw(self, light: Light, t_s: float) -> Picture:
        """A new picture, to be drawn upon."""
        # A steady light is worked out once; the picture depends on the light alone.
        if self._last is None or self._last[0] != light:
            self._last = light, brightened(self._room, self._gain(light))
        frame = self._last[1].copy()
        if self._scenery is not None:
            outside = self._outside(self._scenery, light, t_s)
            frame[self._glass] = cv2.add(frame[self._glass], outside)
        return frame

    def _outside(self, scenery: Scenery, light: Light, t_s: float) -> Picture:
        small = scenery.draw(light.outside, travelled_m(self._vehicle, t_s))
        strength = np.diag(np.sqrt(light.outside_bgr))
        if self._luma:
            # Leaves are bright in the near infrared.
            strength = np.array([[0.1, 0.6, 0.4]]) @ strength
        small = np.asarray(cv2.transform(small, strength), dtype=np.uint8)
        mask = self._window[self._glass]
        size = (mask.shape[1], mask.shape[0])
        outside = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
        seen = cv2.multiply(outside, mask, scale=1 / 255)
        return np.asarray(seen, dtype=np.uint8)

    def _gain(self, light: Light) -> Field:
        return self._lighting.field(
            self._normals, light, 0, 0, FIELD_STEP_PX, _BEAM_SHARE, _LAMP_SHARE
        )


def _bounds(shown: NDArray[np.bool_]) -> Window:
    """Of what is shown, with sides that are multiples of the scenery's step."""
    columns, rows = np.flatnonzero(shown.any(axis=0)), np.flatnonzero(shown.any(axis=1))
    if not len(columns):
        return Window(0, 0, 0, 0)
    height, width = shown.shape
    left, top = columns[0] // STEP_PX * STEP_PX, rows[0] // STEP_PX * STEP_PX
    right = min(-(-(columns[-1] + 1) // STEP_PX), width // STEP_PX) * STEP_PX
    bottom = min(-(-(rows[-1] + 1) // STEP_PX), height // STEP_PX) * STEP_PX
    return Window(int(left), int(top), int(right - left), int(bottom - top))
