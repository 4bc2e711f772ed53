"""What students answer about faces and scenes of people held out, beside what is true of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from edge_app.face.box import overlap
from edge_app.face.student_crops import Luma, cut_face
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
    """Scores of the detector, and what the face part says of what the detector shows it (logits)."""

    faces_score: Floats  # one for each face there is; 0 where it was not found
    empty_score: Floats  # highest in each scene without a face
    faces_logit: Floats  # one for each face found
    empty_logit: Floats  # one for each place in an empty scene that the detector took for a face


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
    faces_score, faces_crop, empty_score, empty_crop = _looked_at(task, detector, size_px)
    progress(f"{len(faces_score)} faces and {len(empty_score)} empty scenes shown to the detector")
    return SceneAnswers(
        faces_score=np.array(faces_score, dtype=np.float32),
        empty_score=np.array(empty_score, dtype=np.float32),
        faces_logit=_is_face(face, faces_crop),
        empty_logit=_is_face(face, empty_crop),
    )


def _looked_at(
    task: DetectorTask, detector: nn.Module, size_px: int
) -> tuple[list[float], list[Luma], list[float], list[Luma]]:
    faces_score: list[float] = []
    empty_score: list[float] = []
    faces_crop: list[Luma] = []
    empty_crop: list[Luma] = []
    least_logit = float(np.log(_LEAST_SCORE / (1 - _LEAST_SCORE)))
    for scene, square in task.held_out_scenes():
        maps = answered(detector, square.image[None, None], standard=False)
        found = decoded(
            maps["heat"][0, 0], maps["box"][0], maps["points"][0], square.letterbox, least_logit
        )

        crops = [cut_face(scene.frame, one.crop, size_px)[None] for one in found]
        if not len(scene.points) and not len(scene.ignored):
            empty_score.append(max((one.score for one in found), default=0.0))
            empty_crop += crops[:2]
        for points in scene.points:
            x, y, side, _ = face_square(points)
            if side < _SMALLEST_FACE_PX:
                continue
            box = (x - side / 2, y - side / 2, x + side / 2, y + side / 2)
            shares = [overlap(one.box, box) for one in found]
            best = int(np.argmax(shares)) if shares else -1
            if best >= 0 and shares[best] >= _FOUND_OVERLAP:
                faces_score.append(found[best].score)
                faces_crop.append(crops[best])
            else:
                faces_score.append(0.0)
    return faces_score, faces_crop, empty_score, empty_crop


def _is_face(face: nn.Module, crops: list[Luma]) -> Floats:
    if not crops:
        return np.zeros(0, dtype=np.float32)
    return answered(face, np.stack(crops))["visibility"][:, 0]


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
