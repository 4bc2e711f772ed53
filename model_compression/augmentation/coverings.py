"""What may lie over a driver's face, and what is then left to see: masks, hands, hair, caps, scarves, phones.

In: luma picture and the face's points. Out: the covered picture and labels measured from what was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model_compression.augmentation.canvas import Canvas, Luma, polygons
from model_compression.augmentation.chance import either, one_of, sign
from model_compression.augmentation.face_frame import FaceFrame, face_frame
from model_compression.augmentation.hand import draw_hand, draw_posed, skin_luma
from model_compression.augmentation.hand_pose import PALM, Pose
from model_compression.augmentation.headwear import draw_beard, draw_cap, draw_hair
from model_compression.augmentation.mask_on_face import draw_mask, draw_scarf
from model_compression.augmentation.visibility import LOST, Visible, visible_parts

Floats = NDArray[np.float32]

KINDS = ("mask", "hand", "hair", "cap", "scarf", "phone", "beard")
PLACE_CHANCES = {
    "mouth": 0.3,
    "eye": 0.15,
    "eyes": 0.1,
    "cheek": 0.15,
    "wheel": 0.12,
    "nose": 0.1,
    "forehead": 0.08,
}
_MIN_SHARE = 0.03  # of a face: less of a hand or mask is neither there nor not there


@dataclass(frozen=True, slots=True)
class Covered:
    """`mask`, `hand`: before the face; None where too little of it is to say, or where it is something else."""

    picture: Luma
    mask: bool | None
    hand: bool | None
    visible: Visible


def covered(
    picture: Luma,
    points: Floats,
    rng: np.random.Generator,
    kind: str,
    *,
    place: str | None = None,
    worn: str | None = None,
) -> Covered:
    """picture: (H, W); points: (146, 2) px; kind: one of `KINDS`; place: of a hand; worn: how a mask is worn."""
    canvas, frame = Canvas(picture), face_frame(points)
    mask, hand = draw_covering(canvas, frame, rng, kind, place=place, worn=worn)
    return Covered(canvas.picture, mask, hand, visible_parts(canvas, frame))


def draw_covering(
    canvas: Canvas,
    frame: FaceFrame,
    rng: np.random.Generator,
    kind: str,
    *,
    place: str | None = None,
    worn: str | None = None,
) -> tuple[bool | None, bool | None]:
    """Whether there is now a mask and a hand before the face; None where that cannot be said."""
    before = canvas.seen_at(frame.face_region())
    if kind == "mask":
        draw_mask(canvas, frame, rng, worn=worn)
        return _enough(canvas, frame, before), False
    if kind == "hand":
        if place is None:
            place = one_of(rng, PLACE_CHANCES)
        draw_hand(canvas, frame, rng, place)
        return False, _enough(canvas, frame, before)
    if kind == "phone":
        hand_at = _draw_phone(canvas, frame, rng)
        before = canvas.seen_at(frame.face_region())
        draw_posed(canvas, hand_at, rng, skin_luma(canvas, frame, rng))
        return False, _enough(canvas, frame, before)
    if kind == "scarf":
        draw_scarf(canvas, frame, rng)
        return (None if _enough(canvas, frame, before) else False), False
    {"hair": draw_hair, "cap": draw_cap, "beard": draw_beard}[kind](canvas, frame, rng)
    return False, False


def _enough(canvas: Canvas, frame: FaceFrame, before: Floats) -> bool | None:
    """Whether more than a trace of the face was hidden since `before`."""
    hidden = float(((canvas.seen_at(frame.face_region()) <= LOST) & (before > LOST)).mean())
    if hidden >= _MIN_SHARE:
        return True
    return None if hidden > 0 else False


def _draw_phone(canvas: Canvas, frame: FaceFrame, rng: np.random.Generator) -> Pose:
    """A phone at the ear, or held before the face; returns the hand that holds it."""
    unit = frame.unit_px
    side = sign(rng)
    if rng.random() < 0.6:
        oval = frame.part("oval")
        center = (oval[9] if side > 0 else oval[27]) + side * 0.15 * unit * frame.right
        angle = side * float(rng.uniform(-0.1, 0.5))
    else:
        center = frame.at([(float(rng.normal(0, 0.5)), float(rng.uniform(0.4, 1.4)))])[0]
        angle = float(rng.uniform(-1.7, 1.7))
    along = np.cos(angle) * frame.down - np.sin(angle) * frame.right
    aside = np.cos(angle) * frame.right + np.sin(angle) * frame.down
    half_long, half_wide = (
        float(rng.uniform(1.0, 1.3)) * unit,
        float(rng.uniform(0.45, 0.62)) * unit,
    )
    if rng.random() < 0.4:
        half_wide *= 0.3  # seen from its edge
    turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    cos, sin = np.cos(turn), np.sin(turn)
    x = np.sign(cos) * np.abs(cos) ** 0.25 * half_wide
    y = np.sign(sin) * np.abs(sin) ** 0.25 * half_long
    outline = (center + x[:, None] * aside + y[:, None] * along).astype(np.float32)
    box = canvas.box(outline, 2)
    if box is not None:
        luma = either(rng, (8, 60), (150, 235), 0.25)
        ramp = np.linspace(-1, 1, box.width, dtype=np.float32) * np.float32(rng.uniform(-25, 25))
        value = np.clip(np.broadcast_to(luma + ramp, (box.height, box.width)), 2, 250)
        canvas.paint(box, polygons(box, [outline]), value.astype(np.float32))
    return Pose(
        at=(center + (0.3 * half_long) * along).astype(np.float32),
        anchor=(0.0, 1.25),
        pointing_rad=float(np.arctan2(-along[1], -along[0])) - side * float(rng.uniform(0.2, 0.9)),
        palm_px=PALM * unit * float(rng.uniform(0.9, 1.1)),
        mirrored=bool(rng.random() < 0.5),
        curl=float(rng.uniform(0.3, 0.8)),
        spread=float(rng.uniform(0.5, 1.5)),
    )
