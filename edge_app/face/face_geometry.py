"""Six ratios of distances in a face that neither blinks nor the mouth move: they say that another driver sits there.

They do not say who it is: many people share them. The head's turn is taken out by the depth that a usual face has at
each point; beyond 35 degrees of yaw or 20 of pitch, with a lid down or the mouth open, nothing is told.
`python -m benchmarks.face_geometry` measures how far they repeat and how far they tell two people apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge_app.face.head_rotation import rotation_of
from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER, PART_SIZES
from edge_app.face.observation import FaceObservation

GEOMETRY_NAMES = (
    *("eye_width", "eye_tilt", "nose_bridge", "nose_base"),
    *("temple_width", "cheek_width"),
)
"""All over the distance of the eyes: an eye between its corners; how much higher the outer corners are than the inner;
how far bridge and base of the nose are below the eyes; how wide the face is above and beside the eyes."""

GEOMETRY_STD = (0.0071, 0.0075, 0.0133, 0.0288, 0.0306, 0.0441)
"""Of each ratio, between two looks at the same person: within people over photographs of 852 (`faces`)."""

MOST_YAW_RAD, MOST_PITCH_RAD = math.radians(35), math.radians(20)
# A shut lid or an open mouth shrinks the outline of the face by up to two hundredths of its width (webcam clips).
LEAST_OPENNESS, WIDEST_MOUTH = 0.4, 0.35
_BRIDGE, _BASE, _TEMPLE, _CHEEK = 2, 7, 4, 8  # rows of nose and oval
# Away from the camera, from the corners' mean, in distances of the eyes, on MediaPipe's canonical face.
_OUTER_DEPTH, _INNER_DEPTH = 0.046, -0.046
_BRIDGE_DEPTH, _BASE_DEPTH = -0.453, -0.411
_TEMPLE_DEPTH, _CHEEK_DEPTH = 0.323, 0.936
# What a nod leaves in the ratios, per radian: fitted within people over 3 936 photographs of 852 (`faces`).
_PER_PITCH_RAD = (-0.027, -0.016, 0.047, -0.058, -0.156, 0.051)


def face_geometry(seen: FaceObservation) -> tuple[float, ...] | None:
    """The ratios in the order of `GEOMETRY_NAMES`; None where they cannot be told."""
    pose, face = seen.head_pose, seen.landmarks
    if not (abs(pose.yaw_rad) <= MOST_YAW_RAD and abs(pose.pitch_rad) <= MOST_PITCH_RAD):
        return None
    lids_up = (
        seen.eye_openness_left.value >= LEAST_OPENNESS
        and seen.eye_openness_right.value >= LEAST_OPENNESS
    )
    if not (lids_up and seen.mouth_openness.value <= WIDEST_MOUTH):
        return None
    if len(face.nose) != PART_SIZES["nose"] or len(face.oval) != PART_SIZES["oval"]:
        return None
    rows = (
        *(face.eyelid_left[row] for row in (OUTER_CORNER, INNER_CORNER)),
        *(face.eyelid_right[row] for row in (OUTER_CORNER, INNER_CORNER)),
        *(face.nose[row] for row in (_BRIDGE, _BASE)),
        *(face.oval[row] for row in (_TEMPLE, -_TEMPLE, _CHEEK, -_CHEEK)),
    )
    points = [(float(x), float(y)) for x, y in rows]
    upright = _turned_back(points, pose.yaw_rad, pose.pitch_rad, pose.roll_rad)
    if upright is None:
        return None
    outer_left, inner_left, outer_right, inner_right, bridge, base, *sides = upright
    temple_left, temple_right, cheek_left, cheek_right = sides
    ratios = (
        (outer_left[0] - inner_left[0] + inner_right[0] - outer_right[0]) / 2,
        (inner_left[1] - outer_left[1] + inner_right[1] - outer_right[1]) / 2,
        bridge[1],
        base[1],
        temple_left[0] - temple_right[0],
        cheek_left[0] - cheek_right[0],
    )
    # Rounded far below what a look repeats, since a trace keeps every digit.
    told = tuple(
        round(ratio - slope * pose.pitch_rad, 4)
        for ratio, slope in zip(ratios, _PER_PITCH_RAD, strict=True)
    )
    return told if all(map(math.isfinite, told)) else None


def unlikeness(one: Sequence[float], other: Sequence[float]) -> float:
    """Root mean square difference of two faces' ratios in deviations of one person's own looks; infinite for ratios of
    other kinds."""
    if len(one) != len(GEOMETRY_STD) or len(other) != len(GEOMETRY_STD):
        return math.inf
    parts = [((a - b) / std) ** 2 for a, b, std in zip(one, other, GEOMETRY_STD, strict=True)]
    return math.sqrt(sum(parts) / len(parts))


_DEPTHS = (
    *(_OUTER_DEPTH, _INNER_DEPTH, _OUTER_DEPTH, _INNER_DEPTH, _BRIDGE_DEPTH, _BASE_DEPTH),
    *(_TEMPLE_DEPTH, _TEMPLE_DEPTH, _CHEEK_DEPTH, _CHEEK_DEPTH),
)


def _turned_back(
    points: list[tuple[float, float]], yaw_rad: float, pitch_rad: float, roll_rad: float
) -> list[tuple[float, float]] | None:
    """As on a face seen from ahead, in distances of the eyes from the point between them; x to the face's left.

    points: px, the four corners of the eyes first.
    """
    (a, b, right), (c, d, down), _ = rotation_of(yaw_rad, pitch_rad, roll_rad).tolist()
    shrinks = a * d - b * c
    middle_x = sum(x for x, _ in points[:4]) / 4
    middle_y = sum(y for _, y in points[:4]) / 4

    def flat(x: float, y: float) -> tuple[float, float]:
        return (d * x - b * y) / shrinks, (a * y - c * x) / shrinks

    lean_x, lean_y = flat(right, down)
    seen = [flat(x - middle_x, y - middle_y) for x, y in points]
    # Both eyes lie equally deep: what is between them needs no depth.
    across_x = (seen[0][0] + seen[1][0] - seen[2][0] - seen[3][0]) / 2
    across_y = (seen[0][1] + seen[1][1] - seen[2][1] - seen[3][1]) / 2
    distance_px = math.hypot(across_x, across_y)
    if not distance_px > 0.0:
        return None
    cos, sin = across_x / distance_px, across_y / distance_px
    upright = []
    for (x, y), depth in zip(seen, _DEPTHS, strict=True):
        x, y = x / distance_px - lean_x * depth, y / distance_px - lean_y * depth
        upright.append((cos * x + sin * y, cos * y - sin * x))
    return upright
