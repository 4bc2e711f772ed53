"""What passes by outside the windows: sky and road, trees far away, posts and bushes close to the road.

In: the light's kind and how far the vehicle has gone. Out: a small, soft picture of the outside for every direction in
which the camera looks; nearer things move faster. Speed comes from the scenario's spans, so any instant can be drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.layer import Picture
from driver_simulator.picture.projection import Projection
from driver_simulator.picture.soften import softened
from driver_simulator.picture.solid_layer import Window
from driver_simulator.picture.solids import Array, vector
from driver_simulator.scenario.scenario import VehicleSpan

Outside = Literal["day", "night", "tunnel"]

STEP_PX = 4
"""One ray for so many pixels: what is outside is far out of focus."""
_LEAST_ASIDE, _WIDEST_PX = 0.1, 7.0
_ROAD_M = 1.25  # the road's surface below the driver's eyes


@dataclass(frozen=True, slots=True)
class _Row:
    """Things that stand in a row along the road, on both sides."""

    distance_m: float
    length_m: float  # after which the row repeats
    top_m: float  # above the road
    width_px: int
    height_px: int


_FAR = _Row(distance_m=45.0, length_m=420.0, top_m=22.0, width_px=1024, height_px=64)
_NEAR = _Row(distance_m=6.0, length_m=110.0, top_m=6.0, width_px=1024, height_px=64)


def travelled_m(vehicle: Sequence[VehicleSpan], t_s: float) -> float:
    """How far the vehicle has gone; where it does not tell its speed, it goes 60 km/h."""
    total_m = 0.0
    for index, span in enumerate(vehicle):
        until_s = vehicle[index + 1].from_s if index + 1 < len(vehicle) else t_s
        duration_s = min(until_s, t_s) - span.from_s
        if duration_s <= 0:
            break
        speed_kmh = 60.0 if span.speed_kmh is None else span.speed_kmh
        total_m += (-1 if span.reverse else 1) * speed_kmh / 3.6 * duration_s
    return total_m


class Scenery:
    """Draws the outside as a window of the frame would show it, at 1 of 4 pixels in each direction, BGR."""

    def __init__(self, projection: Projection, window: Window, random: np.random.Generator) -> None:
        """window: sides that are multiples of `STEP_PX`."""
        columns, rows = window.width // STEP_PX, window.height // STEP_PX
        rays = projection.rays(window.left, window.top, columns, rows, STEP_PX)
        self._ground = {kind: _sky_and_road(rays, kind) for kind in _KINDS}
        self._rows = [(row, *_where(row, rays)) for row in (_FAR, _NEAR)]
        self._pictures = {kind: (_far(random, kind), _near(random, kind)) for kind in _KINDS}

    def draw(self, outside: Outside, way_m: float) -> Picture:
        picture = self._ground[outside]
        for (row, along, up), painted in zip(self._rows, self._pictures[outside], strict=True):
            # Remap wraps round, so one length of the row stands for the whole road.
            offset = np.float32(way_m % row.length_m * row.width_px / row.length_m)
            strip = cv2.remap(
                painted, along + offset, up, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
            )
            through = cv2.bitwise_not(cv2.extractChannel(strip, 3))
            behind = cv2.multiply(picture, cv2.merge([through] * 3), scale=1 / 255)
            seen = cv2.add(behind, cv2.cvtColor(strip, cv2.COLOR_BGRA2BGR))
            picture = np.asarray(seen, dtype=np.uint8)
        return picture


_KINDS: tuple[Outside, ...] = ("day", "night", "tunnel")


def _sky_and_road(rays: Array, outside: Outside) -> Picture:
    up = -rays[..., 1]
    if outside == "night":
        picture = np.full(rays.shape, 7.0, dtype=np.float32)
        picture[up < 0] = 12.0
    elif outside == "tunnel":
        picture = np.full(rays.shape, 46.0, dtype=np.float32)
        picture[up < 0] = 36.0
    else:
        height = np.clip(up / 0.5, 0, 1)[..., None]
        picture = vector(246, 242, 236) * (1 - height) + vector(240, 214, 186) * height
        road = np.clip(-up / 0.03, 0, 1)[..., None]
        picture = picture * (1 - road) + vector(118, 122, 122) * road
    return picture.astype(np.uint8)


def _where(row: _Row, rays: Array) -> tuple[Array, Array]:
    """Pixels of the row's picture that each ray meets."""
    way = row.distance_m / np.maximum(np.abs(rays[..., 0]), 1e-3)
    # The other side of the road has other trees.
    along_m = way * rays[..., 2] + np.where(rays[..., 0] < 0, 0.37 * row.length_m, 0.0)
    up_m = _ROAD_M - way * rays[..., 1]
    along = along_m * row.width_px / row.length_m
    up = (1.0 - up_m / row.top_m) * row.height_px
    # Towards the vanishing point a pixel spans many trees: they are left out there. The picture's first row is empty.
    spans = np.maximum(*(np.abs(part) for part in np.gradient(along)))
    up[(spans > _WIDEST_PX) | (np.abs(rays[..., 0]) < _LEAST_ASIDE)] = 0.0
    return (
        np.mod(along, row.width_px).astype(np.float32),
        np.clip(up, 0.0, row.height_px - 1.0).astype(np.float32),
    )


def _skyline(
    random: np.random.Generator, width: int, roughness: Sequence[int]
) -> NDArray[np.float64]:
    """Heights 0..1 that repeat after `width`."""
    line = np.zeros(width)
    for order, waves in enumerate(roughness):
        knots = random.random(waves)
        place = np.arange(width) * waves / width
        left = place.astype(int)
        share = place - left
        smooth = share * share * (3 - 2 * share)
        wave = knots[left % waves] * (1 - smooth) + knots[(left + 1) % waves] * smooth
        line += wave / 2**order
    normalised: NDArray[np.float64] = (line - line.min()) / np.ptp(line)
    return normalised


def _strip(row: _Row) -> tuple[Array, Array, NDArray[np.float64]]:
    colour = np.zeros((row.height_px, row.width_px, 3), np.float32)
    cover = np.zeros((row.height_px, row.width_px), np.float32)
    up_m = (1 - (np.arange(row.height_px)[:, None] + 0.5) / row.height_px) * row.top_m
    return colour, cover, up_m


def _packed(colour: Array, cover: Array, blur_px: float) -> Picture:
    painted = np.dstack([colour * cover[..., None], 255 * cover])
    # Smeared along the road by the vehicle's own way during an exposure; the ends of the strip meet.
    wide = cv2.copyMakeBorder(painted, 0, 0, 32, 32, cv2.BORDER_WRAP)
    smeared = softened(np.asarray(wide, np.float32), blur_px, 0.8)
    smeared[0] = 0
    return np.clip(smeared[:, 32:-32], 0, 255).astype(np.uint8)


def _far(random: np.random.Generator, outside: Outside) -> Picture:
    colour, cover, up_m = _strip(_FAR)
    crown = 2.0 + 13.0 * _skyline(random, _FAR.width_px, (7, 31, 120, 300)) ** 1.3
    if outside == "day":
        cover[:] = np.clip((crown - up_m) / 0.6, 0, 1)
        leaves = random.normal(0, 9, cover.shape)
        shade = 0.55 + 0.45 * np.clip(up_m / np.maximum(crown, 1), 0, 1)
        colour[:] = vector(74, 108, 96) * shade[..., None] + leaves[..., None] + 24
        # Fields between the road and the trees.
        colour[np.broadcast_to(up_m < 1.6, cover.shape)] = (92, 150, 140)
    elif outside == "night":
        for place in random.integers(0, _FAR.width_px, 26):
            level = int(random.integers(40, 60))
            colour[level : level + 2, place : place + 2] = random.choice(
                [(120, 190, 255), (220, 235, 255), (60, 60, 235)]
            )
            cover[level : level + 2, place : place + 2] = 1.0
    return _packed(np.maximum(colour, 0), cover, 0.8)


def _near(random: np.random.Generator, outside: Outside) -> Picture:
    colour, cover, up_m = _strip(_NEAR)
    px_per_m = _NEAR.width_px / _NEAR.length_m
    places = np.arange(_NEAR.width_px) / px_per_m
    if outside == "tunnel":
        cover[:] = 1.0
        colour[:] = vector(62, 72, 80) * (0.6 + 0.4 * np.clip(up_m / 3, 0, 1))[..., None]
        colour[np.broadcast_to(np.abs(up_m - 1.0) < 0.12, cover.shape)] = (96, 110, 118)
        lamps = (np.abs(up_m - 3.9) < 0.25) & (np.mod(places, 11.0) < 2.4)
        colour[lamps] = (150, 214, 255)
    elif outside == "day":
        # Bushes in groups, delineator posts every 50 m in law and 27 m here so that some are seen, a tree now and then.
        crown = 3.6 * np.clip(_skyline(random, _NEAR.width_px, (5, 17, 90)) - 0.52, 0, 1)
        cover[:] = np.clip((crown - up_m) / 0.2, 0, 1)
        colour[:] = vector(44, 84, 66) + random.normal(0, 8, cover.shape)[..., None]
        posts = (np.mod(places, 27.5) < 0.3) & (up_m < 1.1)
        trunks = (np.mod(places + 9, 36.7) < 0.55) & (up_m < 6)
        colour[posts], cover[posts] = (225, 228, 230), 1.0
        colour[trunks], cover[trunks] = (40, 52, 62), 0.9
    else:
        lamps = (np.abs(up_m - 5.0) < 0.25) & (np.mod(places, 36.7) < 0.9)
        colour[lamps], cover[lamps] = (130, 200, 255), 1.0
    return _packed(np.maximum(colour, 0), cover, 2.0)
