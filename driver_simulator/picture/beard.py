"""A beard in the colour of the brows: stubble below 20 mm, or a long one that hides the mouth.

In: a portrait. Out: an `Overlay` that jaw and lips take along.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.portrait import Portrait
from driver_simulator.picture.soften import softened
from driver_simulator.picture.solids import Array, vector
from driver_simulator.picture.worn import (
    PX_PER_MM,
    FaceOnCanvas,
    area,
    canvas_grid,
    covering,
    face_of,
    fibres,
    smooth_curve,
)

_LONG_MM = 55.0
_DARKEST_SHARE = 25  # percent of the pixels around the brows that are taken for hair


def beard_overlay(
    length: Literal["short", "long"], portrait: Portrait, random: np.random.Generator
) -> Overlay:
    face = face_of(portrait)
    hair = _hair_bgr(portrait, face)
    long = length == "long"
    ground = _area(face, long=long)
    if not long:
        ground = ground * (1 - area(face.lips, 2.0))
    fine, coarse = fibres(random, 3.2, 0.7), fibres(random, 14.0, 2.2)
    x, y = canvas_grid()
    if long:
        cover = np.clip(softened(ground, 2.0) * 1.15 + 0.1 * ground * coarse, 0, 1)
        cover = np.clip(cover + 0.12 * fine * (cover > 0.15) * (cover < 0.85), 0, 0.985)
    else:
        # Hairs stand apart: skin is seen between them.
        cover = np.clip(softened(ground, 5.0) * (0.56 + 0.24 * fine + 0.1 * coarse), 0, 0.9)
    aside = (x - face.middle_x) / 95.0
    shade = 0.9 + 0.13 * fine + 0.13 * coarse - 0.25 * np.abs(aside) ** 2
    # The parting of the lips shows as a darker crease even under long hair.
    mouth_y = float(face.lips[:, 1].mean())
    crease = np.exp(-(((y - mouth_y) / 4.5) ** 2) - (((x - face.middle_x) / 34) ** 2))
    shade = shade - (0.12 if long else 0.0) * crease
    colour = np.clip(shade, 0.25, 1.7)[..., None] * hair
    return covering(cover, colour, follows_skin=True)


def _area(face: FaceOnCanvas, *, long: bool) -> Array:
    """Cheeks' lower part, chin and upper lip, down over the throat's edge."""
    lips, chin = face.lips, face.chin
    nose_y = float(face.nose[-1][1])
    ear_y = float(face.eye_left[1]) + 34
    left, right = face.edges_at(ear_y)
    corner_right, corner_left = lips[0], lips[10]
    cheek = 8.0 if long else 4.0
    top = smooth_curve(
        np.array(
            [
                (left - 2, ear_y),
                (left + 10, 0.45 * ear_y + 0.55 * lips[0, 1]),
                (corner_right[0] - 20, corner_right[1] - 6),
                (corner_right[0] - 4, nose_y + 11 - cheek / 2),
                (face.nose[-1][0], nose_y + 8),
                (corner_left[0] + 4, nose_y + 11 - cheek / 2),
                (corner_left[0] + 20, corner_left[1] - 6),
                (right - 10, 0.45 * ear_y + 0.55 * lips[10, 1]),
                (right + 2, ear_y),
            ]
        )
    )
    hang = _LONG_MM * PX_PER_MM if long else 12.0
    mouth_y = float(lips[:, 1].mean())
    jaw_left, jaw_right = face.edges_at(0.5 * (mouth_y + chin[1]))
    wide, spread = (8.0, 60.0) if long else (1.0, 46.0)
    bottom = smooth_curve(
        np.array(
            [
                (right + 2, ear_y),
                (right + wide, mouth_y),
                (jaw_right + wide, 0.5 * (mouth_y + chin[1]) + 6),
                (chin[0] + spread, chin[1] + 0.6 * hang),
                (chin[0], chin[1] + hang),
                (chin[0] - spread, chin[1] + 0.6 * hang),
                (jaw_left - wide, 0.5 * (mouth_y + chin[1]) + 6),
                (left - wide, mouth_y),
                (left - 2, ear_y),
            ]
        )
    )
    return area(np.concatenate([top, bottom]), 2.5 if long else 4.0)


def _hair_bgr(portrait: Portrait, face: FaceOnCanvas) -> Array:
    """Of the brows; never as pale as the skin, or it would not be seen."""
    low, high = face.brows.min(axis=0).astype(int), face.brows.max(axis=0).astype(int)
    patch = portrait.texture[low[1] : high[1] + 1, low[0] : high[0] + 1].reshape(-1, 3)
    if not len(patch):
        return vector(36, 44, 54)
    luma = patch.mean(axis=1)
    hair = patch[luma <= np.percentile(luma, _DARKEST_SHARE)].mean(axis=0)
    bound = 0.4 * float(portrait.skin_bgr.mean()) / max(float(hair.mean()), 1.0)
    return np.asarray(hair * min(1.0, bound), dtype=np.float32)
