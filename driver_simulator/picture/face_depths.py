"""How far each of a face's points stands out, in millimetres: one head for all portraits, of our own making.

Heights towards the viewer over the plane through the eyes' corners, read off anatomical landmarks' usual places
(Farkas 1994, Anthropometry of the head and face: nasal protrusion some 20 mm, tragion some 65 mm behind the canthi).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import COUNT, PARTS

Heights = NDArray[np.float64]
Points = NDArray[np.float64]

# From the outer corner over the lower lid to the inner corner, and back over the upper lid.
_EYELID = (-7, -3, 0, 2, 4, 5, 5, 4, 2, 7, 9, 10, 9, 7, 3, -2)
_IRIS = (7, 6, 7, 6, 5)
# From the mouth's right corner over its bottom to the left one, and back over its top.
_LIPS_OUTER = (7, 12, 16, 18, 20, 21, 20, 18, 16, 12, 7, 13, 18, 22, 25, 25, 25, 22, 18, 13)
_LIPS_INNER = (7, 12, 16, 19, 21, 22, 21, 19, 16, 12, 7, 12, 17, 20, 22, 23, 22, 20, 17, 12)
# Lower edge from the temple inwards, then the upper edge from the root of the nose outwards.
_BROW = (-5, 4, 9, 12, 12, 13, 12, 9, 4, -5)
# From the top down one side to the chin.
_OVAL_SIDE = (2, 1, -3, -10, -19, -28, -38, -48, -57, -58, -55, -50, -42, -33, -23, -12, 1, 9, 12)
_NOSE = (11, 14, 20, 27, 33, 38, 37, 24)


def _heights() -> Heights:
    heights = np.zeros(COUNT)
    for side in ("left", "right"):
        heights[PARTS[f"eyelid_{side}"]] = _EYELID
        heights[PARTS[f"iris_{side}"]] = _IRIS
        heights[PARTS[f"brow_{side}"]] = _BROW
    heights[PARTS["lips_outer"]], heights[PARTS["lips_inner"]] = _LIPS_OUTER, _LIPS_INNER
    heights[PARTS["oval"]] = (*_OVAL_SIDE, *_OVAL_SIDE[-2:0:-1])
    heights[PARTS["nose"]] = _NOSE
    return heights


HEIGHTS_MM = _heights()


def between_points(points: Points) -> tuple[Points, Heights]:
    """Places that have no landmark of their own, from those that have: (N, 2) px and (N,) mm."""
    brows = (points[PARTS["brow_left"]].mean(axis=0), points[PARTS["brow_right"]].mean(axis=0))
    oval, nose = points[PARTS["oval"]], points[PARTS["nose"]]
    lips = points[PARTS["lips_outer"]]
    base, tip, chin, top = nose[7], nose[5], oval[18], oval[0]
    down = (chin - top) / np.linalg.norm(chin - top)
    across = np.array([-down[1], down[0]])
    across *= np.sign(across @ (lips[10] - lips[0]))
    unit = float(np.linalg.norm(brows[0] - brows[1])) / 66.0
    places = [
        (base * 0.5 + nose[4] * 0.5 + across * 17 * unit, 18.0),
        (base * 0.5 + nose[4] * 0.5 - across * 17 * unit, 18.0),
        (nose[3] + across * 15 * unit, 11.0),
        (nose[3] - across * 15 * unit, 11.0),
        (nose[1] + across * 12 * unit, 5.0),
        (nose[1] - across * 12 * unit, 5.0),
        (tip + across * 36 * unit, 2.0),
        (tip - across * 36 * unit, 2.0),
        (tip + across * 55 * unit - down * 6 * unit, -18.0),
        (tip - across * 55 * unit - down * 6 * unit, -18.0),
        (lips[10] + across * 16 * unit, -4.0),
        (lips[0] - across * 16 * unit, -4.0),
        (lips[5] * 0.62 + chin * 0.38, 16.0),
        (lips[5] * 0.3 + chin * 0.7, 19.0),
        ((brows[0] + brows[1]) / 2, 14.0),
        ((brows[0] + brows[1]) / 2 * 0.45 + top * 0.55, 12.0),
        (brows[0] * 0.45 + (top * 0.5 + oval[2] * 0.5) * 0.55, 7.0),
        (brows[1] * 0.45 + (top * 0.5 + oval[34] * 0.5) * 0.55, 7.0),
    ]
    return np.array([place for place, _ in places]), np.array([height for _, height in places])
