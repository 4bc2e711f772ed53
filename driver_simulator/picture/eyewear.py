"""Glasses and sunglasses on a portrait's canvas: frame, lenses, what is mirrored in them.

In: the eyewear's settings, the portrait, whether the camera sees near-infrared. Out: an `Overlay`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.portrait import Portrait
from driver_simulator.picture.soften import softened
from driver_simulator.picture.solids import Array, vector
from driver_simulator.picture.worn import PX_PER_MM, Bgr, canvas_grid, face_of, line, painted
from driver_simulator.scenario.person import Glasses, Sunglasses

_FRAMES: tuple[Bgr, ...] = ((26, 24, 24), (30, 44, 74), (96, 92, 88), (58, 40, 32), (40, 52, 96))
_MIRRORED = 205.0
_SHEEN = 20.0
"""Grey levels that any lens mirrors of the sky."""


@dataclass(frozen=True, slots=True)
class _Style:
    half_width_mm: float
    half_height_mm: float
    squareness: float  # exponent of the outline: 2 is an ellipse
    rim_mm: float
    droop: float  # how much lower the outline hangs at the outer side, as a pilot's glasses do


_CLEAR = (
    _Style(25.0, 17.0, 4.0, 1.9, 0.0),
    _Style(23.5, 20.5, 2.2, 1.1, 0.0),
    _Style(26.0, 18.0, 3.0, 2.6, 0.1),
)
_DARK = (_Style(27.5, 21.0, 3.2, 2.4, 0.12), _Style(28.5, 22.5, 2.5, 1.2, 0.25))


def eyewear_overlay(
    eyewear: Glasses | Sunglasses,
    portrait: Portrait,
    random: np.random.Generator,
    *,
    infrared: bool,
) -> Overlay:
    dark = isinstance(eyewear, Sunglasses)
    styles = _DARK if dark else _CLEAR
    style = styles[int(random.integers(len(styles)))]
    frame_bgr = _FRAMES[int(random.integers(len(_FRAMES)))]
    if isinstance(eyewear, Sunglasses):
        passes = eyewear.infrared_transmittance if infrared else eyewear.transmittance
        reflection = 0.0
    else:
        passes = 0.5 + 0.5 * eyewear.transmittance if infrared else eyewear.transmittance
        reflection = eyewear.reflection

    face = face_of(portrait)
    lenses = [_lens(eye, side, style) for eye, side in ((face.eye_right, -1), (face.eye_left, 1))]
    outline = np.minimum(lenses[0], lenses[1])
    glass = np.clip(0.5 - outline, 0, 1)
    rim_px = style.rim_mm * PX_PER_MM
    rim = np.clip(0.5 + rim_px - outline, 0, 1) * (1 - glass)
    metal = np.maximum(rim, _bridge_and_arms(face.eye_right, face.eye_left, style))
    metal = metal * (1 - glass)

    # Light goes through a lens twice; after the gamma near 2 of a picture that is the transmittance itself.
    _, y = canvas_grid()
    eye_y = float(face.eye_left[1] + face.eye_right[1]) / 2
    fading = np.clip(1.0 + 0.006 * (y - eye_y), 0.75, 1.3) if dark else np.ones_like(y)
    through = 1.0 - glass * (1.0 - np.clip(passes * fading, 0, 1))
    shadow = 0.22 * softened(np.roll(np.maximum(rim, 0.5 * metal), 4, axis=0), 3.0)
    gain = through * (1 - metal) * (1 - shadow)

    light = _sheen(lenses, y - eye_y, dark) * glass
    if reflection > 0:
        light = np.maximum(
            light, reflection * _MIRRORED * _window(face.eye_right, face.eye_left) * glass
        )
    if infrared:
        light = np.maximum(light, _lamp_spots(face.eye_right, face.eye_left) * glass)
    shine = 0.55 + 0.9 * np.clip(
        softened(np.roll(metal, 2, axis=0), 1.0) - softened(metal, 1.0), 0, 1
    )
    tint = vector(1, 1, 1) if infrared else vector(1.06, 1.0, 0.94)
    add = light[..., None] * tint + painted(frame_bgr, metal * (shine + 0.4))
    return Overlay(
        gain=gain[..., None].astype(np.float32),
        add=np.clip(add, 0, 255).astype(np.float32),
        alpha=np.zeros(gain.shape, dtype=np.float32),
    )


def _lens(eye: Array, side: int, style: _Style) -> Array:
    """(H, W) px from the outline, below 0 inside."""
    x, y = canvas_grid()
    half_width, half_height = style.half_width_mm * PX_PER_MM, style.half_height_mm * PX_PER_MM
    outwards = side * (x - eye[0]) / half_width
    # A lens sits a little outside and below the eye's middle.
    across = outwards - 0.06
    down = (y - eye[1] - 0.14 * half_height) / (half_height * (1 + 0.12 * style.droop))
    down = down - style.droop * np.clip(across, -1, 1) * np.clip(down, 0, 1)
    power = style.squareness
    round_about = (np.abs(across) ** power + np.abs(down) ** power) ** (1 / power)
    distance: Array = (round_about - 1.0) * min(half_width, half_height)
    return distance


def _bridge_and_arms(right: Array, left: Array, style: _Style) -> Array:
    half = 1.06 * style.half_width_mm * PX_PER_MM
    y = float(right[1] + left[1]) / 2 - 0.1 * style.half_height_mm * PX_PER_MM
    inner_right, inner_left = right[0] + half * 0.86, left[0] - half * 0.86
    bow = np.linspace(-1, 1, 15)
    middle, span = (inner_right + inner_left) / 2, (inner_left - inner_right) / 2
    bridge = np.stack([middle + span * bow, y - 3.0 + 4.0 * bow**2], axis=1)
    drawn = line(bridge, max(2, round(1.5 * style.rim_mm * PX_PER_MM)))
    for outer, sign in ((right[0] - half, -1), (left[0] + half, 1)):
        arm = np.array(
            [[outer - 2 * sign, y - 2], [outer + 60 * sign, y], [outer + 140 * sign, y + 4]]
        )
        drawn = np.maximum(drawn, line(arm, max(3, round(2.2 * style.rim_mm * PX_PER_MM))))
    return drawn


def _sheen(lenses: list[Array], below: Array, dark: bool) -> Array:
    """The sky in the upper half of a lens, and on dark ones a soft diagonal light."""
    x, _ = canvas_grid()
    sky = _SHEEN * np.clip(0.5 - below / 60, 0, 1) * np.ones_like(x)
    if not dark:
        return 0.35 * sky
    for lens in lenses:
        inside = lens < 0
        middle = float((x * inside).sum() / max(float(inside.sum()), 1.0))
        streak = np.exp(-(((x - middle) + 0.7 * below + 16) ** 2) / 220.0)
        sky = sky + np.where(inside, 26 * streak, 0)
    return sky


def _window(right: Array, left: Array) -> Array:
    """A side window mirrored in both lenses: a bright bent patch over most of the iris."""
    x, y = canvas_grid()
    total = np.zeros((y.shape[0], x.shape[1]), dtype=np.float32)
    for eye in (right, left):
        across, down = (x - eye[0] - 5) / 21, (y - eye[1] - 1) / 15
        across = across + 0.18 * down**2
        patch = np.clip((1 - np.abs(across)) * 7, 0, 1) * np.clip((1 - np.abs(down)) * 7, 0, 1)
        pillar = 1 - 0.9 * np.clip(1 - np.abs(across - 0.35) * 9, 0, 1)
        total = np.maximum(total, patch * pillar * (0.8 + 0.2 * np.clip(-down, -1, 1)))
    return softened(total, 1.2)


def _lamp_spots(right: Array, left: Array) -> Array:
    """The camera's own lamp, mirrored beside the iris."""
    x, y = canvas_grid()
    total = np.zeros((y.shape[0], x.shape[1]), dtype=np.float32)
    for eye in (right, left):
        for shift in (-4.0, 4.0):
            away = np.hypot(x - eye[0] - 17 - shift, y - eye[1] + 12)
            total = np.maximum(total, 235 * np.clip((3.6 - away) / 1.6, 0, 1))
    return total
