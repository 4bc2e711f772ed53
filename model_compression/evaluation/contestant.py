"""A perception under evaluation: the bundle, or the rival on the same frames."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import BundleManifest
from edge_app.bundle.open import open_bundle
from edge_app.bundle.sessions import VEHICLE_PARTS, choices_of
from edge_app.camera.frame import Frame
from edge_app.errors import UserError
from edge_app.face.observation import FaceObservation, Perception
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import MEDIAPIPE, PerceptionSettings
from edge_app.face.tracker import FaceTracker
from edge_app.inference.model_files import FACE_LANDMARKER, find_model
from model_compression.evaluation.lone_eye import LoneEyeReader, open_lone_eye

BUNDLE, RIVAL = "bundle", "rival"
_DECIDING = ("parts", "preprocessing", "expression_labels", "thresholds", "temperatures")


@dataclass(frozen=True, slots=True)
class Contestant:
    """What is measured, under the settings with which the vehicle would run it."""

    role: str  # BUNDLE or RIVAL
    perception: Perception
    settings: PerceptionSettings
    sha256: str  # of what decides what a bundle says, or of the model file
    lone_eye: LoneEyeReader | None = None  # None where it reads no eye without a face
    files: dict[str, str] = field(default_factory=dict)  # part -> runtime, precision and file

    def tracker(self) -> FaceTracker:
        return FaceTracker(self.perception, self.settings)

    def read_still(self, image: NDArray[np.uint8]) -> FaceObservation | None:
        """The driver's face in a picture that has nothing to do with the one before."""
        return self.tracker().step(Frame(image, 0.0, 0))


def open_contestant(role: str, model: str, overrides: Sequence[str] = ()) -> Contestant:
    """`model`: as in the setting `perception.model`. overrides: `key=value` of the perception's settings."""
    settings = perception_settings(model, overrides)
    perception = open_perception(settings)
    return Contestant(
        role, perception, settings, _sha256(settings), open_lone_eye(settings), _files(settings)
    )


def perception_settings(model: str, overrides: Sequence[str] = ()) -> PerceptionSettings:
    """With expression where the bundle has it, though the vehicle leaves it out unless asked; nothing over time."""
    values: dict[str, object] = {
        "model": model,
        "expression": _reads_expression(model),
        "temporal": False,
    }
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals or key not in PerceptionSettings.model_fields:
            known = ", ".join(PerceptionSettings.model_fields)
            raise UserError(f"--perception {override}: give KEY=VALUE with one of the keys {known}")
        values[key] = value
    try:
        return PerceptionSettings.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise UserError(
            f"{model}: cannot be evaluated so ({where}: {problem['msg']}); give a bundle's name or folder, or mediapipe"
        ) from error


def _reads_expression(model: str) -> bool:
    return model != MEDIAPIPE and "expression" in open_bundle(model, require=()).manifest.heads


def _files(settings: PerceptionSettings) -> dict[str, str]:
    """Which file each part of a bundle runs with here."""
    if settings.model == MEDIAPIPE:
        return {}
    parts: list[PartName] = list(VEHICLE_PARTS)
    if settings.expression:
        parts.append("expression")
    choices = choices_of(
        open_bundle(settings.model, require=()),
        parts,
        runtime=settings.runtime,
        threads=settings.threads,
    )
    return {part: f"{one.chosen.words} {one.chosen.path}" for part, one in choices.items()}


def identity_of(manifest: BundleManifest) -> str:
    """SHA-256 of what the manifest holds of models and their use.

    What was measured of a bundle, and its gate's verdicts, can be written into it and it is still the one that was
    measured.
    """
    held = manifest.model_dump(mode="json", include=set(_DECIDING), exclude_defaults=True)
    for part in held["parts"].values():
        for file in part["files"]:
            file.pop("gate", None)
    curves = {
        name: head.calibration.knots
        for name, head in manifest.heads.items()
        if head.calibration and head.calibration.knots
    }
    if curves:  # temperatures are a part of it already
        held["curves"] = curves
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


def _sha256(settings: PerceptionSettings) -> str:
    if settings.model != MEDIAPIPE:
        return identity_of(open_bundle(settings.model, require=()).manifest)
    file = find_model(FACE_LANDMARKER.file_name, explicit=settings.model_file)
    return hashlib.sha256(file.read_bytes()).hexdigest()
