"""On whom is it weaker: groups of frames by what can be measured in the picture, and figures for each group.

Groups are of pictures, not of people's origin: apparent skin tone is what light and camera made of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import PARTS, stacked
from edge_app.face.observation import FaceObservation
from edge_app.face.student_crops import anchors_of
from model_compression.evaluation.eye_distance import eye_distance_px
from model_compression.evaluation.measured import ByContestant

Groups = dict[str, str]  # what is grouped by -> the group

GLASSES = "glasses, by the bundle's own head"
FEWEST = 20  # a group of fewer observations is left out
_MONOCHROME_CHROMA = 2.0  # mean difference between colour channels, grey levels
_DARK_LUMA, _BRIGHT_LUMA = 60.0, 170.0
_SIDE_LIGHT_RATIO = 1.5  # of the face's brighter half to its darker one
_FRONTAL_DEG, _TURNED_DEG = 15.0, 30.0
_SMALL_PX, _LARGE_PX = 40.0, 80.0
# Individual typology angle: Chardon 1991; six classes of Del Bino 2006 taken two by two.
_LIGHT_ITA_DEG, _DARK_ITA_DEG = 41.0, 10.0
_CHEEK_RADIUS = 0.12  # of the eye distance


@dataclass(frozen=True, slots=True)
class SeenFace:
    """What grouping needs to know of a face. points: (146, 2) px."""

    points: NDArray[np.float32]
    yaw_rad: float
    pitch_rad: float


def seen_face(observation: FaceObservation) -> SeenFace | None:
    """None where a perception tells other points than Vigil's."""
    points = stacked(observation.landmarks)
    if len(points) != PARTS["nose"].stop:
        return None
    return SeenFace(points, observation.head_pose.yaw_rad, observation.head_pose.pitch_rad)


def groups_of(
    image: NDArray[np.uint8], face: SeenFace, observation: FaceObservation | None = None
) -> Groups:
    """image: (H, W[, 3]). observation: the bundle's, which alone tells glasses."""
    colour = image if image.ndim == 3 else np.stack([image] * 3, axis=-1)
    distance_px = eye_distance_px(face.points)
    turned_deg = math.degrees(max(abs(face.yaw_rad), abs(face.pitch_rad)))
    groups = {
        "pose": _binned(turned_deg, (_FRONTAL_DEG, _TURNED_DEG), "up to 15°", "15–30°", "over 30°"),
        "eye distance": _binned(
            distance_px, (_SMALL_PX, _LARGE_PX), "under 40 px", "40–80 px", "over 80 px"
        ),
    }
    oval = _inside_oval(colour, face.points)
    if oval is not None:
        pixels, left, right = oval
        luma = float(np.median(pixels))
        ratio = max(left, right) / max(1.0, min(left, right))
        groups["light"] = _binned(luma, (_DARK_LUMA, _BRIGHT_LUMA), "dark", "medium", "bright")
        groups["light from"] = "one side" if ratio > _SIDE_LIGHT_RATIO else "all around"
    cheeks = _cheeks(colour, face.points, distance_px)
    if cheeks is not None:
        blue, green, red = cheeks
        monochrome = max(abs(blue - green), abs(green - red)) < _MONOCHROME_CHROMA
        groups["spectrum"] = "infrared or grey" if monochrome else "colour"
        if not monochrome:
            groups["apparent skin tone"] = _skin_tone(cheeks)
    if observation is not None and observation.visibility is not None:
        with_glasses = observation.visibility.glasses >= 0.5
        groups[GLASSES] = "with" if with_glasses else "without"
    return groups


def by_groups(
    groups: Sequence[Groups], figures_of: Callable[[NDArray[np.int64]], ByContestant]
) -> dict[str, dict[str, ByContestant]]:
    """figures_of: takes the numbers of the observations that make a group."""
    return {
        what: {
            group: figures_of(np.array(rows))
            for group, rows in sorted(parts.items())
            if len(rows) >= FEWEST
        }
        for what, parts in _members(groups).items()
        if any(len(rows) >= FEWEST for rows in parts.values())
    }


def left_out_of_groups(groups: Sequence[Groups]) -> tuple[str, ...]:
    """What the groups of `by_groups` do not tell, in sentences."""
    small = [
        f"{what} {group} ({len(rows)})"
        for what, parts in _members(groups).items()
        for group, rows in sorted(parts.items())
        if len(rows) < FEWEST
    ]
    faceless = sum(not own for own in groups)
    told = []
    if small:
        told.append(f"groups of fewer than {FEWEST}, left out: {', '.join(small)}")
    if faceless:
        told.append(f"in no group, since nobody saw a face: {faceless} of {len(groups)}")
    return tuple(told)


def _members(groups: Sequence[Groups]) -> dict[str, dict[str, list[int]]]:
    """What is grouped by -> the group -> numbers of its observations."""
    members: dict[str, dict[str, list[int]]] = {}
    for row, own in enumerate(groups):
        for what, group in own.items():
            members.setdefault(what, {}).setdefault(group, []).append(row)
    return members


def _binned(value: float, edges: tuple[float, float], low: str, middle: str, high: str) -> str:
    if value < edges[0]:
        return low
    return middle if value < edges[1] else high


def _inside_oval(
    image: NDArray[np.uint8], points: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], float, float] | None:
    """Luma inside the face's oval, and the mean of its half towards the picture's left and right."""
    oval = points[PARTS["oval"]]
    if not np.isfinite(oval).all() or np.abs(oval).max() > 4 * max(image.shape[:2]):
        return None
    mask = np.zeros(image.shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [np.round(oval).astype(np.int32)], 1)
    luma = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    rows, columns = np.nonzero(mask)
    if len(rows) < 50:
        return None
    inside = luma[rows, columns]
    left = columns < oval[:, 0].mean()
    if not left.any() or left.all():
        return None
    return inside, float(inside[left].mean()), float(inside[~left].mean())  # type: ignore[return-value]


def _cheeks(
    image: NDArray[np.uint8], points: NDArray[np.float32], eye_distance_px: float
) -> tuple[float, float, float] | None:
    """Median blue, green and red of both cheeks: half way from an eye to the corner of the mouth."""
    lips = points[PARTS["lips_outer"]]
    anchors = anchors_of(points)
    radius = max(1, round(_CHEEK_RADIUS * eye_distance_px))
    patches = []
    for eye, corner in ((anchors.eye_right, lips[0]), (anchors.eye_left, lips[10])):
        middle = (eye + corner) / 2
        if not np.isfinite(middle).all():
            return None
        x, y = round(float(middle[0])), round(float(middle[1]))
        patch = image[
            max(0, y - radius) : max(0, y + radius), max(0, x - radius) : max(0, x + radius)
        ]
        patches.append(patch.reshape(-1, 3))
    pixels = np.concatenate(patches)
    if len(pixels) < 8:
        return None
    blue, green, red = np.median(pixels, axis=0).tolist()
    return blue, green, red


def _skin_tone(bgr: tuple[float, float, float]) -> str:
    pixel = np.array([[bgr]], dtype=np.float32) / np.float32(255)
    lightness, _, yellow = cv2.cvtColor(pixel, cv2.COLOR_BGR2LAB)[0, 0].tolist()
    angle_deg = math.degrees(math.atan2(lightness - 50.0, max(yellow, 1e-3)))
    return _binned(angle_deg, (_DARK_ITA_DEG, _LIGHT_ITA_DEG), "dark", "medium", "light")
