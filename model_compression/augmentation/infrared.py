"""The look of a near-infrared camera with its own lamp: even pale skin, grey hair, bright pupils, glints, a dark rim.

Pupils and glints belong to the scene (draw them before anything covers the eyes); the tones belong to the camera.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Canvas, Luma, polygons
from model_compression.augmentation.face_frame import FaceFrame
from model_compression.augmentation.noise import texture

Floats = NDArray[np.float32]


def draw_lit_pupils(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> None:
    """The lamp in the corneas, and with a lamp close to the lens the retina's light in the pupils."""
    bright = float(rng.uniform(0.3, 1.0)) if rng.random() < 0.5 else 0.0
    lamps = rng.normal(0, 0.3, (int(rng.integers(1, 4)), 2))
    pupil_share = float(rng.uniform(0.3, 0.65))
    for side in ("left", "right"):
        iris, lid = frame.part(f"iris_{side}"), frame.part(f"eyelid_{side}")
        radius = float(np.hypot(*(iris[1:] - iris[0]).T).mean())
        box = canvas.box(lid, 2)
        if box is None or radius < 0.7:
            continue
        opening = polygons(box, [lid])
        angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        circle = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
        if bright:
            disc = polygons(box, [iris[0] + pupil_share * radius * circle], blur_px=0.15 * radius)
            canvas.lighten(box, cv2.multiply(disc, opening, scale=bright / 255), 235.0)  # type: ignore[arg-type]
        for lamp in lamps:
            size = max(0.14 * radius, 0.45)
            dot = polygons(box, [iris[0] + radius * lamp.astype(np.float32) + size * circle])
            canvas.lighten(box, cv2.multiply(dot, opening, scale=1 / 255), 255.0)  # type: ignore[arg-type]


def infrared(
    picture: Luma, rng: np.random.Generator, *, skin_luma: float, crop_scale: float = 1.0
) -> Luma:
    """picture: (H, W). skin_luma: grey level of the cheeks; crop_scale: px per px of a 112 crop."""
    height, width = picture.shape
    flat = float(rng.uniform(0.35, 0.85))  # how much of skin's relief is left
    soft = cv2.blur(picture, (int(7 * crop_scale) | 1,) * 2)
    detail = np.subtract(picture, soft, dtype=np.float32)
    skin = float(rng.uniform(120, 220))
    dark = float(rng.uniform(0.15, 0.6)) * skin * float(rng.uniform(0.3, 1.0))
    levels = np.arange(256, dtype=np.float32)
    anchor = max(skin_luma, 30.0)
    rise = np.clip(levels / anchor, 0, 1) ** np.float32(rng.uniform(0.7, 1.6))
    above = np.clip((levels - anchor) / max(255 - anchor, 1.0), 0, 1)
    curve = dark + (skin - dark) * rise + above * (250 - skin) * np.float32(rng.uniform(0.3, 0.9))
    if rng.random() < 0.25:  # dyed cloth and hair may reflect infrared more than skin does
        curve += np.float32(rng.uniform(20, 90)) * (1 - rise) ** 2
    tones = cv2.LUT(soft, curve.astype(np.float32)) + detail * np.float32(flat)
    x = np.linspace(-1, 1, width, dtype=np.float32) - np.float32(rng.uniform(-0.4, 0.4))
    y = np.linspace(-1, 1, height, dtype=np.float32) - np.float32(rng.uniform(-0.4, 0.4))
    fall = np.float32(rng.uniform(0.05, 0.5))
    lamp = np.float32(rng.uniform(0.85, 1.2)) / (1 + fall * ((x * x)[None] + (y * y)[:, None]))
    tones *= lamp
    tones += texture(rng, height, width, 1.0) * np.float32(rng.uniform(0, 4))
    return cv2.convertScaleAbs(np.maximum(tones, 0))  # type: ignore[return-value]
