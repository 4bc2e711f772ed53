"""Seven expressions on FER2013: the face crop as the vehicle cuts it, and the picture's label.

The loss is paper 4's in the corrected form of its code: cross-entropy with the class weight outside the logarithm,
tempered, with smoothed labels against that set's label noise. Weights are chosen on every twentieth picture of the
sets learned from, kept apart; FER2013's own `val` stays for measuring.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from edge_app.face.crop import FaceCrop
from edge_app.face.student_crops import (
    EXPRESSION_PX,
    anchors_of,
    cut_face,
    face_crop,
    standardized,
)
from edge_app.settings_model import SettingsModel
from model_compression.augmentation.crop_jitter import jittered
from model_compression.augmentation.noise import texture
from model_compression.data.labelled_face import labelled_face
from model_compression.data.labelled_set import LabelledSet, load_labels
from model_compression.training.config import DataSet, Stage
from model_compression.training.seeds import generator_at
from model_compression.training.task import Batch, Goal, Sample, Samples, Task, TaskInput
from model_compression.training.tasks.detector import kept_apart

Luma = NDArray[np.uint8]

CLASSES = 7
_ENLARGED_PX = 96  # a small picture is enlarged once, smoothly, rather than in every cut
_BATCH = 128
_LEVELS = np.arange(256, dtype=np.float32)


class ExpressionOptions(SettingsModel):
    """`task.options` of the expression."""

    class_weight_power: float = Field(
        0.25, ge=0, le=1, description="0: all faces alike; 1: paper 4's weights, all classes alike."
    )
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="Of the labels.")
    mixup: float = Field(
        0.0, ge=0, description="Beta distribution of the mixing (Zhang et al. 2018); 0 is off."
    )
    mixup_share: float = Field(0.5, ge=0, le=1, description="Share of batches that are mixed.")


class ExpressionAugmentation(SettingsModel):
    """`augmentation` of the expression."""

    rotation_deg: float = Field(15.0, ge=0, le=90, description="Largest turn beside the jitter.")
    smallest_scale: float = Field(0.85, gt=0, le=1, description="Smallest crop, of its own side.")
    largest_scale: float = Field(1.2, ge=1, description="Largest crop, of its own side.")
    light: float = Field(1.0, ge=0, description="Strength of brightness, contrast and gamma.")
    blur: float = Field(0.2, ge=0, le=1, description="Chance of a mild blur.")
    noise: float = Field(0.2, ge=0, le=1, description="Chance of mild noise.")
    erase: float = Field(0.3, ge=0, le=1, description="Chance of a patch erased.")
    erased_area: float = Field(0.25, ge=0, lt=1, description="Its largest share of the picture.")


@dataclass(frozen=True, slots=True)
class ExpressiveFace:
    """A picture with its emotion and the crop that the vehicle would cut: the whole of it where nobody was found."""

    picture: Luma
    crop: FaceCrop
    emotion: int


class ExpressionTask:
    """See the module."""

    goal = Goal("accuracy", "max")

    def __init__(self, given: TaskInput) -> None:
        self._options = given.options.read(ExpressionOptions)
        self._augmentation = given.augmentation.read(ExpressionAugmentation)
        sets = [(load_labels(entry.name), entry) for entry in given.sets]
        self._fingerprints = {labelled.name: labelled.fingerprint for labelled, _ in sets}
        self._learned = [
            (expressive_faces(labelled, held_out=False), entry) for labelled, entry in sets
        ]
        self._held_out = [
            face for labelled, _ in sets for face in expressive_faces(labelled, held_out=True)
        ]
        learned = [face.emotion for faces, _ in self._learned for face in faces]
        self._class_weights = torch.from_numpy(
            class_weights(np.array(learned, dtype=np.int64), self._options.class_weight_power)
        )
        self._measured_on: Batch | None = None

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        return ExpressionSamples(
            self._learned, self._augmentation, stage.crop_px, seed, stage_index
        )

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        faces, emotion = batch["face"], batch["emotion"]
        options = self._options
        # What torch draws here follows from the seed and the step.
        if options.mixup == 0 or float(torch.rand(())) >= options.mixup_share:
            return {"loss": self._loss(student(faces)["expression"], emotion)}
        beta = torch.distributions.Beta(options.mixup, options.mixup)
        share = float(beta.sample())
        other = torch.randperm(len(faces)).to(faces.device)
        logits = student(share * faces + (1 - share) * faces[other])["expression"]
        return {
            "loss": share * self._loss(logits, emotion)
            + (1 - share) * self._loss(logits, emotion[other])
        }

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """On the pictures kept apart: as they are, and with the mirror image's logits added."""
        if self._measured_on is None:
            pictures = [
                standardized(cut_face(f.picture, f.crop, EXPRESSION_PX))[None]
                for f in self._held_out
            ]
            self._measured_on = {
                "face": torch.from_numpy(np.stack(pictures)),
                "emotion": torch.tensor([face.emotion for face in self._held_out]),
            }
        return measured(student, self._measured_on, device)

    def fingerprints(self) -> dict[str, str]:
        return dict(self._fingerprints)

    def _loss(self, logits: Tensor, emotion: Tensor) -> Tensor:
        return functional.cross_entropy(
            logits,
            emotion,
            weight=self._class_weights.to(logits.device),
            label_smoothing=self._options.label_smoothing,
        )


class ExpressionSamples:
    """Faces of one stage by position, each moved, lit and partly erased in its own way."""

    def __init__(
        self,
        sets: list[tuple[list[ExpressiveFace], DataSet]],
        augmentation: ExpressionAugmentation,
        crop_px: int,
        seed: int,
        stage_index: int,
    ) -> None:
        self._faces = [faces for faces, _ in sets]
        weights = np.array([entry.weight for _, entry in sets], dtype=np.float64)
        self._until = np.cumsum(weights / weights.sum())
        self._augmentation = augmentation
        self._crop_px = crop_px
        self._place = (seed, stage_index)

    def __getitem__(self, position: int) -> Sample:
        rng = generator_at(*self._place, position)
        chosen = int(np.searchsorted(self._until, rng.random(), side="right"))
        faces = self._faces[min(chosen, len(self._faces) - 1)]
        face = faces[int(rng.integers(len(faces)))]
        picture = standardized(varied(face, rng, self._augmentation))
        if self._crop_px != EXPRESSION_PX:
            size = (self._crop_px, self._crop_px)
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
        return {"face": picture[None], "emotion": np.int64(face.emotion)}


def varied(
    face: ExpressiveFace, rng: np.random.Generator, settings: ExpressionAugmentation
) -> Luma:
    """(112, 112): cut a little off, mirrored or not, in another light, blurred, noisy, a part erased."""
    crop = jittered(face.crop, rng)
    low, high = math.log(settings.smallest_scale), math.log(settings.largest_scale)
    turn = math.radians(float(rng.uniform(-settings.rotation_deg, settings.rotation_deg)))
    crop = FaceCrop(
        crop.center_x_px,
        crop.center_y_px,
        crop.side_px * math.exp(rng.uniform(low, high)),
        crop.roll_rad + turn,
    )
    picture = cut_face(face.picture, crop, EXPRESSION_PX)
    if rng.random() < 0.5:
        picture = np.ascontiguousarray(picture[:, ::-1])
    if rng.random() < settings.blur:
        sigma = float(rng.uniform(0.5, 2.0))
        picture = cv2.GaussianBlur(picture, (0, 0), sigma)  # type: ignore[assignment]
    picture = cv2.LUT(picture, _curve(rng, settings.light))  # type: ignore[assignment]
    if rng.random() < settings.noise:
        grain = texture(rng, EXPRESSION_PX, EXPRESSION_PX, float(rng.uniform(1, 2)))
        noisy = picture + np.float32(rng.uniform(1, 8)) * grain
        picture = np.clip(noisy, 0, 255).astype(np.uint8)
    if rng.random() < settings.erase:
        _erase(picture, rng, settings.erased_area)
    return picture


def _curve(rng: np.random.Generator, strength: float) -> Luma:
    """(256,) brightness, contrast and gamma."""
    gamma = math.exp(rng.normal(0, 0.25 * strength))
    contrast = math.exp(rng.normal(0, 0.25 * strength))
    offset = rng.normal(0, 16 * strength)
    curve = 255 * (_LEVELS / 255) ** np.float32(gamma)
    curve = (curve - 128) * np.float32(contrast) + np.float32(128 + offset)
    return np.clip(curve, 0, 255).astype(np.uint8)


def _erase(picture: Luma, rng: np.random.Generator, largest_area: float) -> None:
    """A rectangle of one grey (Zhong et al. 2020), in place."""
    area = rng.uniform(0.02, max(largest_area, 0.02)) * picture.size
    aspect = math.exp(rng.uniform(-1, 1))
    height = min(picture.shape[0], max(1, round(math.sqrt(area * aspect))))
    width = min(picture.shape[1], max(1, round(math.sqrt(area / aspect))))
    top = int(rng.integers(picture.shape[0] - height + 1))
    left = int(rng.integers(picture.shape[1] - width + 1))
    picture[top : top + height, left : left + width] = int(rng.integers(256))


def expressive_faces(labelled: LabelledSet, *, held_out: bool) -> list[ExpressiveFace]:
    """The rows of `labelled` with an emotion that are, or are not, kept apart."""
    rows = np.flatnonzero(labelled.labels.emotion >= 0)
    return [
        expressive_face(labelled, int(row))
        for row in rows
        if kept_apart(labelled, int(row)) == held_out
    ]


def expressive_face(labelled: LabelledSet, row: int) -> ExpressiveFace:
    of = labelled_face(labelled, row)
    height, width = of.picture.shape
    crop = FaceCrop(width / 2, height / 2, float(max(height, width)), 0.0)
    if labelled.labels.found[row]:
        crop = face_crop(anchors_of(of.points))
    scale = _ENLARGED_PX / max(height, width)
    if scale <= 1:
        return ExpressiveFace(np.array(of.picture), crop, of.emotion)
    size = (round(width * scale), round(height * scale))
    picture = cv2.resize(of.picture, size, interpolation=cv2.INTER_CUBIC)
    crop = FaceCrop(
        crop.center_x_px * scale, crop.center_y_px * scale, crop.side_px * scale, crop.roll_rad
    )
    return ExpressiveFace(picture, crop, of.emotion)  # type: ignore[arg-type]


def measured(student: nn.Module, of: Batch, device: Any) -> dict[str, float]:
    """Accuracy and mean recall, plain and with the mirrored view added. of: `face` (N, 1, S, S), `emotion` (N,)."""
    plain: list[Tensor] = []
    both: list[Tensor] = []
    for start in range(0, len(of["face"]), _BATCH):
        faces = of["face"][start : start + _BATCH].to(device)
        said = student(faces)["expression"].float()
        plain.append(said.cpu())
        both.append((said + student(faces.flip(3))["expression"].float()).cpu())
    figures: dict[str, float] = {}
    for prefix, logits in (("", plain), ("mirrored_", both)):
        right = (torch.cat(logits).argmax(1) == of["emotion"]).float()
        there = sorted(set(of["emotion"].tolist()))
        recalls = [right[of["emotion"] == label].mean() for label in there]
        figures[f"{prefix}accuracy"] = float(right.mean())
        figures[f"{prefix}uar"] = float(torch.stack(recalls).mean())
    return figures


def class_weights(emotion: NDArray[np.int64], power: float) -> NDArray[np.float32]:
    """(7,) (max N / N_y) ** power: paper 4's weights at power 1."""
    counts = np.maximum(np.bincount(emotion, minlength=CLASSES), 1)
    weights = (counts.max() / counts) ** power
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def open_task(given: TaskInput) -> Task:
    return ExpressionTask(given)
