"""Solid shapes told by their signed distance, and their picture seen from a point: seats, bodies, hands, a wheel.

In: shapes in metres with the paint on them, and rays. Out: depth, normals and colours of what each ray meets. Slow
(tenths of a second), so it draws only what stays the same: once for each renderer. Hart 1996, Sphere tracing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Paint = Callable[[Array, Array], Array]
"""(N, 3) points and (N, 3) normals -> (N, 3) BGR 0..255 in even light."""

_STEPS = 56
_TOUCH_M = 0.0008
_STRIDE = 0.9
"""Blends and tapers are no exact distances: shorter steps keep rays from passing through."""
_BUNDLE = 8
"""So many rays in each direction go together until they come near something."""


class Shape(Protocol):
    def distance(self, points: Array) -> Array:
        """(N, 3) m -> (N,) m, below 0 inside."""
        ...


def vector(*numbers: float) -> Array:
    """A place, a way or a colour, in single precision like everything here."""
    return np.array(numbers, dtype=np.float32)


def _length(vectors: Array) -> Array:
    length: Array = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return length


@dataclass(frozen=True, slots=True)
class Capsule:
    """From one ball to another: limbs, fingers, bars."""

    begin: tuple[float, float, float]
    end: tuple[float, float, float]
    begin_radius: float
    end_radius: float

    def distance(self, points: Array) -> Array:
        begin = vector(*self.begin)
        along = vector(*self.end) - begin
        from_begin = points - begin
        share = np.clip(from_begin @ along / max(float(along @ along), 1e-9), 0.0, 1.0)
        radius = self.begin_radius + (self.end_radius - self.begin_radius) * share
        distance: Array = _length(from_begin - share[:, None] * along) - radius
        return distance


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    centre: tuple[float, float, float]
    radii: tuple[float, float, float]

    def distance(self, points: Array) -> Array:
        offset = points - vector(*self.centre)
        radii = vector(*self.radii)
        near = _length(offset / radii)
        slope = np.maximum(_length(offset / (radii * radii)), 1e-6)
        distance: Array = near * (near - 1.0) / slope
        return distance


@dataclass(frozen=True, slots=True)
class Box:
    """A block with rounded edges; `axes` columns are its own axes, `taper` narrows its x towards the top (-y)."""

    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    rounding: float
    axes: NDArray[np.float64] | None = None
    taper: float = 0.0

    def distance(self, points: Array) -> Array:
        offset = points - vector(*self.centre)
        if self.axes is not None:
            offset = offset @ self.axes.astype(np.float32)
        half = np.broadcast_to(vector(*self.half), offset.shape)
        if self.taper:
            half = half.copy()
            half[:, 0] *= 1.0 + self.taper * np.clip(offset[:, 1] / self.half[1], -1.0, 1.0)
        beyond = np.abs(offset) - half + np.float32(self.rounding)
        outside = _length(np.maximum(beyond, 0.0))
        distance: Array = outside + np.minimum(beyond.max(axis=1), 0.0) - self.rounding
        return distance


@dataclass(frozen=True, slots=True)
class Ring:
    """A torus about `axis`: a steering wheel, a collar. `squeeze` flattens it along its axis."""

    centre: tuple[float, float, float]
    axis: tuple[float, float, float]
    radius: float
    thickness: float

    def distance(self, points: Array) -> Array:
        axis = vector(*self.axis)
        axis = axis / np.linalg.norm(axis)
        offset = points - vector(*self.centre)
        along = offset @ axis
        around = _length(offset - along[:, None] * axis) - self.radius
        distance: Array = np.sqrt(around * around + along * along) - self.thickness
        return distance


@dataclass(frozen=True, slots=True)
class Blend:
    """Shapes that run into one another over `softness_m`, as flesh and upholstery do."""

    shapes: tuple[Shape, ...]
    softness_m: float

    def distance(self, points: Array) -> Array:
        total = self.shapes[0].distance(points)
        for shape in self.shapes[1:]:
            other = shape.distance(points)
            # The polynomial smooth minimum (Quilez).
            near = np.maximum(self.softness_m - np.abs(total - other), 0.0) / self.softness_m
            total = np.minimum(total, other) - near * near * (self.softness_m / 4.0)
        return total


@dataclass(frozen=True, slots=True)
class Thing:
    shape: Shape
    paint: Paint


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rays met; H, W as of the rays. Without a hit, depth is infinite and `thing` -1."""

    depth: Array  # (H, W) m along the ray
    normals: Array  # (H, W, 3) unit length
    bgr: Array  # (H, W, 3) 0..255 in even light
    openness: Array  # (H, W) 0..1, how much of the light around reaches the spot
    thing: NDArray[np.int16]  # (H, W) index into the things


def see(things: Sequence[Thing], origin: Array, rays: Array, reach_m: float = 4.0) -> Seen:
    """rays: (H, W, 3) of unit length from `origin`."""
    height, width, _ = rays.shape
    directions = rays.reshape(-1, 3).astype(np.float32)
    travelled = _starts(things, origin, rays, reach_m).ravel()
    depth = np.full(len(directions), np.inf, dtype=np.float32)
    going = np.flatnonzero(travelled < reach_m)
    for _ in range(_STEPS):
        if not len(going):
            break
        points = origin + travelled[going, None] * directions[going]
        gap = _nearest(things, points)
        touched = gap < _TOUCH_M
        depth[going[touched]] = travelled[going[touched]]
        travelled[going] += _STRIDE * np.maximum(gap, _TOUCH_M)
        going = going[~touched & (travelled[going] < reach_m)]

    normals = np.zeros((len(directions), 3), dtype=np.float32)
    bgr = np.zeros((len(directions), 3), dtype=np.float32)
    openness = np.ones(len(directions), dtype=np.float32)
    which = np.full(len(directions), -1, dtype=np.int16)
    hit = np.flatnonzero(np.isfinite(depth))
    if len(hit):
        points = origin + depth[hit, None] * directions[hit]
        which[hit] = np.argmin([thing.shape.distance(points) for thing in things], axis=0)
        normals[hit] = _normals(things, points)
        openness[hit] = _openness(things, points, normals[hit])
        for index, thing in enumerate(things):
            mine = which[hit] == index
            if mine.any():
                bgr[hit[mine]] = thing.paint(points[mine], normals[hit[mine]])
    return Seen(
        depth.reshape(height, width),
        normals.reshape(height, width, 3),
        bgr.reshape(height, width, 3),
        openness.reshape(height, width),
        which.reshape(height, width),
    )


def _starts(things: Sequence[Thing], origin: Array, rays: Array, reach_m: float) -> Array:
    """(H, W) m up to which nothing is met, in bundles of rays; beyond `reach_m` where a bundle passes all by."""
    height, width, _ = rays.shape
    rows = np.minimum(np.arange(_BUNDLE // 2, height + _BUNDLE // 2, _BUNDLE), height - 1)
    columns = np.minimum(np.arange(_BUNDLE // 2, width + _BUNDLE // 2, _BUNDLE), width - 1)
    directions = rays[np.ix_(rows, columns)].reshape(-1, 3).astype(np.float32)
    # Half a bundle's width and a little more, per metre: from its middle to its corners.
    spread = 0.8 * _BUNDLE * float(np.abs(np.diff(rays, axis=1)).max(initial=0.0)) * 1.5
    travelled = np.zeros(len(directions), dtype=np.float32)
    going = np.arange(len(directions))
    for _ in range(_STEPS):
        if not len(going):
            break
        gap = _nearest(things, origin + travelled[going, None] * directions[going])
        free = gap - spread * travelled[going]
        near = free < 0.004
        travelled[going] += np.where(near, 0.0, _STRIDE * np.maximum(free, 0.004) / (1 + spread))
        going = going[~near & (travelled[going] < reach_m)]
    blocks = travelled.reshape(len(rows), len(columns))
    return blocks.repeat(_BUNDLE, axis=0).repeat(_BUNDLE, axis=1)[:height, :width].copy()


def _nearest(things: Sequence[Thing], points: Array) -> Array:
    nearest = things[0].shape.distance(points)
    for thing in things[1:]:
        nearest = np.minimum(nearest, thing.shape.distance(points))
    return nearest


def _normals(things: Sequence[Thing], points: Array) -> Array:
    total = np.zeros_like(points)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        way = vector(*corner)
        total += way * _nearest(things, points + np.float32(0.0015) * way)[:, None]
    normals: Array = total / np.maximum(_length(total), 1e-9)[:, None]
    return normals


def _openness(things: Sequence[Thing], points: Array, normals: Array) -> Array:
    """How free the way outwards is: creases and contacts are darker."""
    openness = np.ones(len(points), dtype=np.float32)
    for step_m, weight in ((0.018, 0.45), (0.07, 0.55)):
        free = _nearest(things, points + np.float32(step_m) * normals) / step_m
        openness -= weight * (1.0 - np.clip(free, 0.0, 1.0))
    return openness


def plain(bgr: tuple[float, float, float]) -> Paint:
    """One colour all over."""
    colour = np.array(bgr, dtype=np.float32)

    def paint(points: Array, normals: Array) -> Array:
        return np.broadcast_to(colour, points.shape).copy()

    return paint
