"""Something around a photograph that ends at the face's own edge.

The pictures of `faces` are cut at the forehead and the chin; a crop that reaches further would show its border drawn
out into stripes, which no camera sees and from which a student could tell a face from none.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_app.face.student_crops import anchors_of, face_crop
from model_compression.augmentation.backgrounds import BackgroundStock
from model_compression.augmentation.non_faces import feathered
from model_compression.data.labelled_face import LabelledFace

_REACH = 0.75  # sides of the crop from its middle to where the upright face ends, and some more
_LARGEST_EDGE = 0.04  # of the picture: how softly it passes into what surrounds it


def in_surroundings(
    of: LabelledFace, stock: BackgroundStock, rng: np.random.Generator
) -> LabelledFace:
    """The face on a larger picture, as far as its crop reaches; the same where the photograph reaches as far."""
    crop = face_crop(anchors_of(of.points))
    height, width = of.picture.shape
    reach = _REACH * crop.side_px
    left, top = (max(0, int(reach - at)) for at in (crop.center_x_px, crop.center_y_px))
    right = max(0, int(crop.center_x_px + reach) + 1 - width)
    bottom = max(0, int(crop.center_y_px + reach) + 1 - height)
    if max(left, top, right, bottom) < 2:
        return of
    picture = stock.cut(rng, top + height + bottom, left + width + right).copy()
    softness = float(rng.uniform(0.5, 0.5 + _LARGEST_EDGE * width))
    edge = int(2 * softness) if rng.random() < 0.6 else 0
    mask = np.zeros_like(picture)
    # Soft only where something was added.
    y0, y1 = top + (edge if top else 0), top + height - (edge if bottom else 0)
    x0, x1 = left + (edge if left else 0), left + width - (edge if right else 0)
    mask[y0 if top else 0 : y1, x0 if left else 0 : x1] = 255
    if edge:
        mask = feathered(mask, softness)
    inside = np.s_[top : top + height, left : left + width]
    around = picture[inside].astype(np.float32)
    share = mask[inside] * np.float32(1 / 255)
    picture[inside] = np.clip(around + share * (of.picture - around) + 0.5, 0, 255)
    return replace(of, picture=picture, points=of.points + np.array([left, top], dtype=np.float32))
