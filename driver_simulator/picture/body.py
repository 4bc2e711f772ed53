"""The driver below the head: neck, shoulders, clothes, arms at the wheel and seat belt.

In: the projection, the skin's colour, a seed for the clothes. Out: two layers, drawn in place and order for a shift of
the head: the trunk follows it in part, and the neck joins the two, so that no head floats.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.layer import Picture, Placed, moved
from driver_simulator.picture.near_infrared import cloth
from driver_simulator.picture.projection import Projection
from driver_simulator.picture.solid_layer import Window, layer_of_solids
from driver_simulator.picture.solids import (
    Array,
    Blend,
    Capsule,
    Ellipsoid,
    Paint,
    Shape,
    Thing,
    plain,
    vector,
)
from driver_simulator.viewpoint import DriverSide

_RAY_PX = 2  # from ray to ray, in a frame 640 pixels wide
_NECK_TOP = (0.0, 0.065, 0.09)
_NECK_BASE = (0.0, 0.205, 0.125)
_TRUNK_FOLLOWS = 0.55
"""Share of the head's shift that the shoulders make: who leans bends at the hip, and in the neck."""


@dataclass(frozen=True, slots=True)
class Clothes:
    """Colours BGR. `neckline_m`: how far the opening reaches below the neck's base."""

    cloth: tuple[float, float, float]
    trim: tuple[float, float, float]  # of the neckline's hem, or of a shirt's collar
    neckline_m: float
    shirt: bool  # with a turned-down collar
    stripes: bool


def clothes_of(random: np.random.Generator) -> Clothes:
    colours = (
        (120, 70, 40), (60, 60, 66), (180, 176, 170), (58, 52, 140), (92, 110, 70),
        (40, 38, 38), (200, 190, 160), (110, 96, 120), (70, 120, 170),
    )  # fmt: skip
    cloth = colours[random.integers(len(colours))]
    shade = float(random.choice([0.75, 0.9, 1.2]))
    shirt = bool(random.random() < 0.4)
    return Clothes(
        cloth=cloth,
        trim=(shade * cloth[0], shade * cloth[1], shade * cloth[2]),
        neckline_m=float(random.uniform(0.02, 0.06))
        if shirt
        else float(random.uniform(0.0, 0.035)),
        shirt=shirt,
        stripes=bool(random.random() < 0.25),
    )


class Body:
    """Ready-made layers of one driver in one view."""

    def __init__(
        self,
        projection: Projection,
        side: DriverSide,
        skin_bgr: Array,
        random: np.random.Generator,
        *,
        infrared: bool,
        at_m: NDArray[np.float64] | None = None,
        belt: bool = True,
    ) -> None:
        """at_m: where the person's eyes usually are; the driver's by default."""
        self._projection = projection
        self._place = np.zeros(3) if at_m is None else at_m
        clothes = clothes_of(random)
        if infrared:
            clothes = replace(clothes, cloth=cloth(clothes.cloth), trim=cloth(clothes.trim))
        self.cloth_bgr = clothes.cloth
        tone = _skin(skin_bgr)
        trunk = _trunk(clothes, tone, side, random, belt=belt)
        neck = Thing(_neck(), tone)
        self.trunk = layer_of_solids(
            trunk,
            projection,
            _trunk_window(projection, self._place),
            luma=infrared,
            place=self._place,
            px_step=projection.ray_step_px(_RAY_PX),
        )
        self.neck = layer_of_solids(
            [neck, *trunk],
            projection,
            _neck_window(projection, self._place),
            luma=infrared,
            place=self._place,
            only=0,
            px_step=projection.ray_step_px(_RAY_PX),
        )

    def layers(
        self, trunk: Picture, neck: Picture, shift_m: NDArray[np.float64]
    ) -> tuple[Placed | None, Placed | None]:
        """Trunk and neck, lit pictures of `self.trunk` and `self.neck`, moved as the head's shift asks."""
        frame_size = (self._projection.width_px, self._projection.height_px)
        base = self._followed(_NECK_BASE, _TRUNK_FOLLOWS * shift_m)
        side = self._followed((0.1, *_NECK_BASE[1:]), _TRUNK_FOLLOWS * shift_m)
        low = self._followed((0.0, _NECK_BASE[1] + 0.1, _NECK_BASE[2]), _TRUNK_FOLLOWS * shift_m)
        top = self._followed(_NECK_TOP, shift_m)
        placed: list[Placed | None] = []
        for painted, at, three in (
            (trunk, self.trunk, (base, side, low)),
            (neck, self.neck, (base, side, top)),
        ):
            usual, now = (np.array(places, np.float32) for places in zip(*three, strict=True))
            leant = np.vstack([cv2.getAffineTransform(usual, now), [0.0, 0.0, 1.0]])
            matrix = leant @ np.vstack([at.in_frame(), [0.0, 0.0, 1.0]])
            placed.append(moved(painted, matrix[:2], frame_size))
        return placed[0], placed[1]

    def _followed(
        self, point: tuple[float, float, float], shift_m: NDArray[np.float64]
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        usual = self._place + np.array(point)
        before, after = self._projection.to_px(usual), self._projection.to_px(usual + shift_m)
        return before[:2], after[:2]


def _trunk_window(projection: Projection, place: NDArray[np.float64]) -> Window:
    """Wider than the frame, so that nothing ends when the driver leans."""
    margin = projection.width_px // 8
    top = max(0, int(projection.to_px(place + np.array([0.0, -0.02, 0.1]))[1]))
    return Window(
        -margin, top, projection.width_px + 2 * margin, max(8, projection.height_px + margin - top)
    )


def _neck_window(projection: Projection, place: NDArray[np.float64]) -> Window:
    x, _, scale = projection.to_px(place + np.array(_NECK_BASE))
    top = projection.to_px(place + np.array([0.0, -0.02, 0.1]))[1]
    bottom = projection.to_px(place + np.array([0.0, 0.3, 0.1]))[1]
    return Window(
        int(x - 0.12 * scale), int(top), int(0.24 * scale), max(8, int(bottom) - int(top))
    )


def _neck() -> Shape:
    return Blend(
        (
            Capsule(_NECK_TOP, _NECK_BASE, 0.054, 0.061),
            # Two tendons that run to the breastbone.
            Capsule((-0.045, 0.1, 0.085), (-0.012, 0.215, 0.078), 0.016, 0.012),
            Capsule((0.045, 0.1, 0.085), (0.012, 0.215, 0.078), 0.016, 0.012),
            Capsule((0.0, 0.13, 0.052), (0.0, 0.15, 0.056), 0.012, 0.012),
        ),
        0.03,
    )


def _skin(skin_bgr: Array) -> Paint:
    def paint(points: Array, normals: Array) -> Array:
        # The chin's shadow: darkest right below the jaw, and redder than the lit skin.
        shadow = np.clip((0.215 - points[:, 1]) / 0.11, 0, 1)[:, None]
        facing = np.clip(0.74 - 0.3 * normals[:, 2] - 0.12 * normals[:, 1], 0.4, 1.0)[:, None]
        return np.asarray(skin_bgr * facing * (1 - shadow * vector(0.3, 0.27, 0.23)), np.float32)

    return paint


def _trunk(
    clothes: Clothes, skin: Paint, side: DriverSide, random: np.random.Generator, *, belt: bool
) -> list[Thing]:
    door = 1.0 if side == "left" else -1.0
    flesh = Blend(
        (
            Ellipsoid((0.0, 0.5, 0.13), (0.185, 0.34, 0.115)),
            Capsule((-0.16, 0.275, 0.135), (0.16, 0.275, 0.135), 0.062, 0.062),
            Capsule((0.0, 0.2, 0.13), (-0.15, 0.26, 0.14), 0.055, 0.04),
            Capsule((0.0, 0.2, 0.13), (0.15, 0.26, 0.14), 0.055, 0.04),
        ),
        0.07,
    )
    arms = tuple(
        Blend(
            (
                Capsule((sign * 0.185, 0.28, 0.13), (sign * 0.26, 0.53, 0.06), 0.06, 0.046),
                Capsule((sign * 0.26, 0.53, 0.06), (sign * 0.17, 0.42, -0.36), 0.046, 0.034),
            ),
            0.03,
        )
        for sign in (-1, 1)
    )
    body = Blend((flesh, *arms), 0.05)
    folds = random.normal(0, 1, (6, 3))
    phases = random.uniform(0, 6.28, 6)

    def worn(points: Array, normals: Array) -> Array:
        wave = np.zeros(len(points))
        for fold, phase in zip(folds, phases, strict=True):
            wave += np.sin(points @ (fold * 26) + phase)
        facing = np.clip(0.72 - 0.3 * normals[:, 2] - 0.2 * normals[:, 1], 0.25, 1.1)
        colour = vector(*clothes.cloth) * (facing * (1 + 0.035 * wave))[:, None]
        if clothes.stripes:
            colour[np.mod(points[:, 1], 0.05) < 0.022] *= 0.6
        facing3 = facing[:, None]
        front = points[:, 2] < 0.15
        x, y = np.abs(points[:, 0]), points[:, 1]
        cut = np.hypot(
            x / (0.075 - 0.3 * clothes.neckline_m), (y - 0.195) / (0.035 + clothes.neckline_m)
        )
        bare = (cut < 1.0) & front
        if clothes.shirt:
            # A pointed opening, two flaps beside it, and the buttons' edge below.
            bare = (x / 0.07 + (y - 0.19) / (0.06 + clothes.neckline_m) < 1.0) & front
            flap = (
                (np.abs(x - 0.062 + 0.35 * (y - 0.2)) < 0.034)
                & (y < 0.262 - 0.5 * (x - 0.05))
                & front
            )
            rim = (
                (np.abs(x - 0.062 + 0.35 * (y - 0.2)) < 0.038)
                & (y < 0.268 - 0.5 * (x - 0.05))
                & front
            )
            colour[rim & ~flap] *= 0.55
            colour[flap & ~bare] = vector(*clothes.trim) * facing3[flap & ~bare]
            colour[(np.abs(points[:, 0] - 0.012) < 0.0022) & (y > 0.25) & front] *= 0.7
        else:
            hem = (cut < 1.22) & ~bare & front
            colour[hem] = vector(*clothes.trim) * facing3[hem]
            colour[(np.abs(cut - 1.24) < 0.03) & front] *= 0.75
        if bare.any():
            colour[bare] = skin(points[bare], normals[bare])
        if belt:
            across = (points[:, 0] - door * 0.125) * 0.87 + door * (points[:, 1] - 0.24) * 0.5
            webbing = (np.abs(across) < 0.024) & (points[:, 2] < 0.17) & ~bare
            weave = 0.9 + 0.1 * np.sign(np.sin(across[webbing] * 900))
            colour[webbing] = vector(52, 52, 54) * (facing[webbing] * weave)[:, None]
            edge = (np.abs(np.abs(across) - 0.0265) < 0.003) & (points[:, 2] < 0.17) & ~bare
            colour[edge] *= 0.6
        return np.asarray(np.clip(colour, 0, 255), np.float32)

    things = [
        Thing(body, worn),
        *(
            Thing(
                Blend(
                    (
                        Ellipsoid((sign * 0.165, 0.405, -0.385), (0.04, 0.035, 0.05)),
                        Capsule(
                            (sign * 0.17, 0.42, -0.36), (sign * 0.165, 0.41, -0.4), 0.03, 0.035
                        ),
                    ),
                    0.02,
                ),
                skin,
            )
            for sign in (-1, 1)
        ),
    ]
    if belt:
        # From the guide on the pillar over the shoulder.
        things.append(
            Thing(
                Capsule((door * 0.4, 0.04, 0.3), (door * 0.14, 0.215, 0.15), 0.012, 0.018),
                plain((48, 48, 50)),
            )
        )
    return things
