"""Who sits beside the driver: farther away, alive, with a life of their own that the driver's script does not move.

In: the scenario, a portrait, how far the cabin is in each pixel. Out: a person laid over the frame, behind what is
nearer. Blinks and turns follow from the seed and the time.
"""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment, FacialActions
from driver_simulator.picture.body import Body
from driver_simulator.picture.head_painter import HeadPainter
from driver_simulator.picture.head_picture import HeadPicture
from driver_simulator.picture.layer import Picture, Placed, lay_over, lay_uncovered, moved
from driver_simulator.picture.light import Light
from driver_simulator.picture.lighting import Lighting
from driver_simulator.picture.portrait import PIVOT_BEHIND_EYES_M, PIVOT_BELOW_EYES_M, Portrait
from driver_simulator.picture.projection import Projection
from driver_simulator.picture.soften import softened
from driver_simulator.picture.solids import Array
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.viewpoint import head_in_camera

_SEAT_M = 0.72
_WITHIN = 0.76
"""Where the passenger's seat is out of the picture, the passenger leans into it up to this share of its half width."""
_FARTHER = 1.5
_EDGE_PX = 2.5  # of what hides the passenger, which is out of focus
_STEPS_HZ = 10.0
"""A passenger is drawn anew so often: what is beside the driver may move less smoothly."""
_BLINK_EVERY_S, _BLINK_S = 4.0, 0.3
_LOOKS_ABOUT_S = 2.6


class Passenger:
    """Lays the passenger over a frame."""

    def __init__(
        self,
        scenario: Scenario,
        projection: Projection,
        lighting: Lighting,
        portrait: Portrait,
        cabin_depth_m: Array,
    ) -> None:
        self._projection, self._lighting = projection, lighting
        self._frame_size = (projection.width_px, projection.height_px)
        random = np.random.default_rng([scenario.seed, 3])
        self._chance = random.random(512)
        away = -1.0 if scenario.driver_side == "left" else 1.0
        self._turn_to_driver = -away
        self._place = _place(projection, away)
        self._painter = HeadPainter(portrait, eye_aperture_mm=float(random.uniform(8, 12)))
        self._body = Body(
            projection,
            "right" if scenario.driver_side == "left" else "left",
            portrait.skin_bgr,
            random,
            infrared=scenario.camera.spectrum == "near_infrared",
            at_m=self._place,
        )
        depth_m = float(np.linalg.norm(self._place - projection.position))
        self._lamp_share = lighting.lamp_share_at(depth_m)
        behind = np.where(cabin_depth_m > depth_m, 255, 0).astype(np.float32)
        self._seen = softened(behind, _EDGE_PX).astype(np.uint8)
        self._head: tuple[int, HeadPicture] | None = None

    def lay_over(self, frame: Picture, light: Light, t_s: float) -> None:
        for layer in (self._body.trunk, self._body.neck):
            lit = self._lighting.on_layer(layer, light, lamp_share=self._lamp_share)
            placed = moved(lit, layer.in_frame(), self._frame_size)
            if placed is not None:
                lay_over(frame, self._where_seen(placed))
        step = math.floor(t_s * _STEPS_HZ)
        # The head follows from the step alone, so that keeping it changes nothing but the time it takes.
        if self._head is None or self._head[0] != step:
            self._head = step, self._painted(step / _STEPS_HZ)
        head = self._head[1]
        if head.alpha.size:
            height, width = head.alpha.shape
            rows = slice(head.top_px, head.top_px + height)
            columns = slice(head.left_px, head.left_px + width)
            coverage = cv2.min(head.alpha, self._seen[rows, columns])
            colour = self._lighting.on_head(head, self._scale(), light)
            lay_uncovered(
                frame, colour, np.asarray(coverage, dtype=np.uint8), head.left_px, head.top_px
            )

    def _where_seen(self, placed: Placed) -> Placed:
        """Without what seats hide."""
        seen = self._seen[placed.window]
        shown = cv2.min(placed.painted, cv2.merge([seen] * 4))
        return replace(placed, painted=np.asarray(shown, dtype=np.uint8))

    def _scale(self) -> float:
        return self._projection.to_px(self._place + np.array([0.0, 0.04, 0.02]))[2]

    def _painted(self, t_s: float) -> HeadPicture:
        pivot = self._place + np.array([0.0, PIVOT_BELOW_EYES_M, PIVOT_BEHIND_EYES_M])
        x, y, _ = self._projection.to_px(pivot)
        moment = self._moment(t_s)
        return self._painter.paint(
            moment,
            head_in_camera(moment, self._projection.axes),
            centre_px=(x, y),
            pixels_per_m=self._scale(),
            frame_size=self._frame_size,
        )

    def _moment(self, t_s: float) -> DriverMoment:
        since = t_s - self._start_of_blink(t_s)
        closure = (
            max(0.0, 1.0 - abs(since / _BLINK_S - 0.5) * 2.6) if 0 <= since < _BLINK_S else 0.0
        )
        yaw = self._turn_to_driver * 0.45 * self._wander(t_s / _LOOKS_ABOUT_S, 0) ** 2
        yaw += 0.35 * (self._wander(t_s / _LOOKS_ABOUT_S, 100) - 0.5)
        talking = max(0.0, self._wander(t_s / 4.0, 200) - 0.6) * self._wander(t_s * 5.0, 300)
        return DriverMoment(
            t_s=t_s,
            closure_left=closure,
            closure_right=closure,
            gaze_yaw_rad=0.3 * yaw,
            gaze_pitch_rad=0.0,
            head_yaw_rad=yaw,
            head_pitch_rad=0.16 * (self._wander(t_s / 3.7, 400) - 0.6),
            head_roll_rad=0.12 * (self._wander(t_s / 5.1, 50) - 0.5),
            actions=FacialActions(jaw_drop=0.8 * talking),
        )

    def _start_of_blink(self, t_s: float) -> float:
        index = math.floor(t_s / _BLINK_EVERY_S)
        return _BLINK_EVERY_S * (index + 0.85 * float(self._chance[index % 512]))

    def _wander(self, place: float, of: int) -> float:
        """0..1, smooth, another value at each whole number."""
        index = math.floor(place)
        share = place - index
        smooth = share * share * (3 - 2 * share)
        before, after = self._chance[(index + of) % 512], self._chance[(index + 1 + of) % 512]
        return float(before + smooth * (after - before))


def _place(projection: Projection, away: float) -> NDArray[np.float64]:
    """(3,) m, of the passenger's eyes: in the seat if that is in view, else leaning to where the camera sees them."""
    seat = np.array([away * _SEAT_M, 0.0, 0.02])
    half = 0.5 * projection.width_px
    x, _, _ = projection.to_px(seat)
    z = float(projection.to_camera(seat)[2])
    if z > 0.3 and abs(x - half) < 0.85 * half:
        return seat
    deep = _FARTHER * float(projection.to_camera(np.zeros(3))[2])
    axes = projection.axes
    across = away * _WITHIN * half / projection.focal_px * deep
    # At the height of the driver's eyes.
    down = -float(projection.position[1] + axes[1, 0] * across + axes[1, 2] * deep) / float(
        axes[1, 1]
    )
    place: NDArray[np.float64] = projection.position + axes @ np.array([across, down, deep])
    return place
