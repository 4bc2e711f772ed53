"""`fer2013`: 48 px faces with one of seven emotions, all counted: accuracy, mean recall, who is taken for whom."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from edge_app.face.observation import FaceObservation
from model_compression.evaluation.bench import Bench
from model_compression.evaluation.classification import Confusion, class_figures, confusion
from model_compression.evaluation.contestant import Contestant
from model_compression.evaluation.figure import PICTURES, not_applicable, share
from model_compression.evaluation.measured import ByContestant, Measured
from model_compression.evaluation.npz_file import read_npz
from model_compression.evaluation.picture_store import spread

_SEEN_SIDE_PX = 192  # to which a picture is enlarged before a face is looked for in it
_BORDER = (
    0.5  # of that side, on each side: repeated edge, since a detector wants to see around a face
)
_SAME_EMOTION = {
    "angry": "anger",
    "happy": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
    "disgusted": "disgust",
    "fearful": "fear",
}


@dataclass(frozen=True, slots=True)
class EmotionSet:
    """images: (N, H, W) uint8; labels: (N,) rows of `classes`."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]


def measure(path: Path, bench: Bench) -> Measured:
    emotions = read_emotions(path)
    rows = np.array(spread(range(len(emotions.labels)), bench.choice.limit))
    said: dict[str, list[int]] = {role: [] for role in bench.roles}
    found: dict[str, list[bool]] = {role: [] for role in bench.roles}
    places = {c.role: _places(c, emotions.classes) for c in bench.contestants}
    for row in bench.track(rows.tolist(), len(rows), path.name):
        canvas, crop = on_canvas(emotions.images[row])
        for contestant in bench.contestants:
            role = contestant.role
            face = contestant.read_still(canvas)
            found[role].append(face is not None)
            if face is None:
                face = contestant.perception.observe(canvas, crop)
            label, sure = _said(face, places[role])
            said[role].append(label)
            if role == bench.roles[0] and label >= 0 and label != emotions.labels[row]:
                words = f"{emotions.classes[label]} {sure:.2f}, is {emotions.classes[emotions.labels[row]]}"
                bench.worst.add("expression", sure, emotions.images[row], words)
    truth = emotions.labels[rows]
    clusters = [str(row) for row in rows]
    figures: ByContestant = {}
    confusions: dict[str, Confusion] = {}
    for role in bench.roles:
        own = {"face_found": share(found[role], clusters, PICTURES)}
        if places[role]:
            answers = np.array(said[role], dtype=np.int64)
            own.update(class_figures(truth, answers, emotions.classes, clusters, PICTURES))
            confusions[role] = confusion(truth, answers, emotions.classes)
        else:
            own["accuracy"] = own["uar"] = not_applicable("reads no expression")
        figures[role] = own
    notes = (
        "where no face is found, the whole picture is taken for the face: face_found tells how often not",
        "nobody says who is on the pictures: intervals take each for another person's",
    )
    return Measured(len(rows), None, figures, confusions=confusions, notes=notes)


def read_emotions(path: Path) -> EmotionSet:
    """Raises `UserError` where the file is missing, damaged or of another form."""
    images, labels, names = read_npz(path, "images", "labels", "classes")
    labels, classes = labels.reshape(-1), tuple(str(name) for name in names)
    if images.ndim != 3 or images.dtype != np.uint8 or len(images) != len(labels):
        raise UserError(
            f"{path}: images {images.shape} {images.dtype} and {len(labels)} labels; needs (N, H, W) uint8 and N"
        )
    if not len(labels):
        raise UserError(f"{path}: holds no picture; name another file")
    labels = labels.astype(np.int64)
    if labels.min() < 0 or labels.max() >= len(classes):
        raise UserError(
            f"{path}: a label lies outside the {len(classes)} classes; copy the set again"
        )
    return EmotionSet(images, labels, classes)


def same_emotion(name: str) -> str:
    """One word for one emotion, whatever the set calls it."""
    return _SAME_EMOTION.get(name.strip().lower(), name.strip().lower())


def _places(contestant: Contestant, classes: tuple[str, ...]) -> dict[int, int]:
    """Which of its outputs is which class of the set; empty where it reads no expression."""
    wanted = {same_emotion(name): number for number, name in enumerate(classes)}
    places = {
        place: wanted[same_emotion(label)]
        for place, label in enumerate(contestant.perception.expression_labels)
        if same_emotion(label) in wanted
    }
    missing = len(wanted) - len(places)
    if places and missing:
        raise UserError(
            f"{contestant.perception.name}: knows {len(places)} of the set's {len(wanted)} classes"
            f" ({', '.join(classes)}); evaluate it on a set whose classes it has"
        )
    return places


def _said(face: FaceObservation, places: dict[int, int]) -> tuple[int, float]:
    """The class of the greatest probability among those of the set, and that probability; -1 for none."""
    if not places or face.expression is None:
        return -1, 0.0
    shares = {number: face.expression[place] for place, number in places.items()}
    best = max(shares, key=lambda number: shares[number])
    return best, shares[best]


def on_canvas(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], FaceCrop]:
    """The picture on a canvas with its edges repeated, and the crop that is the whole picture."""
    scale = _SEEN_SIDE_PX / max(image.shape)
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    border = round(_BORDER * _SEEN_SIDE_PX)
    canvas = cv2.copyMakeBorder(large, border, border, border, border, cv2.BORDER_REPLICATE)
    height, width = canvas.shape[:2]
    return canvas, FaceCrop(width / 2, height / 2, float(_SEEN_SIDE_PX), 0.0)  # type: ignore[return-value]
