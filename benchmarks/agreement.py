"""How near Vigil's reading of a frame is to MediaPipe's own, where both have found a face in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure
from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER, PARTS
from edge_app.face.mediapipe_landmarker import _BLINK_SHUT, _JAW_WIDE_OPEN, _POINTS

# MediaPipe's numbers of the points that every perception of Vigil tells, in the order in which it tells them.
MEDIAPIPE_NUMBERS = np.concatenate([np.array(_POINTS[part]) for part in PARTS])


class Agreement:
    """Collects block by block; MediaPipe's points and scores are put into Vigil's order and on its scale."""

    def __init__(self) -> None:
        self._frames = self._both = self._only_vigil = self._only_mediapipe = 0
        self._distance: list[NDArray[np.float64]] = []  # of points, over the distance of the eyes
        self._readings: list[tuple[list[float], list[float]]] = []

    def add(self, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        """`ours`: of Vigil's worker, `theirs`: of MediaPipe's, of the same frames."""
        rows = zip(
            ours["points"], ours["readings"], theirs["points"], theirs["scores"], strict=True
        )
        for our_points, readings, their_points, scores in rows:
            self._frames += 1
            if our_points is None or their_points is None:
                self._only_vigil += their_points is None and our_points is not None
                self._only_mediapipe += our_points is None and their_points is not None
                continue
            self._both += 1
            mine, its = np.array(our_points), np.array(their_points)[MEDIAPIPE_NUMBERS]
            eyes = _eye_center(its, "eyelid_left") - _eye_center(its, "eyelid_right")
            self._distance.append(np.hypot(*(mine - its).T) / np.hypot(*eyes))
            self._readings.append((readings, _on_our_scale(scores)))

    def figures(self) -> list[Figure]:
        n = self._both
        if n == 0:
            return []
        mine, theirs = (np.array(side) for side in zip(*self._readings, strict=True))
        figures = [
            Figure(
                "agreement",
                "landmarks, median distance",
                100 * float(np.median(np.concatenate(self._distance))),
                "% of eye distance",
                n=n,
            ),
            Figure(
                "agreement", "face only found by Vigil", self._only_vigil, "frames", n=self._frames
            ),
            Figure(
                "agreement",
                "face only found by MediaPipe",
                self._only_mediapipe,
                "frames",
                n=self._frames,
            ),
        ]
        for name, columns in (("eye openness", slice(0, 2)), ("mouth openness", slice(2, 3))):
            a, b = mine[:, columns].ravel(), theirs[:, columns].ravel()
            figures += [
                Figure(
                    "agreement", f"{name}, median difference", float(np.median(abs(a - b))), "", n=n
                ),
                Figure(
                    "agreement", f"{name}, correlation", float(np.corrcoef(a, b)[0, 1]), "", n=n
                ),
            ]
        return figures


def _eye_center(points: NDArray[np.float64], lid: str) -> NDArray[np.float64]:
    corners = points[PARTS[lid]][[INNER_CORNER, OUTER_CORNER]]
    center: NDArray[np.float64] = corners.mean(axis=0)
    return center


def _on_our_scale(scores: Sequence[float]) -> list[float]:
    left, right, jaw = scores
    return [
        float(np.clip(1 - left / _BLINK_SHUT, 0, 1)),
        float(np.clip(1 - right / _BLINK_SHUT, 0, 1)),
        min(1.0, jaw / _JAW_WIDE_OPEN),
    ]
