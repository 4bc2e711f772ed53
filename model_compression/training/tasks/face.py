"""The face student: everything but the full-resolution eyes, distilled and learned from labels together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from edge_app.face.landmark_layout import PARTS
from edge_app.settings_model import SettingsModel
from model_compression.data.labelled_face import labelled_face
from model_compression.training.config import Stage
from model_compression.training.seeds import generator_at
from model_compression.training.task import Batch, Goal, Sample, Samples, Task, TaskInput
from model_compression.training.tasks.empty_crops import EmptyCrops, fooling_crops
from model_compression.training.tasks.face_samples import (
    FaceAugmentation,
    FaceSamples,
    held_out_rows,
    open_sets,
)
from model_compression.training.tasks.losses import (
    known_bce,
    laplace_nll,
    standardized,
    weighted_mean,
    wing,
)

_VALIDATION_SEED = 11
_EYE_DISTANCES = 3.2  # in a crop's side
_VALIDATION_BATCH = 100


class FaceOptions(SettingsModel):
    """Weights of the losses, and what is measured on."""

    landmarks: float = Field(1.0, ge=0, description="Wing loss of the points, percent of the side.")
    eyelids: float = Field(2.0, gt=0, description="Weight of eyelid points against the others.")
    head_pose: float = Field(1.0, ge=0, description="Weight of the head's three angles.")
    gaze: float = Field(0.2, ge=0, description="Weight of the gaze's two angles.")
    eye_openness: float = Field(1.0, ge=0, description="Weight of both eyes' openness.")
    mouth_openness: float = Field(0.7, ge=0, description="Weight of the mouth's openness.")
    smile: float = Field(0.2, ge=0, description="Weight of the smile.")
    visibility: float = Field(1.0, ge=0, description="Weight of what covers the face.")
    quality: float = Field(0.1, ge=0, description="Weight of blur, exposure and resolution.")
    no_face: float = Field(0.06, ge=0, lt=1, description="Share of crops without a face.")
    detector: str | None = Field(
        None, description="Trained detector; half of the empty crops are what it takes for a face."
    )
    fooling_scenes: int = Field(2500, ge=1, description="Scenes in which it is asked.")
    validation_faces: int = Field(300, ge=10, description="Held-out faces measured on.")


class FaceTask:
    """See the module."""

    def __init__(self, given: TaskInput) -> None:
        self._given = given
        self._options = given.options.read(FaceOptions)
        self._augmentation = given.augmentation.read(FaceAugmentation)
        self._sets = open_sets(given.sets)
        self.goal = Goal("score", "max")
        self._faces: Batch | None = None

    def samples(self, stage: Stage, stage_index: int, seed: int) -> Samples:
        faces = self._face_samples(self._augmentation, stage.crop_px, seed, stage_index)
        options = self._options
        fooling: list[NDArray[np.uint8]] = []
        if options.detector is not None and options.no_face:
            fooling = fooling_crops(
                Path(options.detector).expanduser(),
                self._given.sets,
                scenes=options.fooling_scenes,
                crop_px=stage.crop_px,
            )
        crops = EmptyCrops(faces, seed, stage.crop_px, fooling)
        return _WithNoFaces(faces, crops, options.no_face, seed, stage_index)

    def losses(self, student: nn.Module, batch: Batch) -> dict[str, Tensor]:
        said = student(standardized(batch["face"]))
        options, face = self._options, batch["is_face"]
        visible = batch["visibility"]
        eyes_seen = torch.nan_to_num(visible[:, 1:3], nan=0.0)
        mouth_seen = torch.nan_to_num(visible[:, 3], nan=0.0) * face
        parts = {
            "landmarks": self._landmark_loss(said["landmarks"], batch),
            "head_pose": laplace_nll(
                said["head_pose"][:, :3],
                said["head_pose"][:, 3:],
                batch["head_pose"],
                batch["head_pose_weight"][:, None],
            ),
            "gaze": laplace_nll(
                said["gaze"][:, :2],
                said["gaze"][:, 2:],
                batch["gaze"],
                (batch["gaze_weight"] * eyes_seen.amin(1))[:, None],
            ),
            "eye_openness": laplace_nll(
                said["eye_openness_face"][:, :2],
                said["eye_openness_face"][:, 2:],
                batch["eye_openness_face"],
                batch["eye_openness_face_weight"] * eyes_seen,
            ),
            "mouth_openness": laplace_nll(
                said["mouth_openness"][:, 0],
                said["mouth_openness"][:, 1],
                batch["mouth_openness"],
                batch["mouth_openness_weight"] * mouth_seen,
            ),
            "smile": laplace_nll(
                said["smile"][:, 0], said["smile"][:, 1], batch["smile"], mouth_seen
            ),
            "visibility": known_bce(said["visibility"], visible, smoothing=0.01),
            "quality": _quality_loss(said["quality"], batch["quality"]),
        }
        total = sum(getattr(options, name) * part for name, part in parts.items())
        return {"loss": torch.as_tensor(total), **parts}

    def validate(self, student: nn.Module, device: Any) -> dict[str, float]:
        """On people held out, as the tracker crops them."""
        size = int(getattr(student, "input_size_px", 112))
        if self._faces is None:
            self._faces = self._held_out_faces(size)
        figures = self._face_figures(student, self._faces, device)
        score = -figures["landmark_error"] * 10 - figures["head_pose_error_deg"] * 0.05
        return {**figures, "score": score}

    def fingerprints(self) -> dict[str, str]:
        return {labelled.name: labelled.fingerprint for labelled, _ in self._sets}

    def _face_samples(
        self, augmentation: FaceAugmentation, crop_px: int, seed: int, stage_index: int
    ) -> FaceSamples:
        return FaceSamples(
            self._sets,
            augmentation,
            crop_px=crop_px,
            seed=seed,
            stage_index=stage_index,
            eyes=False,
            face=True,
        )

    def _landmark_loss(self, said: Tensor, batch: Batch) -> Tensor:
        points = said.reshape(len(said), -1, 2)
        distance = 100 * (points - batch["landmarks"]).abs()
        weight = batch["landmarks_weight"].clone()
        for side in ("left", "right"):
            weight[:, PARTS[f"eyelid_{side}"]] *= self._options.eyelids
        return 0.3 * weighted_mean(wing(distance, 4.0, 1.0), weight[..., None])

    def _face_figures(self, student: nn.Module, held_out: Batch, device: Any) -> dict[str, float]:
        said = _run(student, held_out["face"], device)
        points = said["landmarks"].reshape(len(said["landmarks"]), -1, 2)
        distance = (points - held_out["landmarks"]).norm(dim=2).mean(1) * _EYE_DISTANCES
        pose = (said["head_pose"][:, :3] - held_out["head_pose"]).abs()
        openness = (said["eye_openness_face"][:, :2] - held_out["eye_openness_face"]).abs()
        trusted = held_out["eye_openness_face_weight"] > 0.9
        mouth = (said["mouth_openness"][:, 0] - held_out["mouth_openness"]).abs()
        return {
            "landmark_error": float(distance.mean()),
            "head_pose_error_deg": float(torch.rad2deg(pose.mean())),
            "eye_openness_error": float(openness[trusted].mean()),
            "mouth_openness_error": float(mouth.mean()),
        }

    def _held_out_faces(self, size: int) -> Batch:
        """As the tracker crops them, lids moved, nothing before the face and nothing degraded."""
        settings = for_measuring(self._augmentation)
        samples = self._face_samples(settings, size, _VALIDATION_SEED, 0)
        drawn: list[dict[str, Any]] = []
        for labelled, _ in self._sets:
            rows = held_out_rows(labelled)
            for index in range(self._options.validation_faces if len(rows) else 0):
                of = labelled_face(labelled, int(rows[index % len(rows)]))
                drawn.append(samples.sample(of, generator_at(_VALIDATION_SEED, index)))
        return _stacked(drawn)


class _WithNoFaces:
    """Face samples with a share of crops that hold none: their only truth is that."""

    def __init__(
        self, faces: FaceSamples, crops: EmptyCrops, share: float, seed: int, stage_index: int
    ) -> None:
        self._faces = faces
        self._crops = crops
        self._share = share
        self._seed, self._stage_index = seed, stage_index

    def __getitem__(self, position: int) -> Sample:
        sample = self._faces[position]
        rng = generator_at(self._seed, self._stage_index, position, 1)
        if rng.random() >= self._share:
            return sample
        picture = self._crops.draw(rng)
        visibility = np.full(8, np.nan, dtype=np.float32)
        visibility[0] = 0
        empty = {
            name: np.zeros_like(value) if name.endswith("_weight") else value
            for name, value in sample.items()
        }
        return {
            **empty,
            "face": picture[None],
            "visibility": visibility,
            "quality": np.full(3, np.nan, dtype=np.float32),
            "is_face": np.float32(0.0),
        }


def for_measuring(augmentation: FaceAugmentation) -> FaceAugmentation:
    """For measuring: nothing covered, nothing degraded."""
    return augmentation.model_copy(update={"cover": False})


def _quality_loss(said: Tensor, truth: Tensor) -> Tensor:
    known = ~torch.isnan(truth)
    target = torch.where(known, truth, 0.0)
    distance = functional.smooth_l1_loss(said, target, reduction="none", beta=0.1)
    return weighted_mean(distance, known.to(distance.dtype))


def _run(student: nn.Module, pictures: Tensor, device: Any) -> dict[str, Tensor]:
    """Outputs of all pictures, on the CPU."""
    parts: list[dict[str, Tensor]] = []
    for start in range(0, len(pictures), _VALIDATION_BATCH):
        chunk = standardized(pictures[start : start + _VALIDATION_BATCH].to(device))
        parts.append({name: t.float().cpu() for name, t in student(chunk).items()})
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def _stacked(drawn: list[dict[str, Any]]) -> Batch:
    return {
        name: torch.from_numpy(np.stack([np.asarray(sample[name]) for sample in drawn]))
        for name in drawn[0]
    }


def open_task(given: TaskInput) -> Task:
    return FaceTask(given)
