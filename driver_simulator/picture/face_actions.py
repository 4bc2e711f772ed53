"""Where each facial action moves the points of a face: the table behind smiles, frowns and yawns.

In: a face's points on the canvas. Out: for each action of `FacialActions` a shift of every point, px, at intensity 1.
Ways are of our own judgement, with the action units' descriptions as guide (Ekman, Friesen and Hager 2002).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from driver_simulator.driver.moment import FacialActions
from driver_simulator.picture.portrait import PX_PER_M
from edge_app.face.landmark_layout import COUNT, PARTS

Points = NDArray[np.float64]

PX_PER_MM = PX_PER_M / 1000
ACTIONS = (
    "inner_brow_raiser",
    "outer_brow_raiser",
    "brow_lowerer",
    "cheek_raiser",
    "nose_wrinkler",
    "upper_lip_raiser",
    "lip_corner_puller",
    "lip_corner_depressor",
    "lip_pucker",
    "lip_stretcher",
    "lip_pressor",
)
"""All but the jaw, whose way is too long to be added to others'."""
EXTRAS = 16
"""Points without a landmark that follow the table too; see `with_extras`."""
CHIN_DROP_MM = 43.0
"""How far the widest yawn lowers the chin."""
_LIP_DROPS_MM, _UPPER_LIP_RISES_MM, _CORNERS_DROP_MM, _CORNERS_NARROW_MM = 41.0, 4.0, 17.0, 7.0
# Rows of the oval from below one ear over the chin to the other, and how much of the chin's way they go.
_JAW = {10: 0.06, 11: 0.14, 12: 0.3, 13: 0.52, 14: 0.74, 15: 0.9, 16: 0.98, 17: 1.0, 18: 1.0}
_UPPER_LIP = list(range(11, 20))
_LOWER_LIP = list(range(1, 10))


def weights_of(actions: FacialActions) -> NDArray[np.float32]:
    """(len(ACTIONS),)"""
    return np.array([getattr(actions, name) for name in ACTIONS], dtype=np.float32)


def with_extras(points: Points) -> Points:
    """points: (146, 2) -> (146 + EXTRAS, 2): cheeks, wings of the nose, forehead, chin's front, corners' surround."""
    lips, nose, oval = points[PARTS["lips_outer"]], points[PARTS["nose"]], points[PARTS["oval"]]
    right, left = points[PARTS["brow_right"]], points[PARTS["brow_left"]]
    unit = PX_PER_MM
    chin, top, base = oval[18], oval[0], nose[7]
    extras = [
        base + unit * np.array([-17, -3]),
        base + unit * np.array([17, -3]),
        base + unit * np.array([-38, -10]),
        base + unit * np.array([38, -10]),
        base + unit * np.array([-50, 4]),
        base + unit * np.array([50, 4]),
        lips[0] + unit * np.array([-11, 0]),
        lips[10] + unit * np.array([11, 0]),
        right.mean(axis=0) * 0.5 + oval[34] * 0.5,
        left.mean(axis=0) * 0.5 + oval[2] * 0.5,
        (right[[4, 5]].mean(axis=0) + left[[4, 5]].mean(axis=0)) / 2,
        (right[[4, 5]].mean(axis=0) + left[[4, 5]].mean(axis=0)) / 4 + top / 2,
        lips[5] * 0.6 + chin * 0.4,
        lips[5] * 0.25 + chin * 0.75,
        lips[0] * 0.55 + oval[22] * 0.45,
        lips[10] * 0.55 + oval[14] * 0.45,
    ]
    return np.concatenate([points, np.array(extras)])


def shifts(points: Points) -> NDArray[np.float64]:
    """points: (146, 2) px -> (len(ACTIONS), 146 + EXTRAS, 2) px."""
    table = _Table(with_extras(points))
    inner = np.array([0.15, 0.35, 0.65, 0.9, 1.0, 1.0, 0.9, 0.65, 0.35, 0.15])
    table.brows("inner_brow_raiser", inner, up=7.5)
    table.extra("inner_brow_raiser", (10, 11), up=4.5)
    table.brows("outer_brow_raiser", 1.1 - inner, up=7.0)
    table.extra("outer_brow_raiser", (8, 9), up=4.0)
    table.brows("brow_lowerer", 0.3 + 0.7 * inner, up=-6.0, inwards=3.4)
    table.extra("brow_lowerer", (10,), up=-3.0)
    table.extra("cheek_raiser", (2, 3), up=4.5)
    table.extra("cheek_raiser", (4, 5), up=3.0, inwards=1.0)
    table.extra("nose_wrinkler", (0, 1), up=4.0)
    table.extra("nose_wrinkler", (10,), up=-2.0)
    table.nose("nose_wrinkler", up=1.6)
    table.lips("nose_wrinkler", _UPPER_LIP, up=2.5)
    table.brows("nose_wrinkler", inner, up=-2.0)
    table.lips("upper_lip_raiser", _UPPER_LIP, up=5.0)
    table.extra("upper_lip_raiser", (0, 1), up=1.5)
    table.extra("upper_lip_raiser", (2, 3), up=1.5)
    table.corners("lip_corner_puller", up=7.0, inwards=-9.0)
    table.lips("lip_corner_puller", _UPPER_LIP, up=1.5)
    table.lips("lip_corner_puller", _LOWER_LIP, up=-0.5)
    table.extra("lip_corner_puller", (2, 3), up=3.5)
    table.extra("lip_corner_puller", (4, 5), up=2.0, inwards=-2.0)
    table.extra("lip_corner_puller", (6, 7), up=5.5, inwards=-6.0)
    table.corners("lip_corner_depressor", up=-7.0, inwards=-1.0)
    table.lips("lip_corner_depressor", _LOWER_LIP, up=1.0)
    table.extra("lip_corner_depressor", (6, 7), up=-5.0)
    table.corners("lip_pucker", up=0.0, inwards=10.0)
    table.outer("lip_pucker", _UPPER_LIP, up=1.5)
    table.outer("lip_pucker", _LOWER_LIP, up=-1.5)
    table.extra("lip_pucker", (6, 7), up=0.0, inwards=5.0)
    table.corners("lip_stretcher", up=-2.0, inwards=-9.0)
    table.extra("lip_stretcher", (6, 7), up=-2.0, inwards=-6.0)
    table.outer("lip_pressor", _UPPER_LIP, up=-2.8)
    table.outer("lip_pressor", _LOWER_LIP, up=2.8)
    return table.px


def jaw_shifts(points: Points) -> NDArray[np.float64]:
    """(146 + EXTRAS, 2) px of the widest yawn."""
    table = _Table(with_extras(points))
    way = np.zeros_like(table.points)
    corner = _corner_share(points)
    drop, narrow = _CORNERS_DROP_MM, _CORNERS_NARROW_MM
    for part in ("lips_outer", "lips_inner"):
        rows = np.arange(PARTS[part].start, PARTS[part].stop)
        share = corner[part]
        lower = np.isin(np.arange(20), _LOWER_LIP)
        middle = np.where(lower, _LIP_DROPS_MM, -_UPPER_LIP_RISES_MM)
        # Between the middle and the corners the lips hang in an arch.
        arch = np.sqrt(np.clip(1 - share**2, 0, 1))
        way[rows, 1] = drop + (middle - drop) * arch
        way[rows, 0] = -table.outward[rows] * narrow * share
    for row, part_of in _JAW.items():
        for twin in (row, 36 - row):
            way[PARTS["oval"].start + twin] = (
                -table.outward[PARTS["oval"].start + twin] * 4.0 * part_of * (part_of < 0.99),
                CHIN_DROP_MM * part_of,
            )
    extra = COUNT
    way[[extra + 12, extra + 13], 1] = CHIN_DROP_MM
    way[[extra + 14, extra + 15], 1] = 0.6 * _LIP_DROPS_MM
    way[[extra + 6, extra + 7], 1] = 0.8 * drop
    way[[extra + 4, extra + 5], 1] = 3.0
    way[[extra + 6, extra + 7], 0] = -table.outward[[extra + 6, extra + 7]] * 0.6 * narrow
    return way * PX_PER_MM


def _corner_share(points: Points) -> dict[str, NDArray[np.float64]]:
    """For each point of the lips: 0 in the middle, 1 at a corner."""
    shares = {}
    for part in ("lips_outer", "lips_inner"):
        lips = points[PARTS[part]]
        middle, half = (lips[0] + lips[10]) / 2, np.linalg.norm(lips[10] - lips[0]) / 2
        along = (lips[10] - lips[0]) / (2 * half)
        shares[part] = np.clip(np.abs((lips - middle) @ along) / half, 0, 1)
    return shares


class _Table:
    """Shifts that are filled in part by part; ways in mm, up and towards the middle."""

    def __init__(self, points: Points) -> None:
        self.points = points
        self.px = np.zeros((len(ACTIONS), len(points), 2))
        middle = points[PARTS["nose"], 0].mean()
        self.outward = np.sign(points[:, 0] - middle)
        self._corner = _corner_share(points)

    def brows(
        self, action: str, share: NDArray[np.float64], *, up: float, inwards: float = 0.0
    ) -> None:
        for part in ("brow_left", "brow_right"):
            rows = np.arange(PARTS[part].start, PARTS[part].stop)
            self._add(action, rows, up * share, inwards * share)

    def extra(
        self, action: str, which: tuple[int, ...], *, up: float, inwards: float = 0.0
    ) -> None:
        rows = COUNT + np.array(which)
        self._add(action, rows, np.full(len(rows), up), np.full(len(rows), inwards))

    def nose(self, action: str, *, up: float) -> None:
        rows = np.arange(PARTS["nose"].start + 2, PARTS["nose"].stop)
        self._add(action, rows, np.full(len(rows), up), np.zeros(len(rows)))

    def corners(self, action: str, *, up: float, inwards: float) -> None:
        for part in ("lips_outer", "lips_inner"):
            rows = np.arange(PARTS[part].start, PARTS[part].stop)
            share = self._corner[part]
            self._add(action, rows, up * share**1.6, inwards * share)

    def lips(self, action: str, which: list[int], *, up: float) -> None:
        for part in ("lips_outer", "lips_inner"):
            share = 1 - self._corner[part][which] ** 2
            self._add(action, PARTS[part].start + np.array(which), up * share, np.zeros(len(which)))

    def outer(self, action: str, which: list[int], *, up: float) -> None:
        share = 1 - self._corner["lips_outer"][which] ** 2
        rows = PARTS["lips_outer"].start + np.array(which)
        self._add(action, rows, up * share, np.zeros(len(which)))

    def _add(
        self,
        action: str,
        rows: NDArray[np.int64],
        up_mm: NDArray[np.float64],
        inwards_mm: NDArray[np.float64],
    ) -> None:
        shift = np.stack([-self.outward[rows] * inwards_mm, -up_mm], axis=-1)
        self.px[ACTIONS.index(action), rows] += shift * PX_PER_MM
