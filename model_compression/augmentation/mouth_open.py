"""A mouth opened: the jaw drops with the chin, the lips part and narrow, and teeth and tongue show in the dark between.

In: an upright face. Out: the same face with its mouth open, its points moved along, and by how much. Few photographs
show an open mouth (of the set `faces`, 1 in 100 has lips that part by more than 0.15 sides of the crop) and a yawn
parts them by 0.16 to 0.25. Each column of the picture is slid up and down by a rule of its own; upper teeth that are
seen stay with the upper lip.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import NOSE_BASE, PARTS
from edge_app.face.student_crops import anchors_of
from model_compression.augmentation.upright_face import UprightFace

Floats = NDArray[np.float32]
Luma = NDArray[np.uint8]

_LOWER_INNER, _UPPER_INNER = np.arange(0, 11), np.r_[10:20, 0]  # of lips_inner; corners are both
_JAW = np.arange(9, 28)  # of the oval: from one ear over the chin to the other
_BEYOND_CHIN = 0.5  # sides of the crop below the chin until the neck stays where it is
_CORNERS_FOLLOW = 0.33  # of the lower lip's way
_CHIN_FOLLOWS = 0.92
_NARROWING = 0.9  # of the lower lip's way in sides of the crop: 0.25 narrows a mouth by some 20 %
_SMALLEST_MOUTH_PX = 8.0
_STEADY_ROUNDS = 4
_NOTHING_PX = 1e-3
_EYE_DISTANCE = 1 / 3.2  # of a face seen from the front, in sides of the crop
_LEAST_WIDTH = 0.1  # of lips, in sides of the crop


@dataclass(frozen=True, slots=True)
class MouthMove:
    """Lengths in sides of the student's crop."""

    drop: float  # of the lower lip's middle
    lift: float = 0.0  # of the upper lip's middle
    aside: float = 0.0  # of the jaw, to the picture's right
    roundness: float = 0.5  # 0.3 wide and flat .. 0.8 pointed
    darkness: float = 0.3  # luma deep inside, of the skin's
    upper_teeth: float = 0.0  # height of the strip
    lower_teeth: float = 0.0
    tooth_luma: float = 1.0  # of the skin's
    tongue: float = 0.0  # height above the lower lip, share of the opening
    tongue_luma: float = 0.6

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> MouthMove:
        """Two of five speak, the others yawn, shout or laugh."""
        drop = rng.uniform(0.01, 0.1) if rng.random() < 0.4 else rng.uniform(0.08, 0.22)
        return cls(
            drop=float(drop),
            lift=float(drop * rng.uniform(0.0, 0.2)),
            aside=float(rng.normal(0, 0.04) * drop),
            roundness=float(rng.uniform(0.35, 0.75)),
            darkness=float(rng.uniform(0.08, 0.5)),
            upper_teeth=float(rng.uniform(0.01, 0.05)) if rng.random() < 0.5 else 0.0,
            lower_teeth=float(rng.uniform(0.01, 0.03)) if rng.random() < 0.3 else 0.0,
            tooth_luma=float(rng.uniform(0.6, 1.25)),
            tongue=float(rng.uniform(0.1, 0.6)) if rng.random() < 0.6 else 0.0,
            tongue_luma=float(rng.uniform(0.35, 0.9)),
        )


@dataclass(frozen=True, slots=True)
class _Columns:
    """How each column slides: `stays`, `upper`, `lower`, `chin`, `neck` (W,) rows before; `to_*` rows after."""

    stays: Floats
    upper: Floats
    lower: Floats
    chin: Floats
    neck: Floats
    to_upper: Floats
    to_lower: Floats
    to_chin: Floats


@dataclass(frozen=True, slots=True)
class Narrowing:
    """By which share a mouth narrows, and how far around it that is felt."""

    share: float
    reach_x_px: float
    reach_up_px: float
    reach_down_px: float


def lips_gap(face: UprightFace) -> float:
    """Between the inner lips' middles, in sides of the crop."""
    lips = face.points[PARTS["lips_inner"]]
    return float(np.hypot(*(lips[5] - lips[15]))) / face.crop.side_px


def lips_aspect(face: UprightFace) -> float:
    """The gap between the inner lips over their width, which a turned head narrows as it does the eyes' distance."""
    lips = face.points[PARTS["lips_inner"]]
    width = float(np.hypot(*(lips[0] - lips[10]))) / face.crop.side_px
    anchors = anchors_of(face.points)
    across = float(np.hypot(*(anchors.eye_left - anchors.eye_right))) / face.crop.side_px
    return lips_gap(face) / max(width / (across / _EYE_DISTANCE), _LEAST_WIDTH)


def openness_of_lips(aspect: float) -> float:
    """The teacher's mouth openness of such lips: of one gap it calls a round mouth open and a wide one a smile.

    Fitted on medians of what it says of 191 mouths opened here on faces turned by less than 20 degrees. Of gaps of 0.13
    to 0.18 sides of the crop: 0.89, 0.73, 0.57 and 0.41 at widths below 0.20, 0.24, 0.28 and above; of 0.18 to 0.26:
    0.83, 0.94, 0.77 and 0.44. Of photographs with such gaps it says 0.3 to 0.5, and of heads turned further it says
    less of opened mouths too.
    """
    return min(1.0, max(0.0, 0.97 * aspect - 0.03))


def mouth_can_open(face: UprightFace) -> bool:
    """A mouth of a few pixels, or one beyond the picture, stays as it is whatever `with_mouth` is asked."""
    lips = face.points[PARTS["lips_inner"]]
    size_px = len(face.picture)
    inside = bool((lips > 2).all() and (lips < size_px - 3).all())
    return inside and float(np.ptp(lips[:, 0])) >= _SMALLEST_MOUTH_PX


def with_mouth(face: UprightFace, move: MouthMove) -> UprightFace:
    """The face with its mouth opened by `move`."""
    if not mouth_can_open(face):
        return face
    size_px, side_px = len(face.picture), float(face.crop.side_px)
    slides = _slides(face, move)
    middle = face.points[PARTS["lips_inner"]].mean(axis=0)
    narrowing = _narrowing(face, move)
    # Above and below nothing moves.
    first = max(0, int(min(slides.stays.min(), middle[1] - 0.5 * side_px)))
    last = min(size_px, int(slides.neck.max()) + 1)
    rows = np.arange(first, last, dtype=np.float32)[:, None]
    columns = np.arange(size_px, dtype=np.float32)[None]
    # Where each pixel comes from: first across, then along its column.
    columns_before = middle[0] + _unnarrowed(columns - middle[0], rows - middle[1], narrowing)
    columns_before -= np.float32(move.aside * side_px) * _jaw_share(rows, middle[1], side_px)
    columns_before = np.clip(columns_before, 0, size_px - 1)
    along = cv2.remap(
        _rows_before(slides, rows),
        columns_before,
        np.broadcast_to(rows - first, columns_before.shape).copy(),
        cv2.INTER_LINEAR,
    )
    moved: Luma = cv2.remap(  # type: ignore[assignment]
        face.picture, columns_before, along, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    picture = face.picture.copy()
    picture[first:last] = _with_cavity(moved, face, move, slides, columns_before, rows)
    points = _moved_points(face, move, slides, middle, narrowing)
    return replace(face, picture=picture, points=points)


def _slides(face: UprightFace, move: MouthMove) -> _Columns:
    side_px = float(face.crop.side_px)
    columns = np.arange(len(face.picture), dtype=np.float32)
    lips = face.points[PARTS["lips_inner"]]
    first, last = lips[:, 0].min(), lips[:, 0].max()
    middle, half = (first + last) / 2, (last - first) / 2
    upper = _contour(lips[_UPPER_INNER], columns)
    lower = np.maximum(_contour(lips[_LOWER_INNER], columns), upper)
    off = np.abs(columns - middle) / half
    lens = np.clip(1 - off**2, 0, 1) ** move.roundness
    drop, lift = move.drop * side_px, move.lift * side_px
    # Beyond the corners the cheeks follow less and less.
    corners = _CORNERS_FOLLOW * drop * np.exp(-0.5 * (np.maximum(off - 1, 0) / 0.55) ** 2)
    jaw = face.points[PARTS["oval"]][_JAW]
    chin = np.maximum(_contour(jaw, columns), lower + 0.1 * side_px)
    jaw_off = np.abs(columns - middle) / max(0.5 * float(np.ptp(jaw[:, 0])), 1.0)
    chin_drop = _CHIN_FOLLOWS * drop * np.clip(np.cos(np.pi / 2 * np.clip(jaw_off, 0, 1)), 0, 1)
    stays = np.minimum(np.full_like(columns, face.points[NOSE_BASE, 1]), upper - 0.02 * side_px)
    to_upper = np.maximum(upper + corners - (corners + lift) * lens, stays + 0.01 * side_px)
    to_lower = np.maximum(lower + corners + (drop - corners) * lens, to_upper + (lower - upper))
    return _Columns(
        stays=stays,
        upper=upper,
        lower=lower,
        chin=chin,
        neck=chin + np.float32(_BEYOND_CHIN * side_px),
        to_upper=to_upper,
        to_lower=to_lower,
        to_chin=np.maximum(chin + chin_drop, to_lower + 0.05 * side_px),
    )


def _contour(points: Floats, columns: Floats) -> Floats:
    """(W,) row of a line of points at each column; beyond its ends that of the end."""
    order = np.argsort(points[:, 0])
    return np.asarray(np.interp(columns, points[order, 0], points[order, 1]), dtype=np.float32)


def _rows_before(slides: _Columns, rows: Floats) -> Floats:
    """rows: (H, 1) -> (H, W), where each comes from in its column; between the lips anything: it is painted over."""
    teeth_end = slides.to_upper + slides.lower - slides.upper
    lower = np.maximum(slides.to_lower, teeth_end + _NOTHING_PX)
    after = (slides.stays, slides.to_upper, teeth_end, lower, slides.to_chin, slides.neck)
    before = (slides.stays, slides.upper, slides.lower, slides.lower, slides.chin, slides.neck)
    came = np.minimum(rows, after[0]) + np.maximum(rows - after[-1], 0)
    for index in range(len(after) - 1):
        run = np.maximum(after[index + 1] - after[index], _NOTHING_PX)
        share = (before[index + 1] - before[index]) / run
        came += share * np.clip(rows - after[index], 0, run)
    return np.asarray(came, dtype=np.float32)


def _narrowing(face: UprightFace, move: MouthMove) -> Narrowing:
    half = 0.5 * float(np.ptp(face.points[PARTS["lips_inner"]][:, 0]))
    side_px = float(face.crop.side_px)
    return Narrowing(_NARROWING * move.drop, 1.6 * half, 0.09 * side_px, 0.16 * side_px)


def _unnarrowed(across: Floats, below: Floats, narrowing: Narrowing) -> Floats:
    """px from the mouth's middle -> px across from it before it narrowed."""
    near = np.exp(-0.5 * (across / narrowing.reach_x_px) ** 2)
    reach_y = np.where(below < 0, narrowing.reach_up_px, narrowing.reach_down_px)
    near = near * np.exp(-0.5 * (below / reach_y) ** 2)
    return np.asarray(across * (1 + narrowing.share * near), dtype=np.float32)


def _jaw_share(rows: Floats, lips_row: float, side_px: float) -> Floats:
    """0 above the lips, 1 at the chin, 0 on the chest: how far a row follows the jaw aside."""
    below = (rows - lips_row) / side_px
    return np.asarray(np.clip(below / 0.2, 0, 1) * np.clip(1 - below / 0.8, 0, 1))


def _with_cavity(
    picture: Luma,
    face: UprightFace,
    move: MouthMove,
    slides: _Columns,
    columns_before: Floats,
    rows: Floats,
) -> Luma:
    """Paints what shows between the lips: the deep dark, teeth below and above, the tongue."""
    side_px = float(face.crop.side_px)
    gap = slides.lower - slides.upper
    column = (columns_before + 0.5).astype(np.intp)
    top, bottom = (slides.to_upper + gap)[column], slides.to_lower[column]
    inside = np.clip(np.minimum(rows - top, bottom - rows) + 0.5, 0, 1)
    inside[bottom <= top] = 0
    touched, across = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    if not len(touched):
        return picture
    part = np.s_[touched[0] : touched[-1] + 1, across[0] : across[-1] + 1]
    rows, inside = rows[part[0]], inside[part]
    top, bottom, teeth_shown = top[part], bottom[part], gap[column[part]]
    skin = _skin_luma(face)
    opening = np.maximum(bottom - top, _NOTHING_PX)
    depth = np.clip((rows - top) / opening, 0, 1)
    lens = opening / float(opening.max())
    # Darkest behind the upper teeth; the lower lip still catches light.
    luma = skin * move.darkness * (0.75 + 0.5 * depth)
    if move.tongue:
        over = np.clip((depth - (1 - move.tongue * lens)) * opening / (0.02 * side_px), 0, 1)
        luma += over * (skin * move.tongue_luma * (0.6 + 0.4 * depth) - luma)
    # A photograph that shows upper teeth shows them still.
    upper_teeth = move.upper_teeth * np.clip(1 - teeth_shown / 3, 0, 1)
    for height, away in ((upper_teeth, rows - top), (move.lower_teeth, bottom - rows)):
        tooth = np.clip((height * side_px * lens - away) / (0.008 * side_px), 0, 1)
        luma += tooth * (np.minimum(skin * move.tooth_luma * (0.7 + 0.3 * lens), 250) - luma)
    painted = picture[part] + inside * (luma - picture[part])
    picture[part] = np.clip(painted + 0.5, 0, 255).astype(np.uint8)
    return picture


def _skin_luma(face: UprightFace) -> float:
    """Median between the lower lip and the chin."""
    lip = face.points[PARTS["lips_outer"]][5]
    chin = face.points[PARTS["oval"]][18]
    last = len(face.picture) - 1
    x = np.clip(np.linspace(lip[0], chin[0], 9), 0, last).astype(int)
    y = np.clip(np.linspace(lip[1], chin[1], 9), 0, last).astype(int)
    return float(np.median(face.picture[y, x]))


def _moved_points(
    face: UprightFace, move: MouthMove, slides: _Columns, middle: Floats, narrowing: Narrowing
) -> Floats:
    side_px = float(face.crop.side_px)
    x, y = face.points.T
    column = np.clip(x + 0.5, 0, len(face.picture) - 1).astype(np.intp)
    at = {name: getattr(slides, name)[column] for name in slides.__slots__}
    lower = y > at["lower"]
    inner = PARTS["lips_inner"].start
    lower[inner + _LOWER_INNER] = True
    lower[inner + _UPPER_INNER] = False
    to_teeth = at["to_upper"] + at["lower"] - at["upper"]
    above = _between(
        y,
        (at["stays"], at["upper"], at["lower"]),
        (at["stays"], at["to_upper"], to_teeth),
    )
    below = _between(
        y,
        (at["lower"], at["chin"], at["neck"]),
        (at["to_lower"], at["to_chin"], at["neck"]),
    )
    moved = np.where(lower, below, above)
    moved = np.where((y <= at["stays"]) | (y >= at["neck"]), y, moved)
    # The narrowing is given backwards: a few rounds find where a point goes.
    across = x - middle[0]
    for _ in range(_STEADY_ROUNDS):
        back = _unnarrowed(across, moved - middle[1], narrowing)
        back -= move.aside * side_px * _jaw_share(moved, middle[1], side_px)
        across = across + (x - middle[0]) - back
    return np.stack([middle[0] + across, moved], axis=1).astype(np.float32)


def _between(
    y: Floats, before: tuple[Floats, Floats, Floats], after: tuple[Floats, Floats, Floats]
) -> Floats:
    """Each of y after its own three knots moved; linear between them and beyond."""
    first = y <= before[1]
    low, high = (np.where(first, before[i], before[i + 1]) for i in (0, 1))
    to_low, to_high = (np.where(first, after[i], after[i + 1]) for i in (0, 1))
    share = (y - low) / np.maximum(high - low, _NOTHING_PX)
    return np.asarray(to_low + share * (to_high - to_low))
