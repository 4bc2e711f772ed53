"""A peaked cap, high on the forehead or drawn over the eyes. In: a portrait. Out: an `Overlay`."""

from __future__ import annotations

from typing import Literal

import numpy as np

from driver_simulator.picture.near_infrared import cloth
from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.portrait import Portrait
from driver_simulator.picture.soften import softened
from driver_simulator.picture.worn import Bgr, canvas_grid, covering, face_of, fibres, painted

_COLOURS: tuple[Bgr, ...] = (
    (92, 48, 30),
    (38, 36, 36),
    (44, 40, 150),
    (70, 92, 58),
    (150, 150, 148),
)
_ABOVE_BROWS_PX = 20.0
_OVER_EYES_PX = 15.0
"""Of a low cap: how far below the eyes' middle the peak's edge is, in the middle of the face."""
_PEAK_PX = 42.0
_HALF_WIDTH_PX = 118.0


def cap_overlay(
    fit: Literal["cap", "low_cap"],
    portrait: Portrait,
    random: np.random.Generator,
    *,
    infrared: bool,
) -> Overlay:
    colour = _COLOURS[int(random.integers(len(_COLOURS)))]
    if infrared:
        colour = cloth(colour)
    face = face_of(portrait)
    low = fit == "low_cap"
    eye_y = float(face.eye_left[1] + face.eye_right[1]) / 2
    edge = eye_y + _OVER_EYES_PX if low else float(face.brows[:, 1].min()) - _ABOVE_BROWS_PX
    x, y = canvas_grid()
    aside = (x - face.middle_x) / _HALF_WIDTH_PX
    # The peak bends down to both sides of the head; its front edge is the lowest in the middle.
    front = edge - 30.0 * aside**2
    seam = front - _PEAK_PX * np.clip(1 - aside**2, 0, 1)
    rim = edge - 26.0 - 10.0 * np.clip(np.abs(aside) - 1, 0, 1)
    lower = np.where(np.abs(aside) <= 1, front, rim)
    cover = np.clip(lower - y + 0.5, 0, 1)

    weave = 1 + 0.05 * fibres(random, 0.8, 0.8)
    height = np.clip((seam - y) / 150, 0, 1)
    crown = 0.95 - 0.42 * np.abs(aside) ** 2 + 0.18 * np.exp(-(((height - 0.45) / 0.35) ** 2))
    for panel in (-0.52, 0.0, 0.52):
        along = panel * (1 - 0.75 * height)
        crown = crown - 0.22 * np.exp(-(((aside - along) / 0.014) ** 2))
        crown = crown + 0.05 * np.exp(-(((aside - along - 0.035) / 0.02) ** 2))
    depth = np.clip((y - seam) / np.maximum(front - seam, 1), 0, 1)
    peak = 0.62 + 0.3 * depth - 0.16 * np.abs(aside) ** 2
    stitches = np.abs(np.mod(depth * 5, 1) - 0.5) < 0.05
    peak = np.where(stitches, peak * 0.9, peak)
    # The edge catches light, and its underside is dark.
    peak = np.where(front - y < 3.0, 0.34, np.where(front - y < 6.0, peak + 0.12, peak))
    shade = np.where((y > seam) & (np.abs(aside) < 1), peak, crown - 0.12 * ((seam - y) < 5))

    reach = 78.0 if low else 46.0
    under = (
        np.clip(1 - (y - lower) / reach, 0, 1) * (y > lower) * np.clip(1.3 - np.abs(aside), 0, 1)
    )
    shadow = softened(under * (0.72 if low else 0.4), 2.0)
    return covering(cover, painted(colour, np.clip(shade * weave, 0.12, 1.3)), shadow)
