"""An eye with lids that open and shut over a ball that turns.

In: the canvas, a closure and a gaze. Out: the canvas's window around the eye, painted anew. The upper lid unrolls from
under its fold: lid skin comes out between the fold, which hardly sinks, and the margin with its lashes. The skin is
lit like the ball that it lies on. The corners never move, and a shut eye is one line that sags between them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.eyeball import Eyeball
from driver_simulator.picture.fill import grown_in
from driver_simulator.picture.lids import PX_PER_MM, Lids
from driver_simulator.picture.portrait import Portrait
from edge_app.face.landmark_layout import PARTS

Floats = NDArray[np.float32]

_BESIDE, _ABOVE, _BELOW = 0.32, 0.85, 0.62
"""How much around the eye is painted anew, in widths of the eye."""
_ROOTS_MM = 1.1
"""Skin along the margin that moves with it unstretched: the lashes' roots."""
_FOLD_MM = 6.5
"""From the margin to the fold of an open eye."""
_FOLD_SINKS = 0.22
"""Of the margin's way."""
_LASHES_MM, _LASH_DARK = 3.0, 0.42
_MARGIN_MM = 1.1
_SHADOW_MM, _SHADOW = 2.4, 0.5
_LOWER_SOFT_MM = 7.0
_BALL_LIGHT, _CREASE = 0.22, 0.0
_HOLLOW_MM, _CATCHES_LIGHT = 7.5, 0.8
_ASIDE = 0.3
"""Of the eye's width, beyond its corners: where the open lid's lashes and shade end."""
_EVEN_FROM_PX = 7.0
_SMOOTH = 0.9
"""How much of a shut lid is even skin, rather than what hung in the open eye's fold."""


class EyePainter:
    """One eye of a portrait."""

    def __init__(self, portrait: Portrait, side: str, aperture_mm: float) -> None:
        """side: of the driver, `left` or `right`."""
        contour = portrait.points[PARTS[f"eyelid_{side}"]]
        self._contour, self._iris = contour, portrait.points[PARTS[f"iris_{side}"]]
        self.lids = Lids(contour, aperture_mm)
        self.window = _window(contour, self.lids, portrait.texture.shape[:2])
        self.ball = Eyeball(
            portrait.texture,
            self.window,
            self.lids,
            portrait.points[PARTS[f"iris_{side}"]],
            portrait.skin_bgr,
            portrait.rotation,
        )
        rows, columns = np.mgrid[self.window].astype(np.float32)
        self._x, self._y = columns, rows
        self._share, self._height = self.lids.local(np.stack([columns, rows], axis=-1))
        self._eye = self.lids.photographed(self._share)
        self._contour_eye = self.lids.photographed(self.lids.local(contour)[0])
        brow = self.lids.local(portrait.points[PARTS[f"brow_{side}"]])[1]
        middle = float(np.median(brow))
        self._skin_px = float(np.clip(-0.8 * middle, 9.0, 0.7 * self.lids.width_px))
        self._fold_px = min(_FOLD_MM * PX_PER_MM, 0.5 * self._skin_px)
        self._skin_over = self._without_eye(portrait, side)
        self._lash_bgr = np.minimum(portrait.skin_bgr * 0.2, 40.0).astype(np.float32)
        self._fringe = _fringe(self._share)
        self._root_taper = np.sqrt(np.maximum(self._eye.taper, 0.04))
        beside = np.minimum(self._share, 1 - self._share)
        self._within = np.clip((beside + 0.04) * 9, 0, 1)
        self._between = (beside > 0).astype(np.float32)
        self._around = np.clip((beside + _ASIDE) / _ASIDE, 0, 1)

    def paint(
        self,
        texture: NDArray[np.uint8],
        closure: float,
        gaze_yaw_rad: float,
        gaze_pitch_rad: float,
        cheek: float,
    ) -> None:
        """Paint into `texture` (H, W, 3 or more channels), which holds the photographed eye."""
        margins = self.lids.at(self._eye, closure, gaze_pitch_rad=gaze_pitch_rad, cheek=cheek)
        height = self._height
        came_down = margins.upper - self._eye.upper
        source, on_lid = self._unrolled(height, margins.upper, came_down)
        went_up = self._eye.lower - margins.lower
        below = np.maximum(height - margins.lower, 0)
        below_px = np.float32(_LOWER_SOFT_MM * PX_PER_MM)
        lower_source = height + went_up * np.exp(-((below / below_px) ** 2))
        under = height > (margins.upper + margins.lower) / 2
        moved = np.where(under, lower_source, source) - height
        down = self.lids.down
        skin = cv2.remap(
            texture,
            self._x + moved * down[0],
            self._y + moved * down[1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )[..., :3].astype(np.float32)
        skin = self._lid_skin(skin, margins.upper - height, came_down, on_lid)
        # Below the upper margin but not below the lower one: nothing where they meet.
        open_ = np.clip(height - margins.upper + 0.5, 0, 1)
        open_ -= np.clip(height - margins.lower + 0.5, 0, 1)
        open_ *= self._between
        ball = self.ball.painted(gaze_yaw_rad, gaze_pitch_rad)
        depth = np.maximum(height - margins.upper, 0)
        shadow = 1 - _SHADOW * np.exp(-depth / np.float32(_SHADOW_MM * PX_PER_MM))
        ball *= shadow[..., None]
        picture = skin + (ball - skin) * open_[..., None]
        lashes = self._lashes(height - margins.upper, came_down, margins.lower - margins.upper)
        picture += (self._lash_bgr - picture) * lashes[..., None]
        texture[self.window[0], self.window[1], :3] = np.clip(picture, 0, 255)

    def points(
        self, closure: float, gaze_yaw_rad: float, gaze_pitch_rad: float, cheek: float
    ) -> tuple[Floats, Floats]:
        """Lids (16, 2) and iris (5, 2), px of the canvas, where `paint` draws them."""
        eye = self._contour_eye
        margins = self.lids.at(eye, closure, gaze_pitch_rad=gaze_pitch_rad, cheek=cheek)
        share, height = (place.copy() for place in self.lids.local(self._contour))
        lower, upper = slice(1, 8), slice(9, 16)
        height[lower], height[upper] = margins.lower[lower], margins.upper[upper]
        lids = self.lids.placed(share, height)
        iris = self._iris - self._iris[0] + self.ball.centre_px(gaze_yaw_rad, gaze_pitch_rad)
        return lids.astype(np.float32), iris.astype(np.float32)

    def _unrolled(self, height: Floats, upper: Floats, came_down: Floats) -> tuple[Floats, Floats]:
        """The photographed height whose skin lies at `height`, and 0..1 how much it comes from under the fold."""
        up = upper - height
        roots = np.float32(_ROOTS_MM * PX_PER_MM)
        taper = self._root_taper
        fold = np.maximum(np.float32(self._fold_px) * taper, roots + 1)
        skin = np.float32(self._skin_px) * np.maximum(taper, 0.5)
        new_fold = np.maximum(fold + np.float32(1 - _FOLD_SINKS) * came_down, roots + 0.5)
        new_skin = np.maximum(skin + came_down, new_fold + 1)
        in_lid = roots + (up - roots) * (fold - roots) / (new_fold - roots)
        over = fold + (up - new_fold) * (skin - fold) / (new_skin - new_fold)
        old_up = np.where(up < roots, up, np.where(up < new_fold, in_lid, over))
        old_up = np.where(up > new_skin, up - came_down, old_up)
        inside = np.clip((new_fold - up) / 3.0 + 0.3, 0, 1) * (up > 0)
        return (upper - came_down) - old_up, inside

    def _lid_skin(self, skin: Floats, up: Floats, came_down: Floats, on_lid: Floats) -> Floats:
        """The lid's own skin comes out smooth, round and without the fold that it hung in."""
        closing = self._around * np.float32(np.clip(float(came_down.max()) / _EVEN_FROM_PX, 0, 1))
        tall = np.maximum(came_down * np.float32(1 - _FOLD_SINKS) + np.float32(self._fold_px), 1.0)
        out = closing * on_lid
        over = np.clip(1 - (up - tall) / np.float32(0.6 * self._skin_px), 0, 1)
        smooth = closing * over * np.float32(_SMOOTH) * np.clip(up / np.float32(2.0), 0, 1)
        skin = skin + (self._skin_over - skin) * (smooth * (up > 0))[..., None]
        along = np.clip(up / tall, 0, 1)
        # Bright where the ball bulges, darker towards the fold and the lashes.
        light = _BALL_LIGHT * (4 * along * (1 - along) - 0.6) * out
        crease = np.float32(_CREASE) * np.exp(-(((up - tall) / 2.2) ** 2)) * closing
        return np.asarray(skin * (1 + light - crease)[..., None])

    def _lashes(self, below: Floats, came_down: Floats, gap: Floats) -> Floats:
        """0..1: the dark margin, and lashes that hang down from it as the lid comes down."""
        shut = np.clip(came_down / np.maximum(came_down + gap, 1.0), 0, 1)
        thick = np.float32(_MARGIN_MM * PX_PER_MM) * (0.8 + 0.7 * shut)
        margin = np.exp(-(((below - 0.2) / thick) ** 2)) * (0.45 + 0.4 * shut)
        long = np.float32(_LASHES_MM * PX_PER_MM) * shut * self._fringe
        hair = np.clip((long - below) / 2.0, 0, 1) * (below > -0.5) * self._fringe
        return np.asarray(np.maximum(margin, _LASH_DARK * hair * shut) * self._within)

    def _without_eye(self, portrait: Portrait, side: str) -> Floats:
        """(h, w, 3): the skin that would be there if the face had no eye and no brow here."""
        height, share = self._height, self._share
        around = height > self._eye.upper - np.float32(_HOLLOW_MM * PX_PER_MM)
        around &= height < self._eye.lower + 3.5
        hidden = around & (share > -_ASIDE) & (share < 1 + _ASIDE)
        brow = np.zeros(portrait.texture.shape[:2], dtype=np.uint8)
        hull = cv2.convexHull(np.rint(portrait.points[PARTS[f"brow_{side}"]]).astype(np.int32))
        cv2.fillConvexPoly(brow, hull.astype(np.int32), 1)
        cv2.polylines(brow, [hull.astype(np.int32)], True, 1, 7)
        known = ~hidden & (brow[self.window] == 0)
        skin = grown_in(portrait.texture[self.window].astype(np.float32), known)
        # A shut lid stands out of the hollow that the open one leaves in shade.
        light = np.float32(_CATCHES_LIGHT) * np.maximum(portrait.skin_bgr - skin, 0)
        return np.asarray(skin + light, dtype=np.float32)


def _window(contour: Floats, lids: Lids, shape: tuple[int, ...]) -> tuple[slice, slice]:
    low, high = contour.min(axis=0), contour.max(axis=0)
    middle = (low + high) / 2
    width = lids.width_px
    left, right = low[0] - _BESIDE * width, high[0] + _BESIDE * width
    top, bottom = middle[1] - _ABOVE * width, middle[1] + _BELOW * width
    return (
        slice(max(0, int(top)), min(shape[0], int(bottom))),
        slice(max(0, int(left)), min(shape[1], int(right))),
    )


def _fringe(share: Floats) -> Floats:
    """0.25..1 along the eye: lashes of uneven length."""
    waves = sum(
        np.sin(share * np.float32(frequency) + np.float32(phase))
        for frequency, phase in ((31.0, 0.4), (47.0, 1.9), (83.0, 4.1))
    )
    return np.asarray(np.clip(0.68 + 0.16 * waves, 0.25, 1.0), dtype=np.float32)
