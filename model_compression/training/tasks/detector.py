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
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from edge_app.face.box import overlap
from edge_app.face.letterbox import DETECTOR_SIZE_PX, Letterbox, letterbox_of, letterboxed
from edge_app.face.observation import FaceDetection
from edge_app.face.student_detector import CELL_PX, decoded
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
from model_compression.augmentation.scenes import Scene, SceneComposer
from model_compression.data.labelled_set import LabelledSet, load_labels
from model_compression.training.config import DataSet, Stage
from model_compression.training.seeds import generator_at
from model_compression.training.task import Batch, Goal, Sample, TaskInput

_YUNET = "face_detection_yunet_2023mar.onnx"
_HELD_OUT_PEOPLE = {
    "nir": {"11", "12", "13"},
    "headpose": {"woman", "both-left", "both-right"},
}
_HELD_OUT_SHARE = 0.05  # of the people of other sets, by a hash of the name
_LOOKED_FOR_OTHERS = (
    "faces",
    "nir",
    "headpose",
)  # the pictures of `fer2013` are nothing but one face

_SPREAD = 0.1  # of a face's side: width of the bump around its centre
_LEAST_SPREAD = 0.55  # cells
_LEARNS_FROM = 0.35  # height of the bump down to which cells learn box and points
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
    goal = Goal("recall_at_1_per_1000", "max")

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
        stock = BackgroundStock(seed, count=self._options.backgrounds)
        composer = SceneComposer(self._learned, stock, size_px=stage.crop_px)
        return DetectorSamples(composer, stage.crop_px, seed, stage_index)

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
            self._measured_on = self._validation_scenes()
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

    def _validation_scenes(self) -> list[tuple[Scene, _Square]]:
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


def targets(points: Floats, ignored: Floats, size_px: int) -> dict[str, NDArray[np.float32]]:
    """points: (F, 5, 2), ignored: (G, 4) px of the square -> maps over the cells.

    heat (h, w): bumps that reach 1 in the centres' cells; claimed (h, w): 0 where nothing is said; learns (h, w):
    weight with which a cell learns `box` (4, h, w) and `points` (10, h, w).
    """
    cells = size_px // CELL_PX
    heat = np.zeros((cells, cells), dtype=np.float32)
    claimed = np.ones_like(heat)
    learns = np.zeros_like(heat)
    box = np.zeros((4, cells, cells), dtype=np.float32)
    five = np.zeros((10, cells, cells), dtype=np.float32)
    middle = (np.arange(cells, dtype=np.float32) + 0.5) * CELL_PX
    for left, top, right, bottom in ignored:
        # Half a cell more, since a cell sees beyond its own 8 px.
        columns = (middle > left - CELL_PX / 2) & (middle < right + CELL_PX / 2)
        rows = (middle > top - CELL_PX / 2) & (middle < bottom + CELL_PX / 2)
        claimed[np.ix_(rows, columns)] = 0
    for face in points:
        x, y, side, _ = face_square(face)
        column, row = int(x // CELL_PX), int(y // CELL_PX)
        if not (0 <= column < cells and 0 <= row < cells):
            continue
        spread = max(_LEAST_SPREAD, _SPREAD * side / CELL_PX)
        bump = np.multiply.outer(
            np.exp(-(((np.arange(cells) - row) / spread) ** 2) / 2),
            np.exp(-(((np.arange(cells) - column) / spread) ** 2) / 2),
        ).astype(np.float32)
        own = (bump >= _LEARNS_FROM) & (bump > heat)
        heat = np.maximum(heat, bump)
        claimed[bump >= _LEARNS_FROM] = 1
        learns[own] = bump[own]
        rows, columns = np.nonzero(own)
        box[0, rows, columns] = (x - middle[columns]) / CELL_PX
        box[1, rows, columns] = (y - middle[rows]) / CELL_PX
        box[2:, rows, columns] = math.log(side / CELL_PX)
        cell = np.stack([middle[columns], middle[rows]])  # (2, n)
        away = (face[:, :, None] - cell) / side  # (5, 2, n)
        five[:, rows, columns] = away.reshape(10, -1)
    return {"heat": heat, "claimed": claimed, "learns": learns, "box": box, "points": five}


def heat_loss(logits: Tensor, heat: Tensor, claimed: Tensor) -> Tensor:
    """CenterNet's penalty-reduced focal loss (eq. 1; alpha 2, beta 4), over the number of faces. All (B, h, w)."""
    share = torch.sigmoid(logits)
    center = (heat >= 1).float()
    hit = center * (1 - share) ** 2 * functional.softplus(-logits)
    miss = (1 - center) * (1 - heat) ** 4 * share**2 * functional.softplus(logits)
    loss: Tensor = (claimed * (hit + miss)).sum() / (claimed * center).sum().clamp(min=1)
    return loss


def generalised_overlap(box: Tensor, other: Tensor) -> Tensor:
    """GIoU (Rezatofighi et al. 2019) of (n, 4) x, y, log width, log height in cells -> (n,), -1..1."""
    low, high = _corners(box)
    other_low, other_high = _corners(other)
    shared = (torch.minimum(high, other_high) - torch.maximum(low, other_low)).clamp(min=0).prod(1)
    both = (high - low).prod(1) + (other_high - other_low).prod(1) - shared
    hull = (torch.maximum(high, other_high) - torch.minimum(low, other_low)).prod(1)
    return shared / both - (hull - both) / hull


def _corners(box: Tensor) -> tuple[Tensor, Tensor]:
    half = box[:, 2:].clamp(-3, 5).exp() / 2
    return box[:, :2] - half, box[:, :2] + half


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
    threshold = false_scores[len(false_scores) // 1000] if false_scores else 0.5
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
    apart = np.array([is_held_out(labelled, int(row)) for row in rows], dtype=bool)
    rows = rows[apart == held_out]
    if labelled.name not in _LOOKED_FOR_OTHERS:
        nothing = np.zeros((0, 4), dtype=np.float32)
        return labelled, rows, [nothing] * len(rows), entry.weight
    kept, others = other_faces(labelled, rows, lambda: find_model(_YUNET))
    return labelled, kept, others, entry.weight


def is_held_out(labelled: LabelledSet, row: int) -> bool:
    """People whom training never sees."""
    person = str(labelled.labels.person[row])
    if labelled.name in _HELD_OUT_PEOPLE:
        return person in _HELD_OUT_PEOPLE[labelled.name]
    name = person or str(labelled.labels.source[row])
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 >= 1 - _HELD_OUT_SHARE
