"""One face with one thing before it that fully hides eyes or mouth, for testing what was never trained on.

In: a luma picture and the face's points. Out: the picture, and which parts a person can no longer see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import PARTS
from model_compression.evaluation.occluders.face_plane import FacePlane, Field, Luma, Surface
from model_compression.evaluation.occluders.hand import COVERS, HOLDS, Held, bent_over, hand
from model_compression.evaluation.occluders.mask import mask
from model_compression.evaluation.occluders.sunglasses import sunglasses

Kind = Literal["sunglasses", "mask", "hand"]
Part = Literal["eye_left", "eye_right", "mouth"]

_HIDDEN = 0.94  # of a part's area under cover
_GROWTH = 1.15
_TRIES = 8
_OUTLINES: dict[Part, slice] = {
    "eye_left": PARTS["eyelid_left"],
    "eye_right": PARTS["eyelid_right"],
    "mouth": PARTS["lips_outer"],
}


@dataclass(frozen=True, slots=True)
class Occluded:
    """`hidden`: parts under cover; a part in neither `hidden` nor `seen` is covered in part."""

    picture: Luma
    hidden: frozenset[Part]
    seen: frozenset[Part]


def render_occluder(
    kind: Kind, picture: Luma, points: NDArray[np.float32], rng: np.random.Generator
) -> Occluded:
    """picture: (H, W) uint8; points: (146, 2) px in the order of `landmark_layout`.

    Sunglasses hide both eyes, a mask the mouth, a hand the mouth or one or both eyes.
    """
    plane = FacePlane(points)
    nose = points[PARTS["nose"]][2:6]
    cheeks = np.clip(np.rint(nose), 0, np.array(picture.shape)[::-1] - 1).astype(int)
    skin_luma = float(np.median(picture[cheeks[:, 1], cheeks[:, 0]]))
    targets: tuple[Part, ...] = ("eye_left", "eye_right")
    if kind == "mask":
        targets = ("mouth",)
    elif kind == "hand":
        draw = rng.random()
        targets = ("mouth",) if draw < 0.5 else ("eye_left",) if draw < 0.7 else ("eye_right",)
        targets = ("eye_left", "eye_right") if draw >= 0.9 else targets
    seed = int(rng.integers(2**63))
    size = 1.0
    for _ in range(_TRIES):
        # The same draws at every size, so that growing changes nothing but the size.
        surface = _surface(kind, plane, points, targets, size, skin_luma, seed)
        painted, opacity = plane.painted(picture, surface)
        covered = {part: _covered(points[rows], opacity) for part, rows in _OUTLINES.items()}
        if all(covered[part] >= _HIDDEN for part in targets):
            break
        size *= _GROWTH
    return Occluded(
        painted,
        frozenset(part for part, share in covered.items() if share >= _HIDDEN),
        frozenset(part for part, share in covered.items() if share <= 1 - _HIDDEN),
    )


def _surface(
    kind: Kind,
    plane: FacePlane,
    points: NDArray[np.float32],
    targets: tuple[Part, ...],
    size: float,
    skin_luma: float,
    seed: int,
) -> Surface:
    rng = np.random.default_rng(seed)
    if kind == "sunglasses":
        return sunglasses(rng, size, skin_luma)
    if kind == "mask":
        chin, tip = plane.local(points[[PARTS["oval"].start + 18, PARTS["nose"].start + 5]])
        low = max(
            float(chin[1]), float(plane.local(points[PARTS["lips_outer"]])[:, 1].max()) + 0.25
        )
        return mask(rng, size, skin_luma, (float(chin[0]), low), float(np.clip(tip[0], -0.6, 0.6)))
    rows = np.concatenate(
        [np.arange(_OUTLINES[part].start, _OUTLINES[part].stop) for part in targets]
    )
    center = bent_over(plane.local(points[rows]))
    if len(targets) == 2:  # fingers lie across both eyes
        held = Held(center, float(rng.choice([-1, 1])) * 1.5, size, "blade", "skin", False)
        return hand(rng, held, skin_luma)
    hold = str(rng.choice(HOLDS if targets == ("mouth",) else HOLDS[:2]))
    held = Held(
        center,
        float(rng.uniform(-0.9, 0.9)),
        size * float(rng.uniform(0.95, 1.15)),
        hold,
        str(rng.choice(COVERS, p=[0.7, 0.15, 0.15])),
        bool(rng.random() < 0.5),
    )
    return hand(rng, held, skin_luma)


def _covered(outline: NDArray[np.float32], opacity: Field) -> float:
    """Share of the part (its outline, widened a little) that lies under cover, of what the picture shows of it."""
    center = outline.mean(axis=0)
    widened = center + (outline - center) * 1.15
    mask = np.zeros(opacity.shape, dtype=np.uint8)
    fixed = np.rint(np.clip(widened, -4000, 8000)).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255)
    cv2.polylines(mask, [fixed], True, 255, 2)
    inside = mask > 0
    return float((opacity[inside] > 0.9).mean()) if inside.any() else 1.0
