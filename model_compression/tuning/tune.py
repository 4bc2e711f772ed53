"""From trained students to the values that a bundle wants its outputs read with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import nn

from edge_app.bundle.heads import VISIBILITY
from edge_app.bundle.tuning import Temperatures, Thresholds
from edge_app.face.observation import Estimate
from edge_app.face.student_reading import deviation, fused_openness
from model_compression.tuning.answers import (
    FaceAnswers,
    Progress,
    SceneAnswers,
    face_answers,
    scene_answers,
)
from model_compression.tuning.choose import (
    balanced_threshold,
    binary_temperature,
    strict_threshold,
)

Floats = NDArray[np.float32]

# Of scenes without a face. A closer look costs some milliseconds of a frame in which there is nothing else to do.
_MOST_EMPTY_LOOKED_AT = 0.5
_MOST_EMPTY_TAKEN = 0.01  # then a driver is said to be there
_WEIGHTS = (0.0, 0.25, 0.5, 1.0)
_EYES = (VISIBILITY.index("eye_left"), VISIBILITY.index("eye_right"))
_COVERS = VISIBILITY[3:]


@dataclass(frozen=True, slots=True)
class Tuning:
    """figures: by name, what was reached on the people held out."""

    thresholds: Thresholds
    temperatures: Temperatures
    figures: Mapping[str, float] = field(default_factory=dict)


def tuned(
    detector: nn.Module,
    face: nn.Module,
    eyes: nn.Module,
    *,
    faces: int = 300,
    scenes: int = 600,
    expression_temperature: float = 1.0,
    progress: Progress = lambda _: None,
) -> Tuning:
    """faces: of each set; scenes: with faces, and as many without."""
    of_faces = face_answers(face, eyes, count=faces, progress=progress)
    of_scenes = scene_answers(detector, face, scenes=scenes, progress=progress)
    return chosen(of_faces, of_scenes, expression_temperature)


def chosen(faces: FaceAnswers, scenes: SceneAnswers, expression_temperature: float = 1.0) -> Tuning:
    likeliest = _most_in_each(scenes, scenes.empty_score, nothing=0.0)
    heat = strict_threshold(scenes.faces_score, likeliest, _MOST_EMPTY_LOOKED_AT)
    wide = binary_temperature(faces.visibility_logits, faces.visibility)
    close = binary_temperature(faces.visible_logits, faces.visibility[:, _EYES])
    shown = scenes.faces_score >= heat
    sure = _share(_evidence(scenes.faces_logit / wide, scenes.faces_score)[shown])
    doubtful = _evidence(scenes.empty_logit / wide, scenes.empty_score)
    doubtful[scenes.empty_score < heat] = -np.inf
    none = _share(_most_in_each(scenes, doubtful, nothing=-np.inf))
    is_face = strict_threshold(sure, none, _MOST_EMPTY_TAKEN)
    visible_weight, eye, eye_balance = _eye_reading(faces, wide, close)
    covers = {}
    figures = {}
    for name in _COVERS:
        column = VISIBILITY.index(name)
        share = _share(faces.visibility_logits[:, column] / wide)
        covers[name] = balanced_threshold(share, faces.visibility[:, column])
        figures[f"{name}_balanced_accuracy"] = _balanced(
            share, faces.visibility[:, column], covers[name]
        )
    weight, error = _openness_reading(faces)
    return Tuning(
        Thresholds(
            heat=round(heat, 3),
            face=round(is_face, 3),
            eye=round(eye, 3),
            openness_face_weight=weight,
            visible_face_weight=visible_weight,
            **{name: round(value, 3) for name, value in covers.items()},
        ),
        Temperatures(
            visibility=round(wide, 3),
            visible=round(close, 3),
            expression=round(expression_temperature, 3),
        ),
        figures
        | {
            "faces_above_heat": float(shown.mean()),
            "empty_scenes_above_heat": float((likeliest >= heat).mean()),
            "found_faces_above_face": float((sure >= is_face).mean()) if len(sure) else 0.0,
            "empty_scenes_above_face": float((none >= is_face).mean()) if len(none) else 0.0,
            "eye_balanced_accuracy": eye_balance,
            "openness_error": error,
        },
    )


def _evidence(logits: Floats, scores: Floats) -> Floats:
    """Log odds of a face after a closer look, as the tracker takes them: where the detector doubts, so does it."""
    inside = np.clip(scores, 1e-6, 0.5)
    return np.asarray(logits + np.log(inside / (1 - inside)), dtype=np.float32)


def _most_in_each(scenes: SceneAnswers, of_places: Floats, *, nothing: float) -> Floats:
    """The highest of each empty scene. of_places: as `empty_score`."""
    most = np.full(scenes.empty_scenes, nothing, dtype=np.float32)
    np.maximum.at(most, scenes.empty_scene, of_places)
    return most


def _eye_reading(faces: FaceAnswers, wide: float, close: float) -> tuple[float, float, float]:
    """Weight of the face part, threshold and balanced accuracy of the best reading of both parts."""
    truth = faces.visibility[:, _EYES].ravel()
    best = (0.0, 0.5, -1.0)
    for weight in _WEIGHTS:
        fine = faces.visible_logits / close
        coarse = faces.visibility_logits[:, _EYES] / wide
        share = _share(fine + weight * (coarse - fine)).ravel()
        threshold = balanced_threshold(share, truth)
        balance = _balanced(share, truth, threshold)
        if balance > best[2]:
            best = (weight, threshold, balance)
    return best


def _openness_reading(faces: FaceAnswers) -> tuple[float, float]:
    """Weight of the face part with the smallest mean error of eyes that can be seen, and that error."""
    seen = faces.openness_known * np.nan_to_num(faces.visibility[:, _EYES], nan=0.0) > 0.9
    errors = {}
    for weight in _WEIGHTS:
        said = np.array(
            [
                fused_openness(
                    Estimate(float(eyes[side, 0]), deviation(float(eyes[side, 1]))),
                    Estimate(float(face[side]), deviation(float(face[2 + side]))),
                    weight,
                ).value
                for eyes, face in zip(faces.openness_eyes, faces.openness_face, strict=True)
                for side in (0, 1)
            ]
        ).reshape(-1, 2)
        errors[weight] = float(np.abs(said - faces.openness)[seen].mean()) if seen.any() else 0.0
    best = min(errors, key=lambda weight: errors[weight])
    return best, errors[best]


def _balanced(share: Floats, truth: Floats, threshold: float) -> float:
    yes, no = share[truth > 0.5], share[truth <= 0.5]
    if not len(yes) or not len(no):
        return float("nan")
    return float((yes >= threshold).mean() + (no < threshold).mean()) / 2


def _share(logits: NDArray[np.floating]) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), dtype=np.float32)
