"""Eyes of a photograph closed to a known share of their opening: the upper lid unrolls from under its fold.

For measuring only, and without a line of the renderer that students learn from, which stretches the skin between brow
and lashes column by column. Here only the fold sinks a little (a thin-plate spline); the skin that comes out below it
is a copy of that over the open eye, moved down as it is. It is shaded as a ball is, casts a shadow on the eye, and its
lashes are single hairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import PARTS
from model_compression.evaluation.eye_opening import Opening, opening_of
from model_compression.evaluation.thin_plate import ThinPlate

Luma = NDArray[np.uint8]
Floats = NDArray[np.float64]

_SAMPLES = 3  # per pixel, along each side
_REACH = (
    -0.35,
    -0.9,
    1.35,
    0.6,
)  # left, top, right, bottom of what may change, in widths of the eye
_FOLD_SINKS = 0.35  # of the closing
_LID_OF_BROW = 0.5  # how much of the way up to the brow is lid
_LEAST_LID, _MOST_LID = 0.1, 0.25
_SKIN_OF_BROW = 0.8  # how much of the way up to the brow is skin; it repeats back and forth where it does not suffice
_LASH_ROOTS = 0.06  # of the skin over the margin, not to be repeated
_SOFT = 0.06  # half the width of the seam at the fold
_CHEEK = 0.15  # how far down the lower lid's skin moves
_ROUND = 0.08  # shading of a shut lid, as a share
_SHADOW, _SHADOW_LENGTH = 0.3, 0.05
_LASHES, _LASH_LENGTH, _LASH_WIDTH, _LASH_DARK = 26, 0.12, 0.012, 0.55


@dataclass(frozen=True, slots=True)
class MovedLids:
    """picture: (H, W); opening: (H, W) 0..1, how much of each pixel lies between the lids of an eye."""

    picture: Luma
    opening: Floats


def with_apertures(
    picture: Luma, points: NDArray[np.float32], apertures: Mapping[str, float]
) -> MovedLids:
    """picture: (H, W); points: (146, 2) px of it; apertures: of the driver's `left` and `right` eye, 1 as it is."""
    moved = MovedLids(picture, np.zeros(picture.shape))
    for side, aperture in apertures.items():
        eye = opening_of(points[PARTS[f"eyelid_{side}"]])
        brow = eye.local(points[PARTS[f"brow_{side}"]].astype(np.float64))
        moved = _one_eye(moved, eye, brow, float(np.clip(aperture, 0.0, 1.0)))
    return moved


def _one_eye(before: MovedLids, eye: Opening, brow: Floats, aperture: float) -> MovedLids:
    window = _window(eye, before.picture.shape)
    height, width = window[0].stop - window[0].start, window[1].stop - window[1].start
    if height < 2 or width < 2:
        return before
    place = eye.local(_fine_grid(window))  # (h, w, 2) in widths of the eye
    x, y = place[..., 0], place[..., 1]
    upper, lower = eye.lids_at(x, aperture)
    between = (y > upper) & (y < lower)
    shrink = (width, height)
    opening = before.opening.copy()
    opening[window] = np.maximum(opening[window], _shrunk(between.astype(np.float64), shrink))
    if aperture >= 1.0:
        return MovedLids(before.picture, opening)
    under = before.picture[window].astype(np.float64)
    shown = _shown_places(eye, brow, place, aperture)
    still = between | (np.abs(shown - place).max(axis=-1) < 1e-4)
    skin = _sampled(before.picture, eye.picture(shown)) * _roundness(eye, place, aperture)
    below_lid = np.maximum(y - upper, 0.0) / _SHADOW_LENGTH
    shadow = np.where(between, 1 - _SHADOW * np.sqrt(1 - aperture) * np.exp(-below_lid), 1.0)
    made = under * _shrunk(still * shadow, shrink) + _shrunk(np.where(still, 0, skin), shrink)
    lashes = _shrunk(_lashes(eye, window, aperture), shrink)
    made += (float(np.percentile(under, 2)) - made) * lashes
    picture = before.picture.copy()
    picture[window] = np.clip(made + 0.5, 0, 255).astype(np.uint8)
    return MovedLids(picture, opening)


def _shown_places(eye: Opening, brow: Floats, place: Floats, aperture: float) -> Floats:
    """For each place of the new picture the place of the old one whose skin is there now."""
    x, y = place[..., 0], place[..., 1]
    old_upper, old_lower = eye.lids(x)
    upper, lower = eye.lids_at(x, aperture)
    closing = (1.0 - aperture) * (old_lower - old_upper)
    lid, skin = _lid_and_skin(brow, eye, x)
    fold = old_upper - lid + _FOLD_SINKS * closing
    above = place + _sunken(eye, brow, place, aperture)
    up = upper - y  # height over the new margin
    unrolled = np.stack([x, old_upper - _back_and_forth(up, skin)], axis=-1)
    into_lid = np.clip((y - fold) / (2 * _SOFT) + 0.5, 0.0, 1.0) * (lid > 0)
    shown = above + (unrolled - above) * into_lid[..., None]
    cheek = place.copy()
    cheek[..., 1] += (old_lower - lower) * np.exp(-(((y - lower) / _CHEEK) ** 2))
    return np.where((y >= lower)[..., None], cheek, shown)


def _lid_and_skin(brow: Floats, eye: Opening, x: Floats) -> tuple[Floats, Floats]:
    """How far up from the margin the lid's fold lies, and how far up there is skin; nothing at the corners."""
    middle = eye.lids(np.array([0.5]))[0][0]
    room = float(middle - np.sort(brow[:, 1])[len(brow) // 2 :].mean())
    lid = float(np.clip(_LID_OF_BROW * room, _LEAST_LID, _MOST_LID))
    taper = np.sqrt(np.clip(4 * x * (1 - x), 0.0, 1.0))
    return lid * taper, max(_SKIN_OF_BROW * room, lid) * taper


def _back_and_forth(up: Floats, skin: Floats) -> Floats:
    """Height on the old lid from which the skin at height `up` on the new one is taken."""
    span = np.maximum(skin - _LASH_ROOTS, 1e-3)
    beyond = np.mod(up - skin, 2 * span)
    return np.where(up <= skin, up, skin - (span - np.abs(beyond - span)))


def _sunken(eye: Opening, brow: Floats, place: Floats, aperture: float) -> Floats:
    """(h, w, 2): how far the skin over the fold has come, for a fold that sinks and a brow that stays."""
    along = np.linspace(0.1, 0.9, 9)
    upper, lower = eye.lids(along)
    sinks = _FOLD_SINKS * (1.0 - aperture) * (lower - upper)
    fold = np.column_stack([along, upper - _lid_and_skin(brow, eye, along)[0] + sinks])
    ring = np.array([(0, 0), (1, 0), (-0.3, 0), (1.3, 0), (-0.3, -0.5), (1.3, -0.5), (0.5, -0.85)])
    still = np.concatenate([ring, brow])
    moved = np.concatenate(
        [np.column_stack([np.zeros(len(along)), -sinks]), np.zeros((len(still), 2))]
    )
    plate = ThinPlate(np.concatenate([fold, still]), moved)
    coarse = plate.at(place[1::_SAMPLES, 1::_SAMPLES])  # smooth: once per pixel is enough
    size = (place.shape[1], place.shape[0])
    fine = np.stack(
        [cv2.resize(coarse[..., axis], size, interpolation=cv2.INTER_LINEAR) for axis in (0, 1)],
        axis=-1,
    )
    left, top, right, bottom = _REACH
    x, y = place[..., 0], place[..., 1]
    inside = (
        np.clip((x - left) / 0.3, 0, 1)
        * np.clip((right - x) / 0.3, 0, 1)
        * np.clip((y - top) / 0.3, 0, 1)
        * np.clip((bottom - y) / 0.3, 0, 1)
    )
    return np.asarray(fine * inside[..., None], dtype=np.float64)


def _roundness(eye: Opening, place: Floats, aperture: float) -> Floats:
    """How light falls on a lid that lies around a ball: brightest half way down."""
    x, y = place[..., 0], place[..., 1]
    old_upper, _ = eye.lids(x)
    upper, _ = eye.lids_at(x, aperture)
    down = np.clip((y - old_upper) / np.maximum(upper - old_upper, 1e-3), 0.0, 1.0)
    on_lid = (y > old_upper) & (y < upper)
    shade = 1 + _ROUND * (1 - aperture) * (4 * down * (1 - down) - 0.5 * down)
    return np.where(on_lid, shade, 1.0)


def _lashes(eye: Opening, window: tuple[slice, slice], aperture: float) -> Floats:
    """(h, w) on the finer grid, 0..1: hairs that hang down from the new margin as far as the lid came down."""
    random = np.random.default_rng(0)
    x = np.sort(random.uniform(0.08, 0.97, _LASHES))
    upper, _ = eye.lids_at(x, aperture)
    length = _LASH_LENGTH * random.uniform(0.6, 1.1, _LASHES) * (1.0 - aperture)
    outward = (x - 0.5) * random.uniform(0.5, 1.0, _LASHES)
    t = np.linspace(0, 1, 6)[:, None]
    hairs = np.stack([x + outward * length * t**2, upper + length * t], axis=-1)  # (6, N, 2)
    first = np.array([window[1].start, window[0].start])
    placed = (eye.picture(hairs) - first + 0.5) * _SAMPLES - 0.5
    height = (window[0].stop - window[0].start) * _SAMPLES
    drawn = np.zeros((height, (window[1].stop - window[1].start) * _SAMPLES), dtype=np.uint8)
    thick = max(1, round(_LASH_WIDTH * eye.width_px * _SAMPLES))
    fixed = np.ascontiguousarray(np.rint(placed.transpose(1, 0, 2) * 16), dtype=np.int32)
    cv2.polylines(drawn, list(fixed), False, 255, thick, cv2.LINE_AA, 4)
    return _LASH_DARK * drawn.astype(np.float64) / 255


def _window(eye: Opening, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of the picture that may change."""
    left, top, right, bottom = _REACH
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    placed = eye.picture(corners)
    limit = np.array(shape[::-1])
    low = np.clip(np.floor(placed.min(axis=0)), 0, limit).astype(int)
    high = np.clip(np.ceil(placed.max(axis=0)), 0, limit).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _fine_grid(window: tuple[slice, slice]) -> Floats:
    """(h, w, 2) px: the middles of `_SAMPLES` by `_SAMPLES` parts of each pixel."""
    rows, columns = (
        np.arange((part.stop - part.start) * _SAMPLES) / _SAMPLES
        + part.start
        + (0.5 / _SAMPLES - 0.5)
        for part in window
    )
    return np.stack(np.meshgrid(columns, rows), axis=-1)


def _sampled(picture: Luma, places_px: Floats) -> Floats:
    x, y = places_px[..., 0].astype(np.float32), places_px[..., 1].astype(np.float32)
    shown = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, dtype=np.float64)


def _shrunk(fine: Floats, size: tuple[int, int]) -> Floats:
    """Mean over each pixel. size: width, height."""
    return np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), dtype=np.float64)
