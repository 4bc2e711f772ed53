"""Lids moved in a drawn face: the truth that comes with it is what the picture then shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.face.landmark_layout import COUNT, PARTS
from model_compression.augmentation.lid_warp import LidMove, lid_lines
from model_compression.augmentation.upright_face import UprightFace, upright_face, with_lids

SKIN, WHITE, SIZE_PX = 120, 250, 224
EYE_HALF_WIDTH_PX, EYE_HALF_GAP_PX = 16.0, 6.0
EYES = {"right": (80.0, 90.0), "left": (144.0, 90.0)}  # sides of the driver


def eye_contour(center: tuple[float, float], outer_sign: float) -> NDArray[np.float32]:
    """16 points: 0 outer corner, 1-7 lower lid, 8 inner corner, 9-15 upper lid; lids are parabolas."""
    u = np.concatenate([np.linspace(1, -1, 9), np.linspace(-1, 1, 9)[1:-1]])
    lid = np.concatenate([np.ones(9), -np.ones(7)])
    x = center[0] + outer_sign * EYE_HALF_WIDTH_PX * u
    y = center[1] + lid * EYE_HALF_GAP_PX * (1 - u * u)
    return np.stack([x, y], axis=1).astype(np.float32)


@pytest.fixture
def face() -> UprightFace:
    """Grey skin with two white eyes."""
    points = np.full((COUNT, 2), 112, dtype=np.float32)
    picture = np.full((SIZE_PX, SIZE_PX), SKIN, dtype=np.uint8)
    rows, columns = np.mgrid[:SIZE_PX, :SIZE_PX]
    for side, center in EYES.items():
        points[PARTS[f"eyelid_{side}"]] = eye_contour(center, 1.0 if side == "left" else -1.0)
        points[PARTS[f"brow_{side}"]] = np.array(center) + np.stack(
            [np.linspace(-18, 18, 10), np.full(10, -22)], axis=1
        )
        points[PARTS[f"iris_{side}"]] = center
        u = (columns - center[0]) / EYE_HALF_WIDTH_PX
        inside = np.abs(rows - center[1]) < EYE_HALF_GAP_PX * (1 - u * u)
        picture[inside & (np.abs(u) < 1)] = WHITE
    points[PARTS["nose"]] = (112, 90 + 0.716 * 64)
    return upright_face(picture, points)


def white_height_px(face: UprightFace, side: str) -> float:
    """Of the eye's middle column, in px of the photograph; grey edges count in part."""
    x, y = face.eye_center(side)
    column = face.picture[int(y) - 30 : int(y) + 30, round(float(x))].astype(float)
    return float(np.clip((column - SKIN) / (WHITE - SKIN), 0, 1).sum()) * face.source_scale


def moved(face: UprightFace, **of: float | bool) -> UprightFace:
    move = LidMove(**of)  # type: ignore[arg-type]
    return with_lids(face, {"left": move, "right": move})


def test_lines_follow_the_contour(face: UprightFace) -> None:
    lines = face.lines("left")
    assert lines.gap_px() * face.source_scale == pytest.approx(2 * EYE_HALF_GAP_PX, rel=0.03)
    upper, lower = lines.at(np.array([lines.first_column, lines.last_column]))
    assert lower - upper == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("aperture", [0.25, 0.5, 0.75, 1.0, 1.2])
def test_what_is_seen_of_the_eye_is_the_aperture_asked_for(
    face: UprightFace, aperture: float
) -> None:
    seen = white_height_px(moved(face, aperture=aperture), "left")
    assert seen == pytest.approx(aperture * white_height_px(face, "left"), abs=0.8)


def test_shut_eyes_show_nothing_of_the_ball(face: UprightFace) -> None:
    for side in EYES:
        assert white_height_px(moved(face, aperture=0.0), side) < 0.3


def test_points_follow_the_lids(face: UprightFace) -> None:
    shut = moved(face, aperture=0.0, lower_share=0.2)
    assert shut.openness("left") == pytest.approx(0, abs=0.01)
    half = moved(face, aperture=0.5)
    assert half.openness("left") == pytest.approx(face.openness("left") / 2, rel=0.02)


def test_twin_resamples_the_skin_and_leaves_the_lids_where_they_are(face: UprightFace) -> None:
    textured = face.picture.copy()
    textured[::3] = np.where(textured[::3] == SKIN, SKIN - 40, textured[::3])
    face = UprightFace(textured, face.points, face.crop, face.source_scale)
    twin = moved(face, aperture=0.0, twin=True)
    assert np.array_equal(twin.points, face.points)
    assert twin.openness("left") == face.openness("left")
    x, y = (int(v) for v in face.eye_center("left"))
    on_eye = (slice(y - 3, y + 4), slice(x - 8, x + 9))
    assert np.abs(twin.picture[on_eye].astype(int) - face.picture[on_eye]).mean() < 2
    above = (slice(y - 20, y - 8), slice(x - 8, x + 9))
    assert not np.array_equal(twin.picture[above], face.picture[above])


def test_nothing_outside_the_eyes_changes(face: UprightFace) -> None:
    shut = moved(face, aperture=0.0)
    chin = slice(int(0.75 * len(face.picture)), None)
    assert np.array_equal(shut.picture[chin], face.picture[chin])


def test_lashes_darken_the_edge(face: UprightFace) -> None:
    plain, dark = moved(face, aperture=0.0), moved(face, aperture=0.0, lash_darkness=0.6)
    assert dark.picture.min() < plain.picture.min() + 1
    assert float(dark.picture.mean()) < float(plain.picture.mean())


def test_iris_follows_the_gaze(face: UprightFace) -> None:
    down = moved(face, aperture=0.6, look_down=0.4)
    rows = PARTS["iris_left"]
    shift = down.points[rows] - face.points[rows]
    assert shift[:, 1] == pytest.approx(0.4 * face.lines("left").gap_px(), rel=0.01)


def test_an_eye_outside_the_picture_is_left_alone() -> None:
    lid = eye_contour((-50.0, 90.0), 1.0)
    brow = np.stack([np.linspace(-70, -30, 10), np.full(10, 70.0)], axis=1).astype(np.float32)
    assert np.isfinite(lid_lines(lid, brow).gap_px())


def test_eye_of_a_few_pixels_is_not_said_to_move(face: UprightFace) -> None:
    assert face.lids_can_move("left")
    left = PARTS["eyelid_left"]
    points = face.points.copy()
    points[left] = face.eye_center("left") + 0.05 * (points[left] - face.eye_center("left"))
    assert not replace(face, points=points).lids_can_move("left")
