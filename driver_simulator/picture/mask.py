"""A face mask of pleated fleece over nose and mouth, with its loops. In: a portrait. Out: an `Overlay`."""

from __future__ import annotations

import numpy as np

from driver_simulator.picture.near_infrared import cloth
from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.portrait import Portrait
from driver_simulator.picture.soften import softened
from driver_simulator.picture.solids import Array
from driver_simulator.picture.worn import (
    Bgr,
    area,
    canvas_grid,
    covering,
    face_of,
    fibres,
    line,
    painted,
    smooth_curve,
)

_COLOURS: tuple[Bgr, ...] = ((212, 190, 140), (226, 224, 220), (44, 42, 42), (206, 206, 176))
_PLEATS = 3


def mask_overlay(portrait: Portrait, random: np.random.Generator, *, infrared: bool) -> Overlay:
    colour = _COLOURS[int(random.integers(len(_COLOURS)))]
    face = face_of(portrait)
    nose, chin = face.nose, face.chin
    bridge = nose[0] + 0.5 * (nose[-1] - nose[0])
    side_y = float(nose[-1][1]) - 2.0
    jaw_y = float(0.35 * face.lips[15, 1] + 0.65 * chin[1])
    left, right = face.edges_at(side_y)
    jaw_left, jaw_right = face.edges_at(jaw_y)
    middle = face.middle_x
    top = smooth_curve(
        np.array(
            [
                (left + 7, side_y),
                (0.55 * middle + 0.45 * left, bridge[1] + 9),
                (bridge[0], bridge[1]),
                (0.55 * middle + 0.45 * right, bridge[1] + 9),
                (right - 7, side_y),
            ]
        )
    )
    bottom = smooth_curve(
        np.array(
            [
                (right - 7, side_y),
                (jaw_right - 1, jaw_y),
                (0.45 * middle + 0.55 * jaw_right, chin[1] + 2),
                (chin[0], chin[1] + 9),
                (0.45 * middle + 0.55 * jaw_left, chin[1] + 2),
                (jaw_left + 1, jaw_y),
                (left + 7, side_y),
            ]
        )
    )
    cover = area(np.concatenate([top, bottom]))
    x, y = canvas_grid()
    half = (right - left) / 2
    aside = (x - middle) / half
    # Round from side to side, ridged over the nose, dark where it turns under the chin.
    shade = (
        1.02
        - 0.36 * np.abs(aside) ** 2.4
        + 0.05 * np.exp(-((aside / 0.14) ** 2)) * (y < nose[-1][1] + 6)
    )
    shade = shade - 0.2 * np.clip((y - chin[1] + 34) / 40, 0, 1)
    shade = shade * (1 + 0.02 * fibres(random, 1.2, 1.2))
    height = chin[1] - bridge[1]
    for pleat in range(_PLEATS):
        fold = bridge[1] + height * (0.42 + 0.17 * pleat) + 10 * aside**2
        shade = (
            shade
            - 0.2 * np.exp(-(((y - fold) / 2.2) ** 2))
            + 0.07 * np.exp(-(((y - fold + 5) / 3) ** 2))
        )
    hem = np.abs(softened(cover, 3.0) - 0.62) < 0.08
    shade = np.where(hem, shade * 0.9, shade)

    loops = np.zeros_like(cover)
    for edge, jaw, sign in ((left, jaw_left, -1), (right, jaw_right, 1)):
        ear_y = float(face.eye_left[1]) + 22
        for start in ((edge - 6 * sign, side_y + 3), (jaw, jaw_y - 6)):
            loop = np.array(
                [start, (edge + 16 * sign, 0.5 * (start[1] + ear_y)), (edge + 46 * sign, ear_y)]
            )
            loops = np.maximum(loops, line(smooth_curve(loop), 3))
    loops = loops * (1 - cover)
    shadow = 0.3 * softened(np.roll(cover, 3, axis=0), 5.0) * (1 - cover)
    worn = np.maximum(cover, 0.9 * loops)
    tone = cloth(colour) if infrared else colour
    return covering(worn, painted(tone, _shaded(shade, cover, loops)), shadow, follows_skin=True)


def _shaded(shade: Array, cover: Array, loops: Array) -> Array:
    total: Array = np.where(cover >= loops, np.clip(shade, 0.1, 1.2), 1.05)
    return total
