"""The face of a still picture: where the set says it is, looked for with borders where a picture is all face.

Sets of pictures are often cut close around a face, down to 48 px, which a detector made for whole scenes overlooks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.face.crop import FaceCrop
from model_compression.data.clips.face_track import FaceFinder, SeenFace

Picture = NDArray[np.uint8]

_LEAST_PX = (
    96  # of the shorter side; a smaller picture is enlarged once, smoothly, before anything else
)
_BORDERS = (0.0, 0.2, 0.5)  # of the longer side, tried in this order; edges are repeated outwards
_AROUND_BOX = 0.5  # of the box's side, looked at on each side of it


@dataclass(frozen=True, slots=True)
class Portrait:
    """The part of a picture that is looked at, and the square of all that the set calls the face."""

    image: Picture
    whole: FaceCrop


def portrait_of(image: Picture, box: tuple[int, int, int, int] | None = None) -> Portrait:
    """box: left, top, width and height of the face; without it, or with one outside the picture, all of it is meant."""
    height, width = image.shape[:2]
    left, top, wide, high = box or (0, 0, width, height)
    around_x, around_y = (round(_AROUND_BOX * side) if box else 0 for side in (wide, high))
    first_x, first_y = max(0, left - around_x), max(0, top - around_y)
    last_x, last_y = max(0, left + wide + around_x), max(0, top + high + around_y)
    seen = image[first_y:last_y, first_x:last_x]
    if seen.size == 0 or wide < 1 or high < 1:
        return portrait_of(image)
    left, top = left - first_x, top - first_y
    scale = max(1, math.ceil(_LEAST_PX / min(seen.shape[:2])))
    if scale > 1:
        seen = cv2.resize(  # type: ignore[assignment]
            seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC
        )
    whole = FaceCrop(
        scale * (left + wide / 2), scale * (top + high / 2), float(scale * max(wide, high)), 0.0
    )
    return Portrait(np.ascontiguousarray(seen, dtype=np.uint8), whole)


def find_face(finder: FaceFinder, image: Picture) -> SeenFace | None:
    """The largest face, in pixels of `image`; None where none is found with any border."""
    for border in _BORDERS:
        px = round(border * max(image.shape[:2]))
        framed = image
        if px:
            framed = cv2.copyMakeBorder(image, px, px, px, px, cv2.BORDER_REPLICATE)  # type: ignore[assignment]
        (seen,) = finder.follow([Frame(framed, 0.0, 0)])
        if seen is not None:
            crop = replace(
                seen.crop,
                center_x_px=seen.crop.center_x_px - px,
                center_y_px=seen.crop.center_y_px - px,
            )
            return SeenFace(crop, seen.points - np.float32(px))
    return None
