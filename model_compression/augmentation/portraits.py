"""The labelled pictures that scenes are composed of: one known face each, and where else faces may be seen.

A second face without points must not be taught as background: YuNet looks for it, and the scene leaves it out.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from edge_app.face.head_rotation import angles_of
from edge_app.face.landmark_layout import PARTS
from edge_app.face.student_crops import Anchors, anchors_of, face_crop
from model_compression.augmentation.head_turn import HeadShape, mean_head, turned_at_random
from model_compression.data.blendshapes import INDEX
from model_compression.data.folders import cache_folder
from model_compression.data.labelled_face import labelled_face
from model_compression.data.labelled_set import LabelledSet, replace_arrays
from model_compression.data.pack import OTHER_FACES, PACKED_MARK

Luma = NDArray[np.uint8]
Floats = NDArray[np.float32]

BOX_SIDE = 0.8
"""Side of a detector's box over that of the student's crop: brows to chin, 2.56 eye distances."""

_MIN_PRESENCE = 0.7
_MAX_STD = 0.05  # disagreement of the teacher's views, in sides of the box
_MIN_OTHER_SCORE = 0.3  # a doubtful face is left out of the background too
_LARGEST_PX, _LARGEST_SIDE_PX = 320, 190
_RARE_SHARE = 0.4  # of the portraits, given to rare poses and open mouths
_TURNED_RAD, _OPEN_JAW = math.radians(20), 0.4
_TURNS = 3  # of each face; each takes time once and memory from then on
_LOOK_PX = 448  # longer side of the picture when second faces are looked for


def five_points(landmarks: Floats) -> Floats:
    """(146, 2) -> (5, 2): eye_right, eye_left, nose_base, mouth_right, mouth_left."""
    anchors = anchors_of(landmarks)
    lips = PARTS["lips_outer"].start
    return np.stack(
        [
            anchors.eye_right,
            anchors.eye_left,
            anchors.nose_base,
            landmarks[lips],
            landmarks[lips + 10],
        ]
    )


def face_square(points: Floats) -> tuple[float, float, float, float]:
    """(5, 2) px -> the detector's box, a square: centre x, y, side (px), and the face's roll (rad).

    It comes from the points that place the student's crop, so that a blink, a yawn or a beard does not move it; it
    stays upright when the head rolls.
    """
    crop = face_crop(Anchors(points[0], points[1], points[2]))
    return crop.center_x_px, crop.center_y_px, BOX_SIDE * crop.side_px, crop.roll_rad


@dataclass(frozen=True, slots=True)
class Portrait:
    luma: Luma  # (H, W)
    landmarks: Floats  # (146, 2) px
    others: Floats  # (K, 4) left, top, right, bottom (px) of further faces
    tight: bool  # the picture is nothing but the face
    points: Floats  # (5, 2) px, `five_points` of the landmarks

    @property
    def outline(self) -> Floats:
        """(36, 2) px, from the top of the forehead by the picture's right to the chin and back."""
        return self.landmarks[PARTS["oval"]]


def portrait_of(luma: Luma, landmarks: Floats, others: Floats, *, tight: bool) -> Portrait:
    return Portrait(luma, landmarks, others, tight, five_points(landmarks))


PortraitSet = tuple[LabelledSet, NDArray[np.int64], Sequence[Floats], float]
"""Labels, rows to use, the other faces (K, 4) of each of those rows, and the set's weight."""


class Portraits:
    """Portraits of several sets, each drawn with its share."""

    def __init__(self, sets: Sequence[PortraitSet]) -> None:
        self._sets = [entry for entry in sets if len(entry[1]) and entry[3] > 0]
        if not self._sets:
            raise UserError("data: none of the sets holds a face to train the detector on.")
        weights = np.array([entry[3] for entry in self._sets])
        self._shares = weights / weights.sum()
        self._rare = [_rare_places(labelled, rows) for labelled, rows, _, _ in self._sets]
        self._kept: dict[tuple[str, int, int], Portrait] = {}
        self._head = mean_head(labelled for labelled, *_ in self._sets)

    def __len__(self) -> int:
        return sum(len(entry[1]) for entry in self._sets)

    def draw(
        self, rng: np.random.Generator, *, whole: bool = False, turned_share: float = 0.0
    ) -> Portrait:
        """whole: a photograph with something around the face; turned_share: chance of a head turned further."""
        while True:
            number = int(rng.choice(len(self._sets), p=self._shares))
            labelled, rows, others, _ = self._sets[number]
            if whole and labelled.name.startswith("fer2013") and len(self._sets) > 1:
                continue
            rare = self._rare[number]
            if len(rare) and rng.random() < _RARE_SHARE:
                place = int(rare[rng.integers(len(rare))])
            else:
                place = int(rng.integers(len(rows)))
            turn = 1 + int(rng.integers(_TURNS)) if rng.random() < turned_share else 0
            return self._portrait(labelled, int(rows[place]), others[place], turn)

    def _portrait(self, labelled: LabelledSet, row: int, others: Floats, turn: int) -> Portrait:
        """turn: 0 as photographed, else which of the face's turns."""
        key = (labelled.name, row, turn)
        if key in self._kept:
            return self._kept[key]
        tight = labelled.name.startswith("fer2013")
        portrait = portrait_of(
            labelled.picture(row), labelled.labels.landmarks[row], others, tight=tight
        )
        if turn and not len(others):  # a neighbour would be smeared
            portrait = _turned(portrait, labelled, row, self._head, turn)
        elif max(portrait.luma.shape) <= _LARGEST_PX:
            return portrait
        if max(portrait.luma.shape) > _LARGEST_PX:
            portrait = _smaller(portrait)
        self._kept[key] = portrait
        return portrait


def _turned(
    portrait: Portrait, labelled: LabelledSet, row: int, head: HeadShape, turn: int
) -> Portrait:
    of = turned_at_random(labelled_face(labelled, row), head, np.random.default_rng((row, turn)))
    return portrait_of(of.picture, of.points, portrait.others, tight=portrait.tight)


def _rare_places(labelled: LabelledSet, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the rows: faces turned aside, raised or lowered, and mouths wide open; photographs seldom show them."""
    angles = np.array([angles_of(labelled.labels.rotation[row])[:2] for row in rows]).reshape(-1, 2)
    jaw = labelled.labels.blendshapes[rows, INDEX["jawOpen"]]
    return np.flatnonzero((np.abs(angles).max(axis=1) > _TURNED_RAD) | (jaw > _OPEN_JAW))


def _smaller(portrait: Portrait) -> Portrait:
    """With a face of at most `_LARGEST_SIDE_PX`: scenes are small, and what is done to a portrait takes time."""
    scale = _LARGEST_SIDE_PX / face_square(portrait.points)[2]
    if scale >= 1:
        return portrait
    height, width = portrait.luma.shape
    size = (round(width * scale), round(height * scale))
    shrink = np.array([size[0] / width, size[1] / height], dtype=np.float32)
    return portrait_of(
        cv2.resize(portrait.luma, size, interpolation=cv2.INTER_AREA),  # type: ignore[arg-type]
        (portrait.landmarks + np.float32(0.5)) * shrink - np.float32(0.5),
        portrait.others * np.tile(shrink, 2),
        tight=portrait.tight,
    )


def trusted_rows(labelled: LabelledSet) -> NDArray[np.int64]:
    """Rows whose face was found with views that agree."""
    labels = labelled.labels
    rows = np.flatnonzero(labels.found & (labels.presence >= _MIN_PRESENCE))
    sides = np.array([face_square(five_points(labels.landmarks[row]))[2] for row in rows])
    spread = np.median(labels.landmark_std[rows], axis=1)
    return rows[spread <= _MAX_STD * sides]


def other_faces(
    labelled: LabelledSet, rows: NDArray[np.int64], model: Callable[[], Path]
) -> tuple[NDArray[np.int64], list[Floats]]:
    """Rows on which YuNet sees the labelled face too, and the boxes (K, 4) of what else it sees there.

    Looked up once, then kept beside the labels. `model` tells where `face_detection_yunet_2023mar.onnx` lies.
    """
    made_of = labelled.fingerprint.split(PACKED_MARK)[0]
    key = hashlib.sha256(f"{made_of} {_LOOK_PX} {_MIN_OTHER_SCORE}".encode())
    cache = cache_folder() / OTHER_FACES / f"{labelled.name}-{key.hexdigest()[:16]}.npz"
    if not cache.is_file():
        seen, boxes = _looked_for(labelled, model())
        cache.parent.mkdir(parents=True, exist_ok=True)
        counts = np.array([len(found) for found in boxes])
        replace_arrays(cache, seen=seen, counts=counts, boxes=np.concatenate(boxes))
    with np.load(cache, allow_pickle=False) as arrays:
        seen = arrays["seen"]
        boxes = np.split(arrays["boxes"], np.cumsum(arrays["counts"])[:-1])
    kept = rows[seen[rows]]
    return kept, [boxes[row] for row in kept]


def _looked_for(labelled: LabelledSet, model: Path) -> tuple[NDArray[np.bool_], list[Floats]]:
    """For all rows: whether the labelled face is seen, and the boxes of the others."""
    detector = cv2.FaceDetectorYN.create(str(model), "", (_LOOK_PX, _LOOK_PX), _MIN_OTHER_SCORE)
    seen = np.zeros(len(labelled), dtype=bool)
    boxes: list[Floats] = []
    for row in range(len(labelled)):
        found = _yunet_boxes(detector, labelled.picture(row))
        own = np.zeros(len(found), dtype=bool)
        if labelled.labels.found[row] and len(found):
            x, y, side, _ = face_square(five_points(labelled.labels.landmarks[row]))
            middle = (found[:, :2] + found[:, 2:]) / 2
            sides = np.sqrt(np.prod(found[:, 2:] - found[:, :2], axis=1))
            near = np.abs(middle - (x, y)).max(axis=1) < 0.35 * side
            own = near & (sides > 0.5 * side) & (sides < 2.0 * side)
        seen[row] = own.any()
        boxes.append(found[~own])
    return seen, boxes


def _yunet_boxes(detector: cv2.FaceDetectorYN, luma: Luma) -> Floats:
    """(K, 4) left, top, right, bottom in px of the picture, with a border so that cut-off faces are seen too."""
    scale = _LOOK_PX / max(luma.shape)
    border = max(luma.shape) // 6
    padded = cv2.copyMakeBorder(luma, border, border, border, border, cv2.BORDER_REPLICATE)
    large = cv2.resize(padded, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    detector.setInputSize((large.shape[1], large.shape[0]))
    _, rows = detector.detect(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR))
    found = np.asarray(rows)  # None where there is no face, whatever OpenCV's types say
    if found.ndim != 2:
        return np.zeros((0, 4), dtype=np.float32)
    low = found[:, :2] / scale - border
    return np.concatenate([low, low + found[:, 2:4] / scale], axis=1).astype(np.float32)
