"""Hands, what they hold, and the steering wheel, before everything else in the frame.

In: the light and a moment with its `HandMoment`. Out: layers laid over the frame. An act is modelled when it is first
asked for, and kept; `reach` brings it in along its own forearm from outside the picture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from driver_simulator.driver.moment import DriverMoment, HandAct
from driver_simulator.picture.hand_acts import WHEEL_RADIUS_M, Scene, scene_of, wheel_top_of
from driver_simulator.picture.hand_shape import hand_skin, sleeve_of
from driver_simulator.picture.layer import Layer, Picture, lay_over, moved
from driver_simulator.picture.light import Light
from driver_simulator.picture.lighting import Lighting
from driver_simulator.picture.projection import Projection, shift_of
from driver_simulator.picture.solid_layer import Window, layer_of_solids
from driver_simulator.picture.solids import Array, Ring, Thing, plain, see
from driver_simulator.scenario.scenario import Scenario

_FOCUS_PX = 1.6
"""Blur of a thing at half the driver's distance, in a frame 640 pixels wide."""
_MOST_BLUR_PX = 22.0
_LEAST_REACH = 0.01
_SEARCH_PX = 8  # in a frame 640 pixels wide
_MARGIN = 0.2
"""Layers reach so far beyond the frame, in shares of it: hands move."""
_NEAR_REACH_M = 2.5
_NEAR_M, _HAND_BREADTH_M = 0.25, 0.1
_NEAR_MARGIN = 1.2
"""The same for what is nearer than a hand's breadth, which is larger than the frame."""


@dataclass(frozen=True, slots=True)
class _Ready:
    scene: Scene
    layer: Layer
    way_out_px: tuple[float, float]
    lamp_share: float


@dataclass(frozen=True, slots=True)
class _Found:
    window: Window
    depth_m: float


class Hands:
    """Lays wheel and hands over a frame."""

    def __init__(
        self,
        scenario: Scenario,
        projection: Projection,
        lighting: Lighting,
        skin_bgr: Array,
        sleeve_bgr: tuple[float, float, float],
    ) -> None:
        self._projection, self._lighting, self._seed = projection, lighting, scenario.seed
        self._luma = scenario.camera.spectrum == "near_infrared"
        self._skin, self._sleeve = hand_skin(skin_bgr), sleeve_of(sleeve_bgr)
        over_wheel = scenario.camera.position == "steering_column"
        self._wheel_top = wheel_top_of(projection, over_wheel=over_wheel)
        self._wheel = self._wheel_layer()
        self._ready: dict[HandAct, _Ready | None] = {}

    def lay_over(self, frame: Picture, light: Light, moment: DriverMoment) -> None:
        if self._wheel is not None:
            layer, lamp_share = self._wheel
            lit = self._lighting.on_layer(layer, light, beam_share=0.6, lamp_share=lamp_share)
            placed = moved(lit, layer.in_frame(), (frame.shape[1], frame.shape[0]))
            if placed is not None:
                lay_over(frame, placed)
        hand = moment.hand
        if hand is None or hand.reach < _LEAST_REACH:
            return
        if hand.act not in self._ready:
            self._ready[hand.act] = self._modelled(hand.act)
        ready = self._ready[hand.act]
        if ready is not None:
            self._lay_hand_over(frame, light, moment, ready, min(hand.reach, 1.0))

    def _lay_hand_over(
        self, frame: Picture, light: Light, moment: DriverMoment, ready: _Ready, reach: float
    ) -> None:
        scene, layer = ready.scene, ready.layer
        x, y = ((1.0 - reach) * way_px for way_px in ready.way_out_px)
        if scene.follows_head:
            usual = self._projection.to_px(np.zeros(3))
            now = self._projection.to_px(shift_of(moment))
            x, y = x + now[0] - usual[0], y + now[1] - usual[1]
            stir_px = scene.stirs_m * usual[2] * max(0.0, 4 * reach - 3)
            turn = 2 * math.pi * scene.stirs_hz * moment.t_s
            x, y = x + stir_px * math.cos(turn), y + 0.6 * stir_px * math.sin(turn)
        lit = self._lighting.on_layer(layer, light, beam_share=0.85, lamp_share=ready.lamp_share)
        matrix = layer.in_frame() + np.array([[0.0, 0.0, x], [0.0, 0.0, y]])
        placed = moved(lit, matrix, (frame.shape[1], frame.shape[0]))
        if placed is not None:
            lay_over(frame, placed)

    def _modelled(self, act: HandAct) -> _Ready | None:
        random = np.random.default_rng([self._seed, 5])
        scene = scene_of(act, self._projection, self._wheel_top, self._skin, self._sleeve, random)
        near = act is HandAct.COVERS_LENS
        found = self._found(scene.things, _NEAR_MARGIN if near else _MARGIN)
        if found is None:
            return None
        layer = layer_of_solids(
            scene.things,
            self._projection,
            found.window,
            luma=self._luma,
            px_step=self._projection.ray_step_px(_ray_px(found.depth_m)),
            blur_px=self._blur_px(found.depth_m),
        )
        return _Ready(
            scene,
            layer,
            self._way_out_px(scene, found.window),
            self._lighting.lamp_share_at(found.depth_m),
        )

    def _found(self, things: Sequence[Thing], margin: float = _MARGIN) -> _Found | None:
        """Where the things are in the frame and a margin around it."""
        width, height = self._projection.width_px, self._projection.height_px
        left, top = -int(margin * width), -int(margin * height)
        step = self._projection.ray_step_px(_SEARCH_PX)
        columns, rows = (width - 2 * left) // step, (height - 2 * top) // step
        rays = self._projection.rays(left, top, columns, rows, step)
        origin = self._projection.position.astype(np.float32)
        depth = see(things, origin, rays, reach_m=_NEAR_REACH_M).depth
        there = np.isfinite(depth)
        if not there.any():
            return None
        y, x = np.nonzero(there)
        edge = 3
        first = max(0, int(x.min()) - edge), max(0, int(y.min()) - edge)
        last = min(columns, int(x.max()) + 1 + edge), min(rows, int(y.max()) + 1 + edge)
        window = Window(
            left + first[0] * step,
            top + first[1] * step,
            (last[0] - first[0]) * step,
            (last[1] - first[1]) * step,
        )
        return _Found(window, float(np.quantile(depth[there], 0.2)))

    def _way_out_px(self, scene: Scene, window: Window) -> tuple[float, float]:
        """How far to move so that nothing is left in the frame, along the forearm."""
        wrist = np.array(self._projection.to_px(np.array(scene.wrist))[:2])
        elbow = np.array(self._projection.to_px(np.array(scene.elbow))[:2])
        way = (elbow - wrist) / max(float(np.linalg.norm(elbow - wrist)), 1e-6)
        width, height = self._projection.width_px, self._projection.height_px
        needed = []
        if abs(way[0]) > 0.1:
            needed.append(
                (width - window.left) / way[0]
                if way[0] > 0
                else (window.left + window.width) / -way[0]
            )
        if abs(way[1]) > 0.1:
            needed.append(
                (height - window.top) / way[1]
                if way[1] > 0
                else (window.top + window.height) / -way[1]
            )
        far = max(0.0, min(needed))
        return float(far * way[0]), float(far * way[1])

    def _blur_px(self, depth_m: float) -> float:
        """Of a thing nearer than the driver, on whom the lens is focused."""
        usual_m = self._projection.to_camera(np.zeros(3))[2]
        blur = _FOCUS_PX * max(0.0, usual_m / depth_m - 1.15)
        return self._projection.scaled_px(min(float(blur), _MOST_BLUR_PX))

    def _wheel_layer(self) -> tuple[Layer, float] | None:
        x, y, z = self._wheel_top
        rim = Ring(
            (x, y + 0.906 * WHEEL_RADIUS_M, z + 0.423 * WHEEL_RADIUS_M),
            (0.0, 0.423, -0.906),
            WHEEL_RADIUS_M,
            0.0155,
        )
        things = [Thing(rim, plain((40, 39, 38)))]
        found = self._found(things)
        if found is None or found.window.top > self._projection.height_px:
            return None
        layer = layer_of_solids(
            things,
            self._projection,
            found.window,
            luma=self._luma,
            px_step=self._projection.ray_step_px(_ray_px(found.depth_m)),
            blur_px=self._blur_px(found.depth_m),
        )
        return layer, self._lighting.lamp_share_at(found.depth_m)


def _ray_px(depth_m: float) -> int:
    """From ray to ray, in a frame 640 pixels wide: what is near is large and out of focus."""
    if depth_m > _NEAR_M:
        return 2
    return 4 if depth_m > _HAND_BREADTH_M else 8
