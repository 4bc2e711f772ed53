"""Crops without a face, from which the face student learns to tell that there is none.

Backgrounds, heads whose face was taken away, photographs beside and much closer than the face, and places that a
detector takes for a face in composed scenes: what the vehicle asks the face student about.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from edge_app.face.box import Box, overlap
from edge_app.face.crop import FaceCrop
from edge_app.face.letterbox import DETECTOR_SIZE_PX
from edge_app.face.student_crops import anchors_of, cut_face, face_crop
from edge_app.face.student_detector import decoded
from model_compression.augmentation.backgrounds import BackgroundStock
from model_compression.augmentation.crop_jitter import jittered
from model_compression.augmentation.degradation import MILD, degraded
from model_compression.augmentation.non_faces import face_taken_away
from model_compression.augmentation.portraits import face_square, portrait_of
from model_compression.augmentation.scene_stage import Scene
from model_compression.data.labelled_face import LabelledFace
from model_compression.training.config import DataSet
from model_compression.training.network_file import read_network
from model_compression.training.options import OptionGroup
from model_compression.training.seeds import generator_at
from model_compression.training.task import TaskInput
from model_compression.training.tasks.detector import open_task, squared
from model_compression.training.tasks.face_samples import FaceSamples

Luma = NDArray[np.uint8]

_LEAST_LOGIT = math.log(0.05 / 0.95)
_NEAREST = 0.1  # overlap with a face from which on a place may count as one
_MOST_OF_A_SCENE = 2
_SCENE_PX = 320  # more than the detector sees: what fools it is no more blurred than a face
_NOBODY_SHARE = 0.6
_SEED = 2**29


class EmptyCrops:
    """`draw(rng)` gives one, (S, S)."""

    def __init__(
        self,
        faces: FaceSamples,
        seed: int,
        crop_px: int,
        fooling: Sequence[Luma] = (),
    ) -> None:
        self._faces = faces
        self._crop_px = crop_px
        self._stock = BackgroundStock(seed, count=400)
        self._fooling = fooling

    def draw(self, rng: np.random.Generator) -> Luma:
        if self._fooling and rng.random() < 0.5:
            picture = self._fooling[int(rng.integers(len(self._fooling)))]
            if rng.random() < 0.5:
                picture = np.ascontiguousarray(picture[:, ::-1])
        else:
            kind = rng.random()
            if kind < 0.35:
                picture = self._stock.cut(rng, self._crop_px, self._crop_px)
            elif kind < 0.7:
                picture = self._without_its_face(rng)
            else:
                picture = self._beside(rng)
        return degraded(picture, rng, MILD, crop_scale=self._crop_px / 112).picture

    def _without_its_face(self, rng: np.random.Generator) -> Luma:
        of = self._faces.draw(rng)
        none = np.zeros((0, 4), dtype=np.float32)
        gone = face_taken_away(
            rng, portrait_of(of.picture, of.points, none, tight=False), self._stock
        )
        return cut_face(gone, jittered(face_crop(anchors_of(of.points)), rng), self._crop_px)

    def _beside(self, rng: np.random.Generator) -> Luma:
        of = self._faces.draw(rng)
        return cut_face(of.picture, _elsewhere(of, rng), self._crop_px)


def _elsewhere(of: LabelledFace, rng: np.random.Generator) -> FaceCrop:
    """So near that it shows a cheek or an eye, or beside the face."""
    crop = face_crop(anchors_of(of.points))
    turn = float(rng.uniform(-math.pi, math.pi))
    if rng.random() < 0.5:
        side, away = crop.side_px * rng.uniform(0.15, 0.33), rng.uniform(0.0, 0.3)
    else:
        side, away = crop.side_px * rng.uniform(0.5, 1.1), rng.uniform(0.85, 1.3)
    x = crop.center_x_px + away * crop.side_px * math.cos(turn)
    y = crop.center_y_px + away * crop.side_px * math.sin(turn)
    return FaceCrop(x, y, float(side), crop.roll_rad + float(rng.normal(0, 0.3)))


def fooling_crops(
    detector: Path, sets: Sequence[DataSet], *, scenes: int, crop_px: int
) -> list[Luma]:
    """(S, S) each: what a trained detector takes for a face in scenes of people learned from, though none is there."""
    student = read_network(detector).network()
    task = open_task(TaskInput("detector", tuple(sets), OptionGroup(), OptionGroup(), None))
    composer = task.composer(_SEED, _SCENE_PX)
    crops: list[Luma] = []
    for number in range(scenes):
        rng = generator_at(_SEED, number)
        scene = composer.compose(rng, empty=True if rng.random() < _NOBODY_SHARE else None)
        crops += _fooled(student, scene, crop_px)
    return crops


def _fooled(detector: nn.Module, scene: Scene, crop_px: int) -> list[Luma]:
    square = squared(scene, DETECTOR_SIZE_PX)
    with torch.no_grad():
        said = detector(torch.from_numpy(square.image[None, None]))
    heat, box, points = (said[name][0].numpy() for name in ("heat", "box", "points"))
    found = decoded(heat[0], box, points, square.letterbox, _LEAST_LOGIT)
    taken: list[Box] = [(left, top, right, bottom) for left, top, right, bottom in scene.ignored]
    for face in scene.points:
        x, y, side, _ = face_square(face)
        taken.append((x - side / 2, y - side / 2, x + side / 2, y + side / 2))
    free = [one for one in found if all(overlap(one.box, box) < _NEAREST for box in taken)]
    return [cut_face(scene.frame, one.crop, crop_px) for one in free[:_MOST_OF_A_SCENE]]
