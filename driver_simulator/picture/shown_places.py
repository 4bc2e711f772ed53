"""What each spot of a solid head shows of the portrait: the photograph ahead, its outermost strip around the sides.

In: the portrait and the head's surface. Out: a place on the canvas for every node of the grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from driver_simulator.picture.head_grid import LEVELS, TURNS
from driver_simulator.picture.portrait import EYES_MIDDLE_PX, Portrait
from edge_app.face.landmark_layout import PARTS

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

_SIDE_FROM, _SIDE_TO = 0.62, 1.9
"""Turns between which the photograph's outermost strip is stretched around the head."""
_UP_TO_EDGE = 0.98
"""How much of the photograph is used: up to its outline."""
_CROWN_RIM_PX, _CROWN_SEEN = 7.0, 0.9
_BELOW_EDGE_PX = 9.0


def shown_places(portrait: Portrait, space: Doubles, face_share: Doubles) -> Floats:
    """(LEVELS, TURNS, 2): the canvas's px that is seen at each node, the sides stretched around the head."""
    place = np.empty((LEVELS, TURNS, 2))
    turns = np.linspace(-2, 2, TURNS)
    seen = space @ portrait.rotation[:2].T + np.array(EYES_MIDDLE_PX)
    for side in (-1, 1):
        begin = int(np.argmin(np.abs(turns - side * _SIDE_FROM)))
        edge = int(np.argmin(np.abs(turns - side * 1.0)))
        chosen = np.flatnonzero(turns * side > _SIDE_FROM)
        share = np.clip((np.abs(turns[chosen]) - _SIDE_FROM) / (_SIDE_TO - _SIDE_FROM), 0, 1)
        first, last = (
            seen[:, begin],
            seen[:, begin] + _UP_TO_EDGE * (seen[:, edge] - seen[:, begin]),
        )
        # As fast as in the photograph where the strip begins, then slower and slower.
        eased = 1 - (1 - share) ** 2.2
        place[:, chosen] = first[:, None] + eased[None, :, None] * (last - first)[:, None]
    middle = np.abs(turns) <= _SIDE_FROM
    place[:, middle] = seen[:, middle]
    _below_the_jaw(portrait, place, face_share)
    return _folded_at_the_crown(portrait, place).astype(np.float32)


def _below_the_jaw(portrait: Portrait, place: Doubles, face_share: Doubles) -> None:
    """What the chin hides in the photograph shows the neck below the chin, not the chin once more."""
    jaw = portrait.points[PARTS["oval"]][9:28]
    order = np.argsort(jaw[:, 0])
    edge = np.interp(place[..., 0], jaw[order, 0], jaw[order, 1]) + _BELOW_EDGE_PX
    lips = float(portrait.points[PARTS["lips_outer"], 1].max())
    hidden = np.clip((0.7 - face_share) / 0.4, 0, 1) * (place[..., 1] > lips)
    place[..., 1] += np.maximum(edge - place[..., 1], 0) * hidden


def _folded_at_the_crown(portrait: Portrait, place: Doubles) -> Doubles:
    """What lies behind the crown shows the hair before it, mirrored, where the photograph has the crown."""
    hair = (portrait.alpha > 0.9) & portrait.seen
    top = np.argmax(hair, axis=0).astype(np.float64) + _CROWN_RIM_PX
    above = np.clip(top.astype(int) - 2 * int(_CROWN_RIM_PX), 0, None)
    crowned = hair.any(axis=0)
    if portrait.seen[above, np.arange(len(top))][crowned].mean() < _CROWN_SEEN:
        return place
    column = np.clip(place[..., 0], 0, len(top) - 1).astype(int)
    limit = np.where(crowned, top, -1e3)[column]
    # No forehead is mirrored.
    hairline = float(portrait.points[PARTS["oval"].start, 1])
    over = np.clip(limit - place[..., 1], 0, np.maximum(hairline - limit, 0))
    place[..., 1] = np.where(place[..., 1] < limit, limit + over, place[..., 1])
    return place
