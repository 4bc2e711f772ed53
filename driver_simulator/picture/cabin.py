"""The inside of the vehicle behind the driver, as the camera sees it: out of focus, and the same all drive long.

In: the projection and a seed for the colours. Out: the room's picture with holes for its windows, and how far each spot
is, so that a passenger may sit between. Sizes are those of a middle-class car, to a few centimetres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from driver_simulator.picture.layer import Field, coarse
from driver_simulator.picture.projection import Projection
from driver_simulator.picture.soften import softened, stretched
from driver_simulator.picture.solids import Array, Box, Capsule, Ring, Thing, plain, see, vector
from driver_simulator.viewpoint import DriverSide, turned

_RAY_PX, _FOCUS_BLUR_PX = 4, 3.6
"""In a frame 640 pixels wide: one ray for so many pixels, as the background is blurred anyway."""
DOOR_M, FAR_DOOR_M, ROOF_M, FLOOR_M, REAR_M = 0.44, 1.16, -0.2, 1.1, 1.75
SEAT_SPACING_M = 0.72


@dataclass(frozen=True, slots=True)
class Cabin:
    """The room in even light; colours are already multiplied by what is not window."""

    colour: Array  # (H, W, 3) 0..255
    window: Array  # (H, W) 0..1, share of the pixel that looks outside
    normals: Field
    depth_m: Array  # (H, W) along the ray


@dataclass(frozen=True, slots=True)
class Upholstery:
    """Colours of one vehicle, BGR."""

    seat: tuple[float, float, float]
    trim: tuple[float, float, float]
    roof: tuple[float, float, float]
    stripe: bool


def upholstery_of(random: np.random.Generator) -> Upholstery:
    """Mostly blacks and greys, some beige and brown, as vehicles are."""
    seats = ((46, 44, 44), (70, 68, 66), (38, 44, 56), (120, 138, 150), (48, 62, 88), (92, 84, 74))
    roofs = ((150, 156, 160), (176, 182, 184), (60, 60, 62), (132, 142, 150))
    trims = ((40, 40, 42), (58, 56, 56), (72, 80, 88))
    return Upholstery(
        seat=seats[random.integers(len(seats))],
        trim=trims[random.integers(len(trims))],
        roof=roofs[random.integers(len(roofs))],
        stripe=bool(random.random() < 0.4),
    )


def build_cabin(projection: Projection, side: DriverSide, random: np.random.Generator) -> Cabin:
    upholstery = upholstery_of(random)
    step = projection.ray_step_px(_RAY_PX)
    height, width = projection.height_px // step, projection.width_px // step
    rays = projection.rays(0, 0, width, height, step)
    origin = projection.position.astype(np.float32)
    mirror = np.array([1.0 if side == "left" else -1.0, 1, 1], dtype=np.float32)

    room = _room(origin * mirror, rays * mirror, upholstery)
    seats = see(_seats(upholstery), origin * mirror, rays * mirror)
    before = seats.depth < room.depth_m
    colour = np.where(
        before[..., None], seats.bgr * (0.35 + 0.65 * seats.openness[..., None]), room.colour
    )
    window = np.where(before, 0.0, room.window).astype(np.float32)
    normals = np.where(before[..., None], seats.normals, room.normals) * mirror

    blur_px = projection.scaled_px(_FOCUS_BLUR_PX) / step
    size = (projection.width_px, projection.height_px)
    return Cabin(
        colour=stretched(softened(colour * (1 - window[..., None]), blur_px), size),
        window=stretched(softened(window, blur_px), size),
        normals=coarse(stretched(normals, size), np.ones(size[::-1], np.float32)),
        depth_m=stretched(np.minimum(seats.depth, room.depth_m), size),
    )


@dataclass(frozen=True, slots=True)
class _Room:
    colour: Array
    window: Array
    normals: Array
    depth_m: Array


_WALLS = (
    # axis, place, normal's sign: the driver's door, the far door, roof, floor, tailgate
    (0, DOOR_M, -1.0),
    (0, -FAR_DOOR_M, 1.0),
    (1, ROOF_M, 1.0),
    (1, FLOOR_M, -1.0),
    (2, REAR_M, -1.0),
)


def _room(origin: Array, rays: Array, upholstery: Upholstery) -> _Room:
    height, width, _ = rays.shape
    depth = np.full((height, width), np.inf, dtype=np.float32)
    wall = np.zeros((height, width), dtype=np.int8)
    for index, (axis, place, _) in enumerate(_WALLS):
        with np.errstate(divide="ignore"):
            there = (place - origin[axis]) / rays[..., axis]
        nearer = (there > 0.02) & (there < depth)
        depth[nearer], wall[nearer] = there[nearer], index
    points = origin + np.where(np.isfinite(depth), depth, 0.0)[..., None] * rays

    colour = np.empty((height, width, 3), dtype=np.float32)
    window = np.zeros((height, width), dtype=np.float32)
    normals = np.zeros((height, width, 3), dtype=np.float32)
    for index, (axis, _, sign) in enumerate(_WALLS):
        mine = wall == index
        normals[mine, axis] = sign
        if axis == 0:
            colour[mine], window[mine] = _door(points[mine], upholstery)
        elif axis == 2:
            colour[mine], window[mine] = _tailgate(points[mine], upholstery)
        else:
            colour[mine] = _ceiling(points[mine], upholstery) if axis == 1 and sign > 0 else 26.0
    return _Room(colour, window, normals, depth)


def _inside(distance: Array, softness_m: float = 0.01) -> Array:
    share: Array = np.clip(0.5 - distance / softness_m, 0.0, 1.0)
    return share


def _rounded(x: Array, y: Array, box: tuple[float, float, float, float], rounding: float) -> Array:
    """Signed distance from a rounded rectangle (left, top, right, bottom)."""
    left, top, right, bottom = box
    across = np.abs(x - (left + right) / 2) - (right - left) / 2 + rounding
    down = np.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + rounding
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0))
    distance: Array = outside + np.minimum(np.maximum(across, down), 0) - rounding
    return distance


def _door(points: Array, upholstery: Upholstery) -> tuple[Array, Array]:
    y, z = points[:, 1], points[:, 2]
    front = _rounded(z, y, (-0.75, -0.125, 0.2, 0.2), 0.05)
    # The rear window's upper edge falls towards the back.
    rear = _rounded(z, y - 0.06 * np.clip(z - 0.9, 0, 1), (0.36, -0.12, 1.16, 0.19), 0.06)
    window = np.maximum(_inside(front), _inside(rear))
    trim, roof = vector(*upholstery.trim), vector(*upholstery.roof)
    colour = np.where((y < 0.2)[:, None], 0.75 * roof, trim).astype(np.float32)
    # Panels below the windows: an armrest's shadow and a lighter inlay.
    colour[np.abs(y - 0.43) < 0.03] *= 0.45
    inlay = np.abs(y - 0.33) < 0.05
    colour[inlay] = 0.6 * colour[inlay] + 0.4 * vector(*upholstery.seat)
    # Rubber around the glass, and the dark sill below it.
    colour *= (1 - 0.8 * np.maximum(_inside(np.abs(front) - 0.015), _inside(np.abs(rear) - 0.015)))[
        :, None
    ]
    return colour, window


def _tailgate(points: Array, upholstery: Upholstery) -> tuple[Array, Array]:
    x, y = points[:, 0], points[:, 1]
    middle = (DOOR_M - FAR_DOOR_M) / 2
    window = _inside(_rounded(x, y, (middle - 0.6, -0.12, middle + 0.6, 0.2), 0.09), 0.02)
    colour = np.where((y < 0.2)[:, None], 0.6 * vector(*upholstery.roof), vector(*upholstery.trim))
    return colour.astype(np.float32), window


def _ceiling(points: Array, upholstery: Upholstery) -> Array:
    x, z = points[:, 0], points[:, 2]
    colour = np.broadcast_to(vector(*upholstery.roof), points.shape).copy()
    # Darker towards the back and where the lining meets the walls.
    colour *= np.clip(1.05 - 0.28 * z, 0.5, 1.1)[:, None]
    edge = np.minimum(DOOR_M - x, x + FAR_DOOR_M)
    colour *= (0.55 + 0.45 * np.clip(edge / 0.16, 0, 1))[:, None]
    handle = _rounded(x, z, (DOOR_M - 0.1, 0.55, DOOR_M - 0.07, 0.8), 0.012)
    lamp = _rounded(x, z, (-0.42, 0.5, -0.3, 0.68), 0.03)
    colour *= (1 - 0.55 * _inside(handle))[:, None]
    colour = colour + (_inside(lamp) * 26)[:, None]
    return colour.astype(np.float32)


def _seats(upholstery: Upholstery) -> list[Thing]:
    lean = turned(0.0, math.radians(-16))
    base = vector(*upholstery.seat)

    def cover(points: Array, normals: Array) -> Array:
        x = points[:, 0]
        colour = np.broadcast_to(base, points.shape).copy()
        # A middle panel with its seams, as the back of a seat has.
        for middle in (0.0, -SEAT_SPACING_M):
            across = np.abs(x - middle)
            colour[np.abs(across - 0.13) < 0.006] *= 0.45
            if upholstery.stripe:
                colour[across < 0.13] *= 1.25
        colour *= (0.8 + 0.2 * np.clip(-normals[:, 1] + 0.3, 0, 1))[:, None]
        return np.minimum(colour, 255).astype(np.float32)

    things = []
    for x in (0.0, -SEAT_SPACING_M):
        things += [
            Thing(Box((x, 0.6, 0.27), (0.26, 0.36, 0.075), 0.06, lean, taper=0.14), cover),
            Thing(Box((x, 0.085, 0.25), (0.135, 0.115, 0.05), 0.045, lean, taper=0.08), cover),
            Thing(
                Capsule((x - 0.06, 0.12, 0.26), (x - 0.06, 0.26, 0.24), 0.008, 0.008),
                plain((96, 96, 98)),
            ),
            Thing(
                Capsule((x + 0.06, 0.12, 0.26), (x + 0.06, 0.26, 0.24), 0.008, 0.008),
                plain((96, 96, 98)),
            ),
        ]
    bench = (DOOR_M - FAR_DOOR_M) / 2
    things.append(Thing(Box((bench, 0.62, 1.25), (0.7, 0.36, 0.1), 0.07, lean), cover))
    for x in (bench - 0.45, bench, bench + 0.45):
        things.append(Thing(Box((x, 0.2, 1.36), (0.12, 0.09, 0.05), 0.045, lean), cover))
    # The belt's guide on the pillar.
    things.append(
        Thing(Ring((DOOR_M - 0.03, 0.02, 0.29), (1, 0, 0), 0.03, 0.009), plain((30, 30, 30)))
    )
    return things
