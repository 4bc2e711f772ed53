"""Puts a scenario's frames together: cabin and outside, body, head, hands, light, lens and sensor.

In: a scenario, the driver's portrait (and a passenger's), then one `DriverMoment` for each frame. Out: the frame as the
scenario's camera delivers it, with the face's true points. What is drawn depends on the scenario's seed and the moment
alone, so frames may be left out or drawn in any order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.picture.background import Background
from driver_simulator.picture.body import Body
from driver_simulator.picture.flare import add_flare
from driver_simulator.picture.hands import Hands
from driver_simulator.picture.head_painter import HeadPainter
from driver_simulator.picture.layer import Picture, lay_over, lay_uncovered
from driver_simulator.picture.light import Light, LightOverTime
from driver_simulator.picture.lighting import Lighting
from driver_simulator.picture.near_infrared import infrared_portrait
from driver_simulator.picture.neck_join import within_neck
from driver_simulator.picture.passenger import Passenger
from driver_simulator.picture.portrait import (
    PIVOT_BEHIND_EYES_M,
    PIVOT_BELOW_EYES_M,
    Portrait,
)
from driver_simulator.picture.projection import projection_of, shift_of
from driver_simulator.picture.sensor import Sensor
from driver_simulator.picture.wearables import overlays_of
from driver_simulator.scenario.scenario import Scenario
from driver_simulator.viewpoint import head_in_camera

PIVOT_M = np.array([0.0, PIVOT_BELOW_EYES_M, PIVOT_BEHIND_EYES_M])
FACE_M = np.array([0.0, 0.04, 0.02])
_BRIGHT_PUPIL_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class DrawnFrame:
    image: Picture  # (H, W, 3) BGR, or (H, W) luma of a near-infrared camera
    points: NDArray[np.float32] | None  # (146, 2) px, hidden ones too; None without a driver


class PictureRenderer:
    """Draws what the camera of `scenario` sees of `portrait`'s person."""

    def __init__(
        self, scenario: Scenario, portrait: Portrait, passenger: Portrait | None = None
    ) -> None:
        """passenger: who sits beside the driver where the scenario says so; by default the driver's double."""
        camera, seed = scenario.camera, scenario.seed
        infrared = camera.spectrum == "near_infrared"
        chance = np.random.default_rng([seed, 0])
        self._frame_size = (camera.width_px, camera.height_px)
        self._projection = projection_of(camera, scenario.driver_side)
        self._over_time = LightOverTime(scenario.light, camera, chance)
        self._lighting = Lighting(self._over_time, self._projection, luma=infrared)
        self._background = Background(scenario, self._projection, self._lighting, seed)
        bright_pupils = bool(chance.random() < _BRIGHT_PUPIL_SHARE)
        beside = passenger or portrait
        if infrared:
            portrait = infrared_portrait(portrait, bright_pupils=bright_pupils)
            beside = infrared_portrait(beside, bright_pupils=bright_pupils)
        worn = overlays_of(scenario.person, portrait, infrared=infrared, seed=seed)
        self._head = HeadPainter(
            portrait, eye_aperture_mm=scenario.person.eye_aperture_mm, overlays=worn
        )
        self._body = Body(
            self._projection,
            scenario.driver_side,
            portrait.skin_bgr,
            np.random.default_rng([seed, 2]),
            infrared=infrared,
        )
        self._hands = Hands(
            scenario, self._projection, self._lighting, portrait.skin_bgr, self._body.cloth_bgr
        )
        self._passenger = (
            Passenger(scenario, self._projection, self._lighting, beside, self._background.depth_m)
            if scenario.passenger
            else None
        )
        self._sensor = Sensor(camera, seed)

    def frame(self, moment: DriverMoment) -> Picture:
        """(H, W, 3) BGR, or (H, W) luma."""
        return self.draw(moment).image

    def draw(self, moment: DriverMoment) -> DrawnFrame:
        light = self._over_time.at(moment.t_s)
        frame = self._background.draw(light, moment.t_s)
        if self._passenger is not None:
            self._passenger.lay_over(frame, light, moment.t_s)
        points = None
        if moment.in_view:
            points = self._lay_driver_over(frame, light, moment)
        self._hands.lay_over(frame, light, moment)
        add_flare(frame, light)
        image = self._sensor.expose(frame, moment.t_s, light.amplification)
        return DrawnFrame(image, points)

    def _lay_driver_over(
        self, frame: Picture, light: Light, moment: DriverMoment
    ) -> NDArray[np.float32]:
        shift = shift_of(moment)
        trunk = self._lighting.on_layer(self._body.trunk, light)
        neck = self._lighting.on_layer(self._body.neck, light)
        trunk_there, neck_there = self._body.layers(trunk, neck, shift)
        for there in (trunk_there, neck_there):
            if there is not None:
                lay_over(frame, there)
        x, y, _ = self._projection.to_px(PIVOT_M + shift)
        # The head is seen in parallel: as large as it is where the face is.
        scale = self._projection.to_px(FACE_M + shift)[2]
        head = self._head.paint(
            moment,
            head_in_camera(moment, self._projection.axes),
            centre_px=(x, y),
            pixels_per_m=scale,
            frame_size=self._frame_size,
        )
        if head.alpha.size:
            colour = self._lighting.on_head(head, scale, light)
            coverage = within_neck(head, neck_there, scale)
            lay_uncovered(frame, colour, coverage, head.left_px, head.top_px)
        return head.points
