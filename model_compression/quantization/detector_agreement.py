"""How much worse one detector file is than the float one: faces found by one only, boxes and points farther from truth.

In: the maps of both for the same pictures. Where a face truly lies comes in px of the detector's square.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PartName
from edge_app.face.student_detector import CELL_PX
from model_compression.quantization.check import MOST_POINTS, Check, tail_check, worse_check

Floats = NDArray[np.float32]
Outputs = Mapping[str, Floats]

FACE_BOX, FACE_POINTS = "box", "points"
"""Truths: (N, 4) centre x, y, width, height and (N, 5, 2) points, px of the square; NaN where not known."""

_PARTS: tuple[PartName, ...] = ("detector",)
_NEAR = np.ones((3, 3), dtype=np.uint8)  # a face may be told one cell beside
_AT_THE_FACE = 0.5  # of the true size: farther away another face was found


def detector_checks(
    reference: Sequence[Outputs],
    candidate: Sequence[Outputs],
    truth: Mapping[str, Floats] | None = None,
) -> list[Check]:
    """Of `heat`, and of `box` and `points` where the truth is known: a mean, and the worst hundredth."""
    lost = [
        100 * points
        for ours, theirs in zip(reference, candidate, strict=True)
        for points in _lost_faces(ours["heat"][0, 0], theirs["heat"][0, 0])
    ]
    figure = "points worse by float's own uncertainty"
    mean = float(np.mean(lost)) if lost else math.nan
    checks = [Check(_PARTS, "heat", figure, mean, "at most", MOST_POINTS, len(lost))]
    if lost:
        checks.append(tail_check(_PARTS, "heat", np.array([lost]).T, np.zeros((len(lost), 1))))
    if truth is None:
        return checks
    pairs: dict[str, list[tuple[float, float]]] = {FACE_BOX: [], FACE_POINTS: []}
    if FACE_BOX in truth:
        for ours, theirs, box, points in zip(
            reference, candidate, truth[FACE_BOX], truth[FACE_POINTS], strict=True
        ):
            place = _place(ours["heat"][0, 0])
            if np.isfinite(box).all() and _is_at(ours, place, box):
                both = [_errors(outputs, place, box, points) for outputs in (ours, theirs)]
                for head, mine, other in zip(pairs, *both, strict=True):
                    pairs[head].append((mine, other))
    return [*checks, *(check for head in pairs for check in _against_truth(head, pairs[head]))]


def _against_truth(head: str, pairs: Sequence[tuple[float, float]]) -> list[Check]:
    """pairs: for each face float's error and the candidate's."""
    if not pairs:
        return [Check(_PARTS, head, "faces found where they truly are", 0, "at least", 1, 0)]
    own, other = np.array(pairs, dtype=np.float64).T
    worse, of = float((other - own).mean()), float(own.mean())
    figure = "points worse against the truth"
    return [
        worse_check(_PARTS, head, figure, worse, of, len(pairs)),
        tail_check(_PARTS, head, (other - own)[:, None], own[:, None]),
    ]


def _lost_faces(ours: Floats, theirs: Floats) -> Iterator[float]:
    """For each face that either finds: how sure the one was of what the other does not say, 0 where both say it."""
    for mine, other in ((ours, theirs), (theirs, ours)):
        near = cv2.dilate(other, _NEAR)
        peaks = (mine >= cv2.dilate(mine, _NEAR)) & (mine >= 0)
        for row, column in zip(*np.nonzero(peaks), strict=True):
            found = float(near[row, column]) >= 0
            yield 0.0 if found else math.tanh(0.5 * float(mine[row, column]))


def _place(heat: Floats) -> tuple[int, int]:
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    return int(row), int(column)


def _box(outputs: Outputs, place: tuple[int, int]) -> Floats:
    """Centre x, y, width, height, px."""
    row, column = place
    x, y, log_width, log_height = outputs["box"][0, :, row, column].tolist()
    center = ((column + 0.5 + x) * CELL_PX, (row + 0.5 + y) * CELL_PX)
    size = (CELL_PX * math.exp(min(log_width, 8.0)), CELL_PX * math.exp(min(log_height, 8.0)))
    return np.array([*center, *size], dtype=np.float32)


def _is_at(outputs: Outputs, place: tuple[int, int], box: Floats) -> bool:
    found = _box(outputs, place)
    is_face = outputs["heat"][0, 0][place] >= 0
    return bool(is_face and (np.abs(found[:2] - box[:2]) < _AT_THE_FACE * box[2:]).all())


def _errors(
    outputs: Outputs, place: tuple[int, int], box: Floats, points: Floats
) -> tuple[float, float]:
    """Of the box and of the points, in hundredths of the true box's size."""
    found = _box(outputs, place)
    scale = float(box[2:].mean())
    row, column = place
    cell = (np.array([column, row], dtype=np.float32) + 0.5) * CELL_PX
    told = outputs["points"][0, :, row, column].reshape(5, 2) * found[2:] + cell
    of_points = np.linalg.norm(told - points, axis=1).mean()
    return 100 * float(np.abs(found - box).mean()) / scale, 100 * float(of_points) / scale
