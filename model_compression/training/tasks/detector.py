"""Finding faces in a whole frame: composed scenes, CenterNet's heat map, box and points at the centres.

Measured on scenes of people held out: how many faces are found at one false face in a thousand empty frames.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from edge_app.face.box import overlap
from edge_app.face.letterbox import DETECTOR_SIZE_PX, Letterbox, letterbox_of, letterboxed
from edge_app.face.observation import FaceDetection
from edge_app.face.student_detector import decoded
from edge_app.inference.model_files import find_model
from edge_app.settings_model import SettingsModel
from model_compression.augmentation.backgrounds import BackgroundStock
from model_compression.augmentation.portraits import (
    Floats,
    Portraits,
    PortraitSet,
    face_square,
    other_faces,
    trusted_rows,
)
from model_compression.augmentation.scene_stage import Scene
from model_compression.augmentation.scenes import SceneComposer
from model_compression.data.held_out import is_held_out
from model_compression.data.labelled_set import LabelledSet, load_labels
from model_compression.training.config import DataSet, Stage
from model_compression.training.seeds import generator_at
from model_compression.training.task import Batch, Goal, Sample, TaskInput
from model_compression.training.tasks.detector_maps import generalised_overlap, heat_loss, targets

_YUNET = "face_detection_yunet_2023mar.onnx"
_LOOKED_FOR_OTHERS = (
    "faces",
    "nir",
    "headpose",
)  # the pictures of `fer2013` are nothing but one face

_FOUND_OVERLAP = 0.4
_BANDS_PX = ((0, 16), (16, 32), (32, 64), (64, 400))


class DetectorOptions(SettingsModel):
    """`task.options` of the detector."""

    box_weight: float = Field(default=1.0, ge=0, description="Of 1 - GIoU of the box.")
    size_weight: float = Field(
        default=1.0, ge=0, description="Of the absolute error of centre and log size."
    )
    points_weight: float = Field(default=8.0, ge=0, description="Of the five points' error.")
    backgrounds: int = Field(default=1500, ge=1, description="Drawn backgrounds to cut from.")
    validation_scenes: int = Field(
        default=500, ge=10, description="Scenes with faces that are measured on."
    )
    validation_empty: int = Field(
        default=1000, ge=10, description="Scenes without a face that are measured on."
    )


@dataclass(frozen=True, slots=True)
class _Square:
    """A scene in the detector's square."""

    image: Floats  # (size, size)
    letterbox: Letterbox
    points: Floats  # (F, 5, 2) px of the square
    ignored: Floats  # (G, 4) px of the square


class DetectorTask:
    # One per thousand is what counts in the vehicle, but hangs on the one or two worst of the empty scenes: too noisy
    # to choose weights by.
    goal = Goal("recall_at_1_per_100", "max")

    def __init__(self, given: TaskInput) -> None:
        self._options = given.options.read(DetectorOptions)
        given.augmentation.read(SettingsModel)
        learned: list[PortraitSet] = []
        held_out: list[PortraitSet] = []
        self._fingerprints: dict[str, str] = {}
        for entry in given.sets:
            labelled = load_labels(entry.name)
            self._fingerprints[entry.name] = labelled.fingerprint
            for kept, people in ((learned, False), (held_out, True)):
                kept.append(_portraits_of(labelled, entry, held_out=people))
        self._learned, self._held_out = Portraits(learned), Portraits(held_out)
        self._measured_on: list[tuple[Scene, _Square]] = []

    def samples(self, stage: Stage, stage_index: int, seed: int) -> DetectorSamples:
        return DetectorSamples(self.composer(seed, stage.crop_px), stage.crop_px, seed, stage_index)

    def composer(self, seed: int, size_px: int) -> SceneComposer:
        """Of scenes with the people learned from."""
        stock = BackgroundStock(seed, count=self._options.backgrounds)
        return SceneComposer(self._learned, stock, size_px=size_px)

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        out = student(batch["image"])
        heat = heat_loss(out["heat"][:, 0], batch["heat"], batch["claimed"])
        at = batch["learns"] > 0  # (B, h, w)
        weight = batch["learns"][at]
        weight = weight / weight.sum().clamp(min=1e-6)
        box, true_box = (t.permute(0, 2, 3, 1)[at] for t in (out["box"], batch["box"]))
        points, true_points = (t.permute(0, 2, 3, 1)[at] for t in (out["points"], batch["points"]))
        overlap_loss = (weight * (1 - generalised_overlap(box, true_box))).sum()
        size = (weight * (box - true_box).abs().mean(1)).sum()
        where = (
            weight
            * functional.smooth_l1_loss(points, true_points, reduction="none", beta=0.05).mean(1)
        ).sum()
        options = self._options
        loss = (
            heat
            + options.box_weight * overlap_loss
            + options.size_weight * size
            + options.points_weight * where
        )
        return {"loss": loss, "heat": heat, "overlap": overlap_loss, "size": size, "points": where}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        if not self._measured_on:
            self._measured_on = self.held_out_scenes()
        found: list[list[FaceDetection]] = []
        for start in range(0, len(self._measured_on), 50):
            squares = [square for _, square in self._measured_on[start : start + 50]]
            images = torch.from_numpy(np.stack([square.image for square in squares]))[:, None]
            out = {name: t.float().cpu().numpy() for name, t in student(images.to(device)).items()}
            for row, square in enumerate(squares):
                maps = out["heat"][row, 0], out["box"][row], out["points"][row]
                found.append(decoded(*maps, square.letterbox, min_logit=-6.0))
        return measured([scene for scene, _ in self._measured_on], found)

    def fingerprints(self) -> dict[str, str]:
        return dict(self._fingerprints)

    def held_out_scenes(self) -> list[tuple[Scene, _Square]]:
        stock = BackgroundStock(2**31, count=300)
        composer = SceneComposer(self._held_out, stock, size_px=DETECTOR_SIZE_PX)
        wanted = self._options.validation_scenes, self._options.validation_empty
        scenes = []
        for empty, count in ((False, wanted[0]), (True, wanted[1])):
            for number in range(count):
                scene = composer.compose(generator_at(2**31, int(empty), number), empty=empty)
                scenes.append((scene, squared(scene, DETECTOR_SIZE_PX)))
        return scenes


def open_task(given: TaskInput) -> DetectorTask:
    return DetectorTask(given)


class DetectorSamples:
    """Scenes of one stage by position."""

    def __init__(self, composer: SceneComposer, size_px: int, seed: int, stage_index: int) -> None:
        self._composer = composer
        self._size_px = size_px
        self._place = (seed, stage_index)

    def __getitem__(self, position: int) -> Sample:
        seed, stage_index = self._place
        scene = self._composer.compose(generator_at(seed, stage_index, position))
        square = squared(scene, self._size_px)
        return {
            "image": square.image[None],
            **targets(square.points, square.ignored, self._size_px),
        }


def squared(scene: Scene, size_px: int) -> _Square:
    """The scene as the vehicle would show it to the detector."""
    height, width = scene.frame.shape
    letterbox = letterbox_of(width, height, size_px)
    image = np.zeros((size_px, size_px), dtype=np.float32)
    letterboxed(scene.frame, letterbox, image)
    ignored = letterbox.to_square(scene.ignored.reshape(-1, 2, 2)).reshape(-1, 4)
    return _Square(image, letterbox, letterbox.to_square(scene.points), ignored)


def measured(scenes: Sequence[Scene], found: Sequence[Sequence[FaceDetection]]) -> dict[str, float]:
    """Faces found at the score that one empty frame in a thousand reaches; how well box and points lie."""
    false_scores = sorted(
        (
            max((face.score for face in faces), default=0.0)
            for scene, faces in zip(scenes, found, strict=True)
            if not len(scene.points) and not len(scene.ignored)
        ),
        reverse=True,
    )
    threshold, lower = (
        false_scores[len(false_scores) // often] if false_scores else 0.5 for often in (1000, 100)
    )
    sides, scores, overlaps, errors = [], [], [], []
    for scene, faces in zip(scenes, found, strict=True):
        for points in scene.points:
            x, y, side, roll = face_square(points)
            box = (x - side / 2, y - side / 2, x + side / 2, y + side / 2)
            best = max(faces, key=lambda face: overlap(face.box, box), default=None)
            share = overlap(best.box, box) if best is not None else 0.0
            sides.append(side)
            scores.append(best.score if best is not None and share >= _FOUND_OVERLAP else 0.0)
            if best is not None and share >= _FOUND_OVERLAP:
                overlaps.append(share)
                crop = best.crop
                off = math.hypot(crop.center_x_px - x, crop.center_y_px - y) / side
                turn = abs(math.remainder(crop.roll_rad - roll, 2 * math.pi))
                errors.append((off, abs(math.log(crop.side_px * 0.8 / side)), turn))
    hit = np.array(scores) > threshold
    size = np.array(sides)
    metrics = {
        "recall_at_1_per_1000": float(hit.mean()) if len(hit) else 0.0,
        "recall_at_1_per_100": float((np.array(scores) > lower).mean()) if len(hit) else 0.0,
        "recall_at_half": float((np.array(scores) >= 0.5).mean()) if len(hit) else 0.0,
        "false_at_half": float(np.mean(np.array(false_scores) >= 0.5)) if false_scores else 0.0,
        "threshold": threshold,
        "overlap": float(np.mean(overlaps)) if overlaps else 0.0,
    }
    off_mean, grown_mean, turned_mean = np.mean(errors or [(1.0, 1.0, 1.0)], axis=0).tolist()
    metrics |= {
        "crop_shift": off_mean,
        "crop_log_size_error": grown_mean,
        "crop_roll_error_deg": math.degrees(turned_mean),
    }
    for low, high in _BANDS_PX:
        band = (size >= low) & (size < high)
        if band.any():
            metrics[f"recall_{low}_{high}_px"] = float(hit[band].mean())
    return metrics


def _portraits_of(labelled: LabelledSet, entry: DataSet, *, held_out: bool) -> PortraitSet:
    rows = trusted_rows(labelled)
    apart = np.array([kept_apart(labelled, int(row)) for row in rows], dtype=bool)
    rows = rows[apart == held_out]
    if labelled.name not in _LOOKED_FOR_OTHERS:
        nothing = np.zeros((0, 4), dtype=np.float32)
        return labelled, rows, [nothing] * len(rows), entry.weight
    kept, others = other_faces(labelled, rows, lambda: find_model(_YUNET))
    return labelled, kept, others, entry.weight


def kept_apart(labelled: LabelledSet, row: int) -> bool:
    """People held out, and of FER2013, whose people are not known, every twentieth picture: both are measured on."""
    if labelled.name.startswith("fer2013"):
        return hashlib.sha256(str(labelled.labels.source[row]).encode()).digest()[0] % 20 == 0
    return is_held_out(labelled.name, str(labelled.labels.person[row]))
