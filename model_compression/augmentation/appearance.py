"""One training sample's looks: something before the face now and then, then light, lens and sensor.

In: a photograph and its points. Out: the picture as a poor camera saw it, and labels that say what was done.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import VISIBILITY
from edge_app.face.student_crops import Luma
from model_compression.augmentation.canvas import Canvas
from model_compression.augmentation.chance import one_of
from model_compression.augmentation.coverings import draw_covering
from model_compression.augmentation.degradation import (
    MILD,
    STRONG,
    Strengths,
    degraded,
    exposure_share,
)
from model_compression.augmentation.eyewear import draw_glasses, draw_sunglasses
from model_compression.augmentation.face_frame import FaceFrame, face_frame
from model_compression.augmentation.infrared import draw_lit_pupils, infrared
from model_compression.augmentation.photograph import known_of_photograph
from model_compression.augmentation.visibility import told_after, visible_parts

Floats = NDArray[np.float32]

_CROP_PX = 112
_CROP_SIDE = 3.2  # of a student's crop, in eye distances
_GLASSES, _SUNGLASSES, _MASK, _HAND = (
    VISIBILITY.index(name) for name in ("glasses", "sunglasses", "mask", "hand")
)


@dataclass(frozen=True, slots=True)
class Appearance:
    """Chances, 0..1. Of the coverings at most one of each line is drawn."""

    sunglasses: float = 0.08
    clear_glasses: float = 0.20
    glare: float = 0.30  # of clear glasses

    mask: float = 0.06
    hand: float = 0.06
    phone: float = 0.015
    scarf: float = 0.015

    hair: float = 0.06
    cap: float = 0.04
    beard: float = 0.04

    infrared: float = 0.15
    mild: float = 0.70
    strong: float = 0.15
    mild_strengths: Strengths = field(default=MILD)
    strong_strengths: Strengths = field(default=STRONG)


USUAL = Appearance()
COVERED_ONLY = Appearance(mild=0.0, strong=0.0)
"""For a caller that degrades each of its crops on its own."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """`visibility`: (8,) float32 0 or 1, NaN where unknown, in the order of `heads.VISIBILITY`."""

    picture: Luma
    visibility: Floats
    blur: float  # Gaussian-equivalent sigma, px of a 112 crop
    exposure: float  # 0..1, share of pixels crushed or saturated
    resolution: float  # log2 of source px per px of a 112 crop
    did: tuple[str, ...]  # names of what was drawn


def render(
    picture: Luma,
    points: Floats,
    rng: np.random.Generator,
    settings: Appearance = USUAL,
    *,
    known: Floats | None = None,
    source_scale: float | None = None,
) -> Rendered:
    """picture: (H, W); points: (146, 2) px; known: (8,) what is true before anything is drawn,
    by default what `known_of_photograph` says.

    source_scale: px of the camera's picture per px of a 112 crop, when `picture` was scaled before.
    """
    frame = face_frame(points)
    canvas = Canvas(picture)
    lamp = bool(rng.random() < settings.infrared)
    if lamp:
        draw_lit_pupils(canvas, frame, rng)
    visibility = known_of_photograph(picture, frame) if known is None else known.copy()
    did = _cover(canvas, frame, rng, settings, visibility)
    crop_scale = _CROP_SIDE * frame.unit_px / _CROP_PX
    if source_scale is None:
        source_scale = crop_scale
    seen = canvas.picture
    if lamp:
        skin = canvas.luma_at(frame.cheek_points())
        seen = infrared(seen, rng, skin_luma=skin, crop_scale=crop_scale)
        did.append("infrared")
    draw = rng.random()
    if draw >= settings.mild + settings.strong:
        resolution = float(np.clip(np.log2(max(source_scale, 1e-3)), -3, 3))
        return Rendered(seen, visibility, 0.0, exposure_share(seen), resolution, tuple(did))
    strong = draw < settings.strong
    poor = degraded(
        seen,
        rng,
        settings.strong_strengths if strong else settings.mild_strengths,
        crop_scale=crop_scale,
        source_scale=source_scale,
    )
    did.append("strong" if strong else "mild")
    _still_told(seen, poor.picture, frame, visibility)
    return Rendered(poor.picture, visibility, poor.blur, poor.exposure, poor.resolution, tuple(did))


def _cover(
    canvas: Canvas,
    frame: FaceFrame,
    rng: np.random.Generator,
    settings: Appearance,
    visibility: Floats,
) -> list[str]:
    """Draws from the skin outwards, writes into visibility (8,), and returns names of what was drawn."""
    did: list[str] = []
    if rng.random() < settings.beard:
        draw_covering(canvas, frame, rng, "beard")
        did.append("beard")
    kind = one_of(rng, {"sunglasses": settings.sunglasses, "glasses": settings.clear_glasses})
    over_mouth = one_of(rng, {"mask": settings.mask, "scarf": settings.scarf})
    outermost = rng.random() < 0.5
    if over_mouth and not outermost:
        _cover_mouth(canvas, frame, rng, over_mouth, visibility)
    if kind == "sunglasses":
        draw_sunglasses(canvas, frame, rng)
        visibility[_GLASSES] = visibility[_SUNGLASSES] = 1
    elif kind == "glasses":
        draw_glasses(canvas, frame, rng, glare=bool(rng.random() < settings.glare))
        visibility[_GLASSES] = 1
    if over_mouth and outermost:
        _cover_mouth(canvas, frame, rng, over_mouth, visibility)
    did.extend(name for name in (kind, over_mouth) if name)
    head = one_of(rng, {"hair": settings.hair, "cap": settings.cap})
    if head:
        draw_covering(canvas, frame, rng, head)
        did.append(head)
    held = one_of(rng, {"hand": settings.hand, "phone": settings.phone})
    if held:
        _, hand = draw_covering(canvas, frame, rng, held)
        visibility[_HAND] = _merged(visibility[_HAND], hand)
        did.append(held)
    visible = visible_parts(canvas, frame)
    for row, value in enumerate((visible.face, visible.eye_left, visible.eye_right, visible.mouth)):
        if value is False:
            visibility[row] = 0
        elif value is None and visibility[row] != 0:
            visibility[row] = np.nan
    return did


def _cover_mouth(
    canvas: Canvas, frame: FaceFrame, rng: np.random.Generator, kind: str, visibility: Floats
) -> None:
    mask, _ = draw_covering(canvas, frame, rng, kind)
    visibility[_MASK] = _merged(visibility[_MASK], mask)


def _still_told(before: Luma, after: Luma, frame: FaceFrame, visibility: Floats) -> None:
    """What darkness, glare and noise have drowned is no longer visible."""
    for name, region in (
        ("eye_left", frame.eye_region("left")),
        ("eye_right", frame.eye_region("right")),
        ("mouth", frame.mouth_region()),
    ):
        low = np.clip(region.min(axis=0) - 1, 0, None).astype(int)
        high = np.clip(region.max(axis=0) + 2, 0, None).astype(int)
        window = (slice(low[1], high[1]), slice(low[0], high[0]))
        row = VISIBILITY.index(name)
        if before[window].size and visibility[row] != 0:
            told = told_after(before[window], after[window])
            visibility[row] = told if told != 1 else visibility[row]


def _merged(known: np.float32, drawn: bool | None) -> float:
    if drawn:
        return 1.0
    return float(known) if drawn is False else float("nan")
