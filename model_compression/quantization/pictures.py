"""What the parts of a bundle look at, made as in training: faces with moved lids, covered, degraded, in jittered crops.

Faces come in, from the label caches or from the demo clip; the inputs of every part go out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.quantization.coverage import Coverage, coverage
from calibration.quantization.representative import picture_features, representative
from edge_app.bundle.heads import PartName
from edge_app.errors import UserError
from edge_app.face.head_rotation import angles_of
from edge_app.face.letterbox import DETECTOR_SIZE_PX, letterbox_of, letterboxed
from edge_app.face.student_crops import (
    EXPRESSION_PX,
    Luma,
    anchors_of,
    face_crop,
    standardized,
)
from model_compression.augmentation.portraits import face_square, five_points
from model_compression.data.held_out import is_held_out
from model_compression.data.labelled_face import LabelledFace, labelled_face
from model_compression.data.labelled_set import LabelledSet, load_labels
from model_compression.quantization.detector_agreement import FACE_BOX, FACE_POINTS
from model_compression.training.tasks.face_samples import FaceAugmentation, FaceSamples

Floats = NDArray[np.float32]

SETS = ("faces", "turned", "nir", "headpose", "fer2013-train", "fer2013-val")
_FRAME_PX = (320, 240)
_FACE_SHARE = (0.18, 0.95)  # of the frame's height, side of the face's crop
_LEAST_WEIGHT = 0.05  # of a truth that counts
_LEAST_DEVIATION = 0.1  # of a standardized picture; a flatter one is not blown up
_ALONE = 0.75  # chance that the border of a frame is not the face mirrored
_CANDIDATES = 4  # for each picture that is chosen
_SOME_UNTOUCHED = FaceAugmentation(emotions_untouched=0.3)  # of the faces of labelled emotion
_UNTOUCHED = FaceAugmentation(emotions_untouched=1.0)


@dataclass(frozen=True, slots=True)
class TrialPictures:
    """The same N faces as each part sees them, standardized; with `emotions` the expression part sees M others."""

    face: Floats  # (N, 1, 1, S, S)
    eyes: Floats  # (N, 2, 1, 48, 64)
    image: Floats  # (N, 1, 1, 192, 192)
    # By head, (N, ...), NaN where not known; (M,) classes under "expression" where there are `emotions`.
    truth: dict[str, Floats] = field(default_factory=dict)
    emotions: Floats | None = None  # (M, 1, 1, 112, 112)

    def __len__(self) -> int:
        return len(self.face)

    def shown_to(self, part: PartName) -> Floats:
        """(N, ...) one input of `part` for each face; (M, ...) of expression where there are `emotions`."""
        if part == "expression":
            if self.emotions is not None:
                return self.emotions
            return self.face if self.face.shape[-1] == EXPRESSION_PX else self._at_expression_size()
        return {"face": self.face, "eyes": self.eyes, "detector": self.image}[part]

    def _at_expression_size(self) -> Floats:
        size = (EXPRESSION_PX, EXPRESSION_PX)
        smaller = [cv2.resize(p[0, 0], size, interpolation=cv2.INTER_AREA) for p in self.face]
        each = np.stack(smaller)[:, None, None]
        deviation = each.std(axis=(2, 3, 4), keepdims=True).clip(min=_LEAST_DEVIATION)
        resized: Floats = (each - each.mean(axis=(2, 3, 4), keepdims=True)) / deviation
        return resized


@dataclass(frozen=True, slots=True)
class KnownFace:
    """A face with the person whose it is, '' unknown, and the set that it is from."""

    face: LabelledFace
    person: str
    set_name: str


def labelled_faces(
    sets: Sequence[str], *, held_out: bool, cache_root: Path | None = None
) -> list[KnownFace]:
    """Faces of the label caches: of the people who are held out of training, or of the others.

    Sets that are not labelled here are left out. Raises `UserError` where none is.
    """
    faces: list[KnownFace] = []
    problem: UserError | None = None
    for name in sets:
        try:
            labelled = load_labels(name, cache_root)
        except UserError as error:
            problem = error
            continue
        faces += [
            KnownFace(labelled_face(labelled, int(row)), str(labelled.labels.person[row]), name)
            for row in _rows(labelled, held_out)
        ]
    if not faces and problem is not None:
        raise problem
    return faces


@dataclass(frozen=True, slots=True)
class ChosenFaces:
    """Faces that stand for all, in the order in which they came."""

    faces: list[KnownFace]
    around: list[Luma]  # the pixels of each face
    luma: Floats  # (N,) mean of these
    angles_rad: Floats  # (N, 2) yaw, pitch
    coverage: Coverage  # of the candidates


def representative_faces(
    faces: Sequence[KnownFace], count: int, rng: np.random.Generator
) -> ChosenFaces:
    """`count` faces, or all where there are fewer, that cover light, pose and people.

    Raises `UserError` without a face.
    """
    if not faces:
        raise UserError("There are no faces to measure with; run 'vigil data labels'.")
    if len(faces) > _CANDIDATES * count:
        rows = np.sort(rng.choice(len(faces), _CANDIDATES * count, replace=False))
        faces = [faces[row] for row in rows]
    angles = np.array([angles_of(known.face.rotation)[:2] for known in faces], dtype=np.float32)
    around = [_around(known.face) for known in faces]
    features = picture_features(around, angles[:, 0], angles[:, 1])
    # Another set's people are other people, whatever they are called.
    people = [f"{known.set_name} {known.person}" if known.person else "" for known in faces]
    chosen = representative(features, count, rng, people)
    luma = features[:, 0].astype(np.float32)
    return ChosenFaces(
        [faces[row] for row in chosen],
        [around[row] for row in chosen],
        luma[chosen],
        angles[chosen],
        coverage(luma, angles[:, 0], angles[:, 1], people, chosen),
    )


def representative_pictures(
    faces: Sequence[KnownFace], count: int, rng: np.random.Generator, *, face_px: int
) -> TrialPictures:
    """`count` pictures that cover light, pose and people, for measuring the ranges of activations."""
    chosen = representative_faces(faces, count, rng)
    return trial_pictures([known.face for known in chosen.faces], rng, face_px=face_px)


def trial_pictures(
    faces: Iterable[LabelledFace], rng: np.random.Generator, *, face_px: int
) -> TrialPictures:
    """Each face as every part would see it. Raises `UserError` where there is none."""
    samples = FaceSamples(
        [], _SOME_UNTOUCHED, crop_px=face_px, seed=0, stage_index=0, eyes=True, face=True
    )
    crops, eyes, images = [], [], []
    truths: dict[str, list[Floats]] = {}
    for face in faces:
        sample = samples.sample(face, rng)
        for head, known in _truth(sample).items():
            truths.setdefault(head, []).append(known)
        crops.append(standardized(sample["face"][0])[None, None])
        eyes.append(np.stack([standardized(eye[0])[None] for eye in sample["eyes"]]))
        shown = framed(face, rng)
        images.append(_squared(shown.frame))
        for head, known in _truth_of_frame(shown, face).items():
            truths.setdefault(head, []).append(known)
    if not crops:
        raise UserError("There are no faces to measure with; run 'vigil data labels'.")
    truth = {head: np.stack(known) for head, known in truths.items()}
    return TrialPictures(np.stack(crops), np.stack(eyes), np.stack(images), truth)


def no_pictures() -> TrialPictures:
    """For a gate of parts that look at none."""
    nothing = np.zeros((0, 1, 1, 1, 1), dtype=np.float32)
    return TrialPictures(nothing, nothing, nothing)


def with_emotions(
    pictures: TrialPictures, faces: Sequence[LabelledFace], rng: np.random.Generator
) -> TrialPictures:
    """`pictures`, and for the expression part alone these faces, degraded but nothing covered.

    Of the few that are among other pictures one answer more or less is several points. A face whose emotion nobody
    labelled is shown all the same; its truth is not known.
    """
    samples = FaceSamples(
        [], _UNTOUCHED, crop_px=EXPRESSION_PX, seed=0, stage_index=0, eyes=False, face=True
    )
    emotions = np.array([face.emotion for face in faces], dtype=np.float32)
    truth = np.where(emotions >= 0, emotions, np.nan).astype(np.float32)
    # Only a face of labelled emotion is left uncovered: any label does for that.
    drawn = [samples.sample(replace(face, emotion=max(face.emotion, 0)), rng) for face in faces]
    shown = np.stack([standardized(sample["face"][0])[None, None] for sample in drawn])
    return replace(pictures, emotions=shown, truth=pictures.truth | {"expression": truth})


def _truth(sample: dict[str, Any]) -> dict[str, Floats]:
    """What is known of a sample, by head; NaN where training would give it no weight."""
    known = {
        head: np.array(sample[head], dtype=np.float32)
        for head in (
            *("landmarks", "head_pose", "gaze", "mouth_openness", "smile", "visibility"),
            *("quality", "openness", "eye_openness_face", "visible", "iris"),
        )
    }
    for head, truth in known.items():
        weight = np.asarray(sample.get(f"{head}_weight", 1.0), dtype=np.float32)
        while weight.ndim < truth.ndim:
            weight = weight[..., None]
        truth[np.broadcast_to(weight < _LEAST_WEIGHT, truth.shape)] = np.nan
    emotion = int(sample["emotion"])
    known["expression"] = np.array(emotion if emotion >= 0 else np.nan, dtype=np.float32)
    return known


@dataclass(frozen=True, slots=True)
class FramedFace:
    """`matrix`: (2, 3) from px of the photograph to px of the frame; `alone`: no mirror image beside it."""

    frame: Luma
    matrix: Floats
    alone: bool


def framed(face: LabelledFace, rng: np.random.Generator) -> FramedFace:
    """A camera's frame (240, 320) with the face somewhere in it, large or small, a little rolled."""
    crop = face_crop(anchors_of(face.points))
    width, height = _FRAME_PX
    side = height * float(np.exp(rng.uniform(*np.log(_FACE_SHARE))))
    center = rng.uniform((0.3 * width, 0.4 * height), (0.7 * width, 0.6 * height))
    matrix = similarity(
        np.array([crop.center_x_px, crop.center_y_px]),
        center,
        scale=side / crop.side_px,
        turn_rad=float(rng.normal(0, 0.14)),
    )
    alone = bool(rng.random() < _ALONE)
    border = cv2.BORDER_REPLICATE if alone else cv2.BORDER_REFLECT_101
    frame = cv2.warpAffine(face.picture, matrix, _FRAME_PX, flags=cv2.INTER_AREA, borderMode=border)
    grain = rng.normal(0, rng.uniform(0.5, 6.0), frame.shape)
    recorded: Luma = np.clip(frame * rng.uniform(0.4, 1.2) + grain, 0, 255).astype(np.uint8)
    return FramedFace(recorded, matrix, alone)


def _truth_of_frame(shown: FramedFace, face: LabelledFace) -> dict[str, Floats]:
    """The detector's truths; see `detector_agreement`."""
    box = np.full(4, np.nan, dtype=np.float32)
    points = five_points(face.points) @ shown.matrix[:, :2].T + shown.matrix[:, 2]
    square = letterbox_of(shown.frame.shape[1], shown.frame.shape[0]).to_square(points + 0.5)
    if shown.alone:
        x, y, side, _ = face_square(square)
        box[:] = x, y, side, side
    return {FACE_BOX: box, FACE_POINTS: square.astype(np.float32)}


def similarity(
    start: NDArray[np.float64], end: NDArray[np.float64], *, scale: float, turn_rad: float
) -> Floats:
    """Affine matrix (2, 3) that scales and turns about `start`, and puts it at `end`; both (2,) px."""
    cos, sin = scale * math.cos(turn_rad), scale * math.sin(turn_rad)
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn, end - turn @ start]).astype(np.float32)


def _rows(labelled: LabelledSet, held_out: bool) -> Iterator[int]:
    labels = labelled.labels
    for row in np.flatnonzero(labels.found & (labels.presence > 0.5)):
        if is_held_out(labelled.name, str(labels.person[row])) == held_out:
            yield int(row)


def _around(face: LabelledFace) -> Luma:
    """The pixels of the face's crop, as they are."""
    crop = face_crop(anchors_of(face.points))
    half = max(2.0, crop.side_px / 2)
    top, left = (max(0, int(c - half)) for c in (crop.center_y_px, crop.center_x_px))
    part = face.picture[top : top + int(2 * half), left : left + int(2 * half)]
    return part if part.size else face.picture


def _squared(frame: Luma) -> Floats:
    out = np.zeros((1, 1, DETECTOR_SIZE_PX, DETECTOR_SIZE_PX), dtype=np.float32)
    letterboxed(frame, letterbox_of(frame.shape[1], frame.shape[0]), out[0, 0])
    return out
