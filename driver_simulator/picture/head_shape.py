"""The solid head behind a portrait: how far its surface lies from its axis in each direction, and what it shows there.

In: a portrait. Out: maps over the grid of `head_grid`, for any opening of the jaw, and the face's points in space.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.face_actions import CHIN_DROP_MM
from driver_simulator.picture.face_depths import HEIGHTS_MM, between_points
from driver_simulator.picture.head_grid import (
    AXIS_BEHIND_PX,
    AXIS_DOWN_PX,
    DOME_LEVELS,
    LEVELS,
    LOWEST_LEVEL,
    PX_PER_MM,
    TURNS,
    directions,
)
from driver_simulator.picture.portrait import (
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    EYES_MIDDLE_PX,
    Portrait,
)
from driver_simulator.picture.shown_places import shown_places
from driver_simulator.picture.spline import smooth_through
from edge_app.face.landmark_layout import PARTS

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_BACK_MM, _FOREHEAD_MM, _NECK_BACK_MM = 100.0, 92.0, 62.0
_NECK_OF_FACE, _NECK_FRONT_MM = 0.76, 34.0
_STEEPEST = 2.2
_JAW_TO = 0.62
"""Turn up to which the jaw takes the surface along."""
_LEAST_DROP, _UNDER_CHIN_PX, _NECK_PX = 0.03, 45.0, 80.0
_HAIR_MM = 9.0
"""Added to the face's oval where the photograph does not show how far the hair reaches."""


class HeadShape:
    """A solid head. Maps are over LEVELS x TURNS."""

    def __init__(self, portrait: Portrait) -> None:
        self.points = _in_space(portrait.points.astype(np.float64), HEIGHTS_MM, portrait.rotation)
        """(146, 3) px"""
        front = _front_depth(portrait, self.points)
        self._radius, face_share = _radius(portrait, self.points, front)
        direction, base, levels = directions()
        self.surface = _in_axes(self._radius, direction, base)
        """(LEVELS, TURNS, 3) px"""
        self._place = shown_places(portrait, self.surface, face_share)
        self.jaw_px = CHIN_DROP_MM * PX_PER_MM
        self._levels = levels
        turns = np.abs(np.linspace(-2, 2, TURNS))
        share = np.interp(turns, [_JAW_TO / 2, _JAW_TO], [1.0, 0.0]).astype(np.float32)
        inside = np.flatnonzero(share > 0)
        self._jaw_columns = slice(int(inside[0]), int(inside[-1]) + 1)
        self._jaw_share = share[self._jaw_columns]
        self._mouth = float(self.points[PARTS["lips_inner"], 1].mean()) - AXIS_DOWN_PX
        self._chin = float(self.points[PARTS["oval"].start + 18, 1]) - AXIS_DOWN_PX

    def with_jaw(self, drop: float) -> tuple[Floats, Floats]:
        """Distance of the surface from the axis, px, and (LEVELS, TURNS, 2) the canvas's px that it shows."""
        if drop < _LEAST_DROP:
            return self._radius, self._place
        way = drop * self.jaw_px
        mouth, chin = self._mouth, self._chin
        end = chin + way + _NECK_PX
        # What lay at the chin has sunk; the cavity's lips stand as far out as the shut mouth's.
        under = chin + _UNDER_CHIN_PX
        sunk = np.array([mouth, mouth + way, chin + way, under + way, end])
        before = np.interp(self._levels, sunk, [mouth, mouth, chin, under, end])
        changed = np.flatnonzero((self._levels > mouth) & (self._levels < sunk[-1]))
        rows = slice(int(changed[0]), int(changed[-1]) + 1)
        node = (before[rows] + DOME_LEVELS) * (LEVELS - 1) / (LOWEST_LEVEL + DOME_LEVELS)
        first = np.clip(node.astype(int), 0, LEVELS - 2)
        part = (node - first).astype(np.float32)[:, None]
        columns = self._jaw_columns
        radius, place = self._radius.copy(), self._place.copy()
        old = self._radius[:, columns]
        moved = old[first] + (old[first + 1] - old[first]) * part
        radius[rows, columns] += (moved - old[rows]) * self._jaw_share
        shown = self._place[:, columns]
        seen = shown[first] + (shown[first + 1] - shown[first]) * part[..., None]
        seen[..., 1] += (self._levels[rows] - before[rows]).astype(np.float32)[:, None]
        place[rows, columns] += (seen - shown[rows]) * self._jaw_share[:, None]
        return radius, place


def _in_space(flat: Doubles, heights_mm: Doubles, rotation: Doubles) -> Doubles:
    """flat: (N, 2) canvas px of points whose height in the head's own axes is known -> (N, 3) px."""
    z = -heights_mm * PX_PER_MM
    seen = flat - np.array(EYES_MIDDLE_PX) - z[:, None] * rotation[:2, 2]
    return np.column_stack([seen @ np.linalg.inv(rotation[:2, :2]).T, z])


def _front_depth(portrait: Portrait, points: Doubles) -> Floats:
    """(H, W): z of the face over its own x and y, on the canvas's grid; beyond the oval as at its edge."""
    more, heights = between_points(points[:, :2])
    # Irises lie on the ball behind the lids: the surface there is the lids'.
    lids = np.r_[0 : PARTS["iris_left"].start, PARTS["iris_right"].stop : len(points)]
    known = np.concatenate([points[lids, :2], more])
    depths = np.concatenate([points[lids, 2], -heights * PX_PER_MM])
    step = 4
    columns = np.arange(0, CANVAS_WIDTH_PX, step) - EYES_MIDDLE_PX[0]
    rows = np.arange(0, CANVAS_HEIGHT_PX, step) - EYES_MIDDLE_PX[1]
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    coarse = smooth_through(known, depths, grid, slack=0.004).reshape(len(rows), len(columns))
    coarse = np.clip(coarse, depths.min() - 4, 95 * PX_PER_MM).astype(np.float32)
    # A grid of every fourth pixel, whose first lies on the canvas's first.
    to_fine = np.array([[step, 0, 0], [0, step, 0]], dtype=np.float64)
    size = (CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX)
    fine = cv2.warpAffine(
        coarse, to_fine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(fine, dtype=np.float32)


def _radius(portrait: Portrait, points: Doubles, front: Floats) -> tuple[Floats, Doubles]:
    """The surface, and where it is the face's own (0..1)."""
    direction, base, levels = directions()
    left, right, crown = _outline(portrait, points, levels)
    whole = _skull(direction, base, left, right, crown)
    face = _face_radius(direction, base, front)
    share = _face_share(points, direction, base, face)
    radius = _no_overhang(whole + (face - whole) * share)
    return np.asarray(cv2.GaussianBlur(radius.astype(np.float32), (0, 0), 0.7)), share


def _no_overhang(radius: Doubles) -> Doubles:
    """Under nose and chin the surface recedes no faster than lines of sight can be followed to it."""
    step = _STEEPEST * (LOWEST_LEVEL + DOME_LEVELS) / (LEVELS - 1)
    for row in range(1, LEVELS):
        radius[row] = np.maximum(radius[row], radius[row - 1] - step)
    for row in range(LEVELS - 2, -1, -1):
        radius[row] = np.maximum(radius[row], radius[row + 1] - step)
    return radius


def _outline(
    portrait: Portrait, points: Doubles, levels: Doubles
) -> tuple[Doubles, Doubles, float]:
    """How far the head reaches to the picture's left and right at each level, and the crown's height, px."""
    matte = _matte_ahead(portrait)
    oval = points[PARTS["oval"]]
    chin = float(oval[18, 1]) - AXIS_DOWN_PX
    half = float(oval[:, 0].max() - oval[:, 0].min()) / 2
    middle = float(oval[:, 0].max() + oval[:, 0].min()) / 2
    least_crown = -float(oval[0, 1]) + AXIS_DOWN_PX + 26 * PX_PER_MM
    reaches = []
    ray = np.arange(0.0, 330.0)
    for sign in (-1.0, 1.0):
        out = np.empty(len(levels))
        for row, level in enumerate(levels):
            share = np.clip(-level / DOME_LEVELS, 0, 1)
            norm = np.hypot(share, 1 - share)
            x = sign * ray * (1 - share) / norm
            y = max(level, 0.0) - ray * share / norm
            seen = _sampled(matte, x + EYES_MIDDLE_PX[0], y + AXIS_DOWN_PX + EYES_MIDDLE_PX[1])
            reach = float(np.flatnonzero(seen > 0.5).max(initial=0))
            out[row] = _plausible(reach, level, share, sign * middle + half, least_crown, chin)
        reaches.append(_settled(out))
    crown = max(float(reaches[0][0] + reaches[1][0]) / 2, least_crown)
    for side in reaches:
        # Both sides meet in the crown.
        side += (crown - side[0]) * np.clip(-levels / DOME_LEVELS * 2 - 1, 0, 1) ** 2
    return reaches[0], reaches[1], crown


def _matte_ahead(portrait: Portrait) -> Floats:
    """The matte as it would be of a head seen from ahead, taken at the depth of the outline."""
    turn = portrait.rotation[:2, :2]
    middle = np.array(EYES_MIDDLE_PX)
    # The outline lies a little before the axis.
    shift = portrait.rotation[:2, 2] * 0.8 * AXIS_BEHIND_PX
    to_canvas = np.column_stack([turn, middle + shift - turn @ middle])
    size = (CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(portrait.alpha, to_canvas, size, flags=flags))


def _plausible(
    reach: float, level: float, share: float, half: float, crown: float, chin: float
) -> float:
    """A reach between a bare head's and a full head of hair's."""
    hair = _HAIR_MM * PX_PER_MM
    if level <= 0:
        least = half + hair + (crown - half - hair) * share
        return float(np.clip(reach, least, least * 1.7))
    # The face grows narrower towards the jaw, and ends in the neck.
    down = level / chin
    least = half * float(np.interp(down, [0, 0.35, 0.75, 0.95], [1.06, 1.04, 0.9, 0.72]))
    most = half * float(np.interp(down, [0, 0.5, 0.9, 1.1], [1.7, 1.6, 1.15, 0.8]))
    below = float(np.clip((down - 0.95) / 0.12, 0, 1))
    return float(np.clip(reach, least, most)) * (1 - below) + _NECK_OF_FACE * half * below


def _settled(reach: Doubles) -> Doubles:
    """Without the matte's small notches."""
    padded = np.pad(reach, 6, mode="edge")
    median = np.median(np.lib.stride_tricks.sliding_window_view(padded, 13), axis=1)
    soft = cv2.GaussianBlur(median[:, None], (1, 0), 0, sigmaY=3.0, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(soft[:, 0], dtype=np.float64)


def _sampled(map_: Floats, x: Doubles, y: Doubles) -> Doubles:
    at = (np.atleast_2d(x).astype(np.float32), np.atleast_2d(y).astype(np.float32))
    seen = cv2.remap(map_, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(seen, dtype=np.float64).reshape(np.shape(x))


def _skull(
    direction: Doubles, base: Doubles, left: Doubles, right: Doubles, crown: float
) -> Doubles:
    """An egg through the outline, with a forehead before the axis and a back behind it."""
    x, up, ahead = direction[..., 0], -direction[..., 1], -direction[..., 2]
    flat = np.hypot(x, ahead) + 1e-9
    side = np.where(x < 0, left[:, None], right[:, None])
    latitude = np.arctan2(up, flat)
    down = np.clip((base[:, None] / PX_PER_MM - 60) / 75, 0, 1)
    before = (_FOREHEAD_MM + (_NECK_FRONT_MM - _FOREHEAD_MM) * down) * PX_PER_MM
    behind = (_BACK_MM + (_NECK_BACK_MM - _BACK_MM) * down) * PX_PER_MM
    depth = np.where(ahead > 0, before, behind)
    over = 1 / np.sqrt((np.cos(latitude) / depth) ** 2 + (np.sin(latitude) / crown) ** 2)
    sideways = np.abs(x) / flat
    round_about = 1 / np.sqrt((sideways / side) ** 2 + (ahead / flat / over) ** 2 + 1e-12)
    return np.asarray(np.where(flat > 1e-6, round_about, crown))


def _face_radius(direction: Doubles, base: Doubles, front: Floats) -> Doubles:
    """How far from the axis the face's relief is met, seen from inside."""
    radius = np.full(base.shape[:1] + direction.shape[1:2], 20.0)
    found = np.zeros(radius.shape, dtype=bool)
    for far in np.arange(20.0, 260.0, 1.0):
        x = far * direction[..., 0] + EYES_MIDDLE_PX[0]
        y = base[:, None] + far * direction[..., 1] + AXIS_DOWN_PX + EYES_MIDDLE_PX[1]
        z = AXIS_BEHIND_PX + far * direction[..., 2]
        surface = cv2.remap(
            front,
            x.astype(np.float32),
            y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        found |= z < surface
        radius = np.where(found, radius, far)
    return radius


def _face_share(points: Doubles, direction: Doubles, base: Doubles, face: Doubles) -> Doubles:
    """1 within the face's oval, 0 where the skull goes on."""
    x = face * direction[..., 0] + EYES_MIDDLE_PX[0]
    y = base[:, None] + face * direction[..., 1] + AXIS_DOWN_PX + EYES_MIDDLE_PX[1]
    oval = points[PARTS["oval"], :2]
    middle = oval.mean(axis=0)
    mask = np.zeros((CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX), dtype=np.float32)
    outline = np.array(EYES_MIDDLE_PX) + middle + 1.02 * (oval - middle)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 1.0)
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), 4.0), dtype=np.float32)
    ahead = (-direction[..., 2] > 0.05).astype(np.float64)
    return _sampled(soft, x, y) * ahead


def _in_axes(radius: Floats, direction: Doubles, base: Doubles) -> Doubles:
    """(LEVELS, TURNS, 3) px in the head's own axes."""
    space = radius[..., None] * direction
    space[..., 1] += base[:, None] + AXIS_DOWN_PX
    space[..., 2] += AXIS_BEHIND_PX
    return np.asarray(space)
