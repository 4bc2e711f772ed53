"""Colours as a near-infrared camera beside its own lamp sees them.

Skin reflects much and evenly at 850-940 nm whatever its tone, as melanin hardly absorbs there; dyed cloth is bright,
irises are pale, and the pupil is dark, or bright where the lamp stands close to the lens.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from driver_simulator.picture.portrait import Portrait
from driver_simulator.picture.solids import Array, vector
from edge_app.face.landmark_layout import PARTS

_RED_HEAVY = (0.08, 0.22, 0.7)
_SKIN = 168.0
_CONTRAST = 0.72
_BRIGHTEST_CLOTH = 215.0
_DARK_PUPIL, _BRIGHT_PUPIL, _GLINT = 16.0, 205.0, 250.0


def cloth(bgr: tuple[float, float, float]) -> tuple[float, float, float]:
    """Most dyes pass near-infrared light: dark cloth becomes grey, not black."""
    grey = _BRIGHTEST_CLOTH * (sum(bgr) / 3 / 255.0) ** 0.5
    return grey, grey, grey


def infrared_portrait(portrait: Portrait, *, bright_pupils: bool) -> Portrait:
    """The same head in grey: pale even skin, pale irises, pupils and the lamp's glint."""
    luma = portrait.texture.astype(np.float32) @ vector(*_RED_HEAVY)
    skin = max(float(portrait.skin_bgr @ vector(*_RED_HEAVY)), 20.0)
    grey = _SKIN * (luma / skin) ** _CONTRAST
    for side in ("left", "right"):
        rim = portrait.points[PARTS[f"iris_{side}"]]
        lids = portrait.points[PARTS[f"eyelid_{side}"]]
        radius = float(np.linalg.norm(rim[1:] - rim[0], axis=1).mean())
        if radius > 1:
            _repaint_eye(grey, rim[0], radius, lids, bright_pupils)
    grey = np.clip(grey, 0, 255)
    return replace(
        portrait,
        texture=cv2.merge([grey.astype(np.uint8)] * 3).astype(np.uint8, copy=False),
        skin_bgr=np.full(3, _SKIN, dtype=np.float32),
    )


def _repaint_eye(
    grey: Array, centre: Array, radius: float, lids: Array, bright_pupils: bool
) -> None:
    within = np.zeros(grey.shape, dtype=np.uint8)
    cv2.fillPoly(within, [np.round(lids).astype(np.int32)], 255)
    inside = cv2.GaussianBlur(within, (0, 0), 1.0).astype(np.float32) / 255
    rows, columns = np.indices(grey.shape, dtype=np.float32)
    away = np.hypot(columns - centre[0], rows - centre[1]) / radius
    iris = inside * np.clip((1.0 - away) / 0.12 + 0.5, 0, 1)
    grey += iris * (0.45 * grey + 62.0 - grey)
    pupil = inside * np.clip((0.42 - away) / 0.14 + 0.5, 0, 1)
    grey += pupil * ((_BRIGHT_PUPIL if bright_pupils else _DARK_PUPIL) - grey)
    # The cornea mirrors the lamp a little above the pupil's middle.
    glint_px = np.hypot(columns - centre[0] - 0.12 * radius, rows - centre[1] + 0.14 * radius)
    glint = inside * np.clip((0.17 - glint_px / radius) / 0.1 + 0.5, 0, 1)
    grey += glint * (_GLINT - grey)
