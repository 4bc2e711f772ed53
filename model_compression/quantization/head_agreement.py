"""How far two files of one part are apart, head by head, in points: hundredths of the scale on which the head is read.

The mean distance between two models bounds how much any mean error against any labels can differ between them, so a
head that agrees within 0.5 points is at most 0.5 points worse on every data set like these pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PartName
from edge_app.face.landmark_layout import COUNT
from model_compression.quantization.check import Check

Floats = NDArray[np.float32]
Outputs = Mapping[str, Floats]

MOST_POINTS = 0.5
_EYE_DISTANCE = 1 / 3.2  # in sides of the crop
_RIGHT_ANGLE_RAD = math.pi / 2
_BLUR_PX, _RESOLUTION = 4.0, 6.0  # what is told of blur and resolution spans
_MIN_HEAT = 0.5  # a face
_INNER = ("features",)  # read by another part only, whose own head shows what its error costs


def head_checks(
    part: PartName, reference: Sequence[Outputs], candidate: Sequence[Outputs]
) -> list[Check]:
    """One check for each head of `part`; the outputs are those of the same pictures, in order."""
    checks = []
    for head in reference[0]:
        if head in _INNER or part == "detector":
            continue
        ours = np.stack([outputs[head] for outputs in reference])
        theirs = np.stack([outputs[head] for outputs in candidate])
        checks.append(_check(part, head, _MEASURES[head](ours, theirs), len(ours)))
    if part == "detector":
        checks += _detector_checks(reference, candidate)
    return checks


def _check(part: PartName, head: str, points: float, n: int) -> Check:
    return Check((part,), head, "mean difference in points", points, "at most", MOST_POINTS, n)


def _landmarks(ours: Floats, theirs: Floats) -> float:
    """Distance of each point, in hundredths of the distance between the eyes."""
    apart = (theirs - ours).reshape(len(ours), COUNT, 2)
    return 100 * float(np.linalg.norm(apart, axis=2).mean()) / _EYE_DISTANCE


def _embedding(ours: Floats, theirs: Floats) -> float:
    """One minus the cosine."""
    a, b = ours.reshape(len(ours), -1), theirs.reshape(len(ours), -1)
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return 100 * float(1 - ((a * b).sum(axis=1) / np.maximum(norms, 1e-12)).mean())


def _with_deviation(scale: float) -> Callable[[Floats, Floats], float]:
    """Values, then the logs of their deviations, on the last axis; both are read on the same scale."""

    def measure(ours: Floats, theirs: Floats) -> float:
        half = ours.shape[-1] // 2
        values = np.abs(theirs[..., :half] - ours[..., :half])
        stds = np.abs(np.exp(theirs[..., half:]) - np.exp(ours[..., half:]))
        return 100 * max(float(values.mean()), float(stds.mean())) / scale

    return measure


def _logits(ours: Floats, theirs: Floats) -> float:
    return 100 * float(np.abs(_sigmoid(theirs) - _sigmoid(ours)).mean())


def _classes(ours: Floats, theirs: Floats) -> float:
    return 100 * float(np.abs(_softmax(theirs) - _softmax(ours)).mean())


def _quality(ours: Floats, theirs: Floats) -> float:
    scale = np.array([_BLUR_PX, 1.0, _RESOLUTION], dtype=np.float32)
    return 100 * float((np.abs(theirs - ours) / scale).mean(axis=0).max())


def _iris(ours: Floats, theirs: Floats) -> float:
    """In hundredths of the width of the eye picture."""
    return 100 * float(np.abs(theirs - ours).mean())


_MEASURES: dict[str, Callable[[Floats, Floats], float]] = {
    "landmarks": _landmarks,
    "head_pose": _with_deviation(_RIGHT_ANGLE_RAD),
    "gaze": _with_deviation(_RIGHT_ANGLE_RAD),
    "eye_openness_face": _with_deviation(1.0),
    "mouth_openness": _with_deviation(1.0),
    "smile": _with_deviation(1.0),
    "visibility": _logits,
    "quality": _quality,
    "embedding": _embedding,
    "openness": _with_deviation(1.0),
    "visible": _logits,
    "iris": _iris,
    "expression": _classes,
    "valence": _iris,
    "arousal": _iris,
    "drowsiness": _logits,
    "intoxication": _logits,
}


def _detector_checks(reference: Sequence[Outputs], candidate: Sequence[Outputs]) -> list[Check]:
    """Heat at the cells that either calls a face; box and points where the reference is surest, in its own size."""
    ours, theirs = (np.stack([o["heat"][0, 0] for o in outs]) for outs in (reference, candidate))
    p, q = _sigmoid(ours), _sigmoid(theirs)
    any_face = np.maximum(p, q) >= _MIN_HEAT
    heat = float(np.abs(p - q)[any_face].mean()) if any_face.any() else 0.0
    boxes, points = [], []
    for mine, other, sure in zip(reference, candidate, p, strict=True):
        row, column = np.unravel_index(int(sure.argmax()), sure.shape)
        if sure[row, column] < _MIN_HEAT:
            continue
        a, b = (outputs["box"][0, :, row, column] for outputs in (mine, other))
        size = np.exp(a[2:])
        boxes.append(np.abs(np.concatenate([(b - a)[:2] / size, (b - a)[2:]])).mean())
        moved = other["points"][0, :, row, column] - mine["points"][0, :, row, column]
        points.append(np.abs(moved).mean())
    n = len(boxes)
    part: PartName = "detector"
    return [
        _check(part, "heat", 100 * heat, int(any_face.sum())),
        _check(part, "box", 100 * float(np.mean(boxes)) if n else 0.0, n),
        _check(part, "points", 100 * float(np.mean(points)) if n else 0.0, n),
    ]


def _sigmoid(logits: Floats) -> Floats:
    probabilities: Floats = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
    return probabilities


def _softmax(logits: Floats) -> Floats:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return shares
