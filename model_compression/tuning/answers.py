"""What students answer about faces and scenes of people held out, beside what is true of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from edge_app.face.box import overlap
from edge_app.face.crop import FaceCrop
from edge_app.face.student_crops import (
    Luma,
    anchors_of,
    cut_face,
    face_crop,
    face_points_to_frame,
)
from edge_app.face.student_detector import decoded
from model_compression.augmentation.portraits import face_square
from model_compression.data.labelled_face import labelled_face
from model_compression.data.labelled_set import load_labels
from model_compression.training.config import DataSet
from model_compression.training.options import OptionGroup
from model_compression.training.seeds import generator_at
from model_compression.training.task import TaskInput
from model_compression.training.tasks.detector import DetectorTask, open_task
from model_compression.training.tasks.face_samples import (
    FaceAugmentation,
    FaceSamples,
    held_out_rows,
)
from model_compression.training.tasks.losses import standardized

Floats = NDArray[np.float32]
Progress = Callable[[str], None]

SETS = ("faces", "turned", "nir", "headpose")
_SCENE_SETS = ("faces", "nir", "headpose")  # the detector turns heads itself
_SEED = 2**30
_LEAST_SCORE = 0.02
_SMALLEST_FACE_PX = 16.0  # of the detector's square, 192 px: a face of 8 % of the frame's height
_FOUND_OVERLAP = 0.35
_LOOKS_IN_A_SCENE = 4  # as many as the tracker's
_BATCH = 64


@dataclass(frozen=True, slots=True)
class FaceAnswers:
    """N faces, covered or not, lids moved. NaN: not known."""

    visibility_logits: Floats  # (N, 8) of the face part
    visible_logits: Floats  # (N, 2) of the eyes part
    visibility: Floats  # (N, 8) truth, 0 or 1
    openness_face: Floats  # (N, 4) of the face part: left, right, then their log deviations
    openness_eyes: Floats  # (N, 2, 2) of the eyes part: value and log deviation of left and right
    openness: Floats  # (N, 2) truth
    openness_known: Floats  # (N, 2) 0..1


@dataclass(frozen=True, slots=True)
class SceneAnswers:
    """Scores of the detector, and what the face part says of the places that the detector shows it (logits).

    A place is looked at as the tracker does it: once where the detector puts it, once where the points of the first
    look put it, and the surer look counts.
    """

    faces_score: Floats  # of each face there is; 0 where it was not found
    faces_logit: Floats  # of the same; NaN where it was not found
    empty_score: Floats  # of each place in a scene without a face, the likeliest ones first
    empty_logit: Floats  # of the same
    empty_scene: NDArray[np.int64]  # of the same: which scene it is in
    empty_scenes: int


def face_answers(
    face: nn.Module, eyes: nn.Module, *, count: int, progress: Progress
) -> FaceAnswers:
    """count: faces of each set, drawn anew from the people held out."""
    size_px = int(getattr(face, "input_size_px", 112))
    drawn: list[Mapping[str, NDArray[np.generic]]] = []
    for name in SETS:
        labelled = load_labels(name)
        rows = held_out_rows(labelled)
        samples = FaceSamples(
            [(labelled, 1.0)],
            FaceAugmentation(),
            crop_px=size_px,
            seed=_SEED,
            stage_index=0,
            eyes=True,
            face=True,
        )
        for index in range(count if len(rows) else 0):
            of = labelled_face(labelled, int(rows[index % len(rows)]))
            drawn.append(samples.sample(of, generator_at(_SEED, index)))
        progress(f"{name}: {count if len(rows) else 0} faces of {len(rows)} pictures held out")

    def stacked(key: str) -> NDArray[np.generic]:
        return np.stack([np.asarray(sample[key]) for sample in drawn])

    faces = answered(face, stacked("face"))
    both_eyes = stacked("eyes")
    said = answered(eyes, both_eyes.reshape(-1, *both_eyes.shape[2:]))
    return FaceAnswers(
        visibility_logits=faces["visibility"],
        visible_logits=said["visible"].reshape(-1, 2),
        visibility=stacked("visibility").astype(np.float32),
        openness_face=faces["eye_openness_face"],
        openness_eyes=said["openness"].reshape(-1, 2, 2),
        openness=stacked("openness").astype(np.float32),
        openness_known=stacked("openness_weight").astype(np.float32),
    )


def scene_answers(
    detector: nn.Module, face: nn.Module, *, scenes: int, progress: Progress
) -> SceneAnswers:
    """As many composed scenes with faces as without."""
    options = OptionGroup.of({"validation_scenes": scenes, "validation_empty": scenes})
    sets = tuple(DataSet(name=name) for name in _SCENE_SETS)
    task = open_task(TaskInput("detector", sets, options, OptionGroup(), None))
    size_px = int(getattr(face, "input_size_px", 112))
    places = _places(task, detector)
    faces = [place for place in places if place.scene < 0]
    empty = [place for place in places if place.scene >= 0]
    progress(f"{len(faces)} faces and {scenes} empty scenes shown to the detector")
    return SceneAnswers(
        faces_score=np.array([place.score for place in faces], dtype=np.float32),
        faces_logit=_looks(face, faces, size_px),
        empty_score=np.array([place.score for place in empty], dtype=np.float32),
        empty_logit=_looks(face, empty, size_px),
        empty_scene=np.array([place.scene for place in empty], dtype=np.int64),
        empty_scenes=scenes,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """A face, or what the detector took for one."""

    frame: Luma
    crop: FaceCrop | None  # None: a face that the detector did not find
    score: float
    scene: int  # -1: there is a face


def _places(task: DetectorTask, detector: nn.Module) -> list[_Place]:
    least_logit = float(np.log(_LEAST_SCORE / (1 - _LEAST_SCORE)))
    places: list[_Place] = []
    empty_scenes = 0
    for scene, square in task.held_out_scenes():
        maps = answered(detector, square.image[None, None], standard=False)
        found = decoded(
            maps["heat"][0, 0], maps["box"][0], maps["points"][0], square.letterbox, least_logit
        )
        if not len(scene.points) and not len(scene.ignored):
            places += [
                _Place(scene.frame, one.crop, one.score, empty_scenes)
                for one in found[:_LOOKS_IN_A_SCENE]
            ]
            empty_scenes += 1
        for points in scene.points:
            x, y, side, _ = face_square(points)
            if side < _SMALLEST_FACE_PX:
                continue
            box = (x - side / 2, y - side / 2, x + side / 2, y + side / 2)
            best = max(found, key=lambda one: overlap(one.box, box), default=None)
            if best is not None and overlap(best.box, box) >= _FOUND_OVERLAP:
                places.append(_Place(scene.frame, best.crop, best.score, -1))
            else:
                places.append(_Place(scene.frame, None, 0.0, -1))
    return places


def _looks(face: nn.Module, places: list[_Place], size_px: int) -> Floats:
    """Logits of the surer of two looks; NaN where there is nowhere to look."""
    logits = np.full(len(places), np.nan, dtype=np.float32)
    seen = [(row, place.frame, place.crop) for row, place in enumerate(places) if place.crop]
    if not seen:
        return logits
    rows = [row for row, _, _ in seen]
    first = answered(
        face, np.stack([cut_face(luma, crop, size_px)[None] for _, luma, crop in seen])
    )
    refined = []
    for (_, luma, crop), landmarks in zip(seen, first["landmarks"], strict=True):
        points = face_points_to_frame(landmarks.reshape(-1, 2), crop)
        refined.append(cut_face(luma, face_crop(anchors_of(points)), size_px)[None])
    second = answered(face, np.stack(refined))
    logits[rows] = np.maximum(first["visibility"][:, 0], second["visibility"][:, 0])
    return logits


def answered(
    student: nn.Module, pictures: NDArray[np.generic], *, standard: bool = True
) -> dict[str, Floats]:
    """Outputs of all pictures, (N, …) each. standard: bring each to mean 0 and deviation 1 first."""
    said: list[dict[str, Floats]] = []
    student.eval()
    with torch.no_grad():
        for start in range(0, len(pictures), _BATCH):
            chunk = torch.from_numpy(np.ascontiguousarray(pictures[start : start + _BATCH]))
            outputs = student(standardized(chunk) if standard else chunk)
            said.append({name: value.float().numpy() for name, value in outputs.items()})
    return {name: np.concatenate([one[name] for one in said]) for name in said[0]}
