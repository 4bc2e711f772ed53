"""The order in which a student tells a face's points: one array of 146, and which rows are which part.

The parts and their order are those of `FaceLandmarks`. Shared by the vehicle and by training.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge_app.face.observation import FaceLandmarks, Points

PART_SIZES = {
    "eyelid_left": 16,  # 0 outer corner, 1-7 lower lid, 8 inner corner, 9-15 upper lid
    "eyelid_right": 16,
    "iris_left": 5,  # centre, then four rim points
    "iris_right": 5,
    "lips_outer": 20,  # 0 right corner, 5 bottom, 10 left corner, 15 top
    "lips_inner": 20,
    "brow_left": 10,
    "brow_right": 10,
    "oval": 36,  # 0 top, 18 chin
    "nose": 8,  # root to base
}
_ENDS = np.cumsum([0, *PART_SIZES.values()])
PARTS = {
    name: slice(int(start), int(end))
    for name, (start, end) in zip(PART_SIZES, pairwise(_ENDS), strict=True)
}
COUNT = int(_ENDS[-1])
OUTER_CORNER, INNER_CORNER = 0, 8  # rows of an eyelid
LOWER_LID, UPPER_LID = [3, 4, 5], [13, 12, 11]  # rows of an eyelid that face each other
MOUTH_RIGHT, LOWER_LIP, MOUTH_LEFT, UPPER_LIP = 0, 5, 10, 15  # rows of the inner lips
NOSE_BASE = PARTS["nose"].start + 7


def _mirror_rows() -> NDArray[np.int64]:
    rows = np.arange(COUNT)
    for part in ("eyelid", "iris", "brow"):
        left, right = PARTS[f"{part}_left"], PARTS[f"{part}_right"]
        rows[left], rows[right] = np.arange(COUNT)[right], np.arange(COUNT)[left]
    for part in ("iris_left", "iris_right"):  # rim: picture right, top, picture left, bottom
        start = PARTS[part].start
        rows[[start + 1, start + 3]] = rows[[start + 3, start + 1]]
    for part in ("lips_outer", "lips_inner"):
        rows[PARTS[part]] = PARTS[part].start + (10 - np.arange(20)) % 20
    rows[PARTS["oval"]] = PARTS["oval"].start + (36 - np.arange(36)) % 36
    return rows


MIRROR_ROWS = _mirror_rows()
"""Row i of a mirrored picture's points is row MIRROR_ROWS[i] of the original's."""


def named(points: Points) -> FaceLandmarks:
    """points: (146, 2) px -> the same by name."""
    return FaceLandmarks(**{name: points[rows] for name, rows in PARTS.items()})


def stacked(landmarks: FaceLandmarks) -> Points:
    """The inverse of `named`: (146, 2) px."""
    return np.concatenate([getattr(landmarks, name) for name in PARTS])
