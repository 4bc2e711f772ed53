"""Where skin folds, and how much darker the fold is. The portrait that ships, on an even canvas."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from driver_simulator.picture.face_actions import ACTIONS
from driver_simulator.picture.furrows import Furrows
from driver_simulator.picture.portrait import CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX
from driver_simulator.picture.portrait_file import astronaut
from edge_app.face.landmark_layout import PARTS

EVEN = 200
POINTS, SKIN_BGR = astronaut().points, astronaut().skin_bgr
BROWS = (POINTS[PARTS["brow_left"]][4] + POINTS[PARTS["brow_right"]][4]) / 2
CORNER = POINTS[PARTS["lips_outer"]][10]


def painted(skin_bgr: NDArray[np.float32] = SKIN_BGR, **actions: float) -> NDArray[np.uint8]:
    canvas = np.full((CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX, 4), EVEN, dtype=np.uint8)
    weights = np.array([actions.get(name, 0.0) for name in ACTIONS], dtype=np.float32)
    Furrows(POINTS, skin_bgr).paint(canvas, weights)
    return canvas


def darkest(canvas: NDArray[np.uint8], middle: NDArray[np.float32], around_px: int = 14) -> float:
    x, y = middle.astype(int)
    part = canvas[y - around_px : y + around_px + 1, x - around_px : x + around_px + 1]
    return float(part[..., :3].mean(axis=-1).min()) / EVEN


@pytest.mark.parametrize(
    ("action", "middle"),
    [
        ("brow_lowerer", BROWS),
        ("inner_brow_raiser", BROWS - (0, 22)),
        ("outer_brow_raiser", POINTS[PARTS["brow_left"]].mean(axis=0) - (0, 26)),
        ("nose_wrinkler", POINTS[PARTS["nose"]][0] + (0, 8)),
        ("cheek_raiser", POINTS[PARTS["eyelid_left"]][0] + (12, 0)),
        ("upper_lip_raiser", (CORNER + POINTS[PARTS["nose"]][7]) / 2 + (18, 0)),
        ("lip_corner_puller", (CORNER + POINTS[PARTS["nose"]][7]) / 2 + (18, 0)),
        ("lip_corner_depressor", CORNER + np.array([8, 10], dtype=np.float32)),
        ("lip_pressor", POINTS[PARTS["lips_outer"]][5] + (0, 8)),
    ],
)
def test_an_action_folds_its_part_of_the_face(action: str, middle: NDArray[np.float32]) -> None:
    whole, half = (darkest(painted(**{action: share}), middle) for share in (1.0, 0.5))
    assert 0.35 < whole < 0.88
    assert 1 - half == pytest.approx((1 - whole) / 2, abs=0.03)


def test_both_halves_of_the_face_fold_alike() -> None:
    for side, out in (("left", 12), ("right", -12)):
        eye = POINTS[PARTS[f"eyelid_{side}"]]
        assert darkest(painted(cheek_raiser=1.0), eye[0] + (out, 0)) < 0.88


def test_what_does_not_act_leaves_the_face_smooth() -> None:
    assert (painted(lip_pucker=1.0, lip_stretcher=1.0, brow_lowerer=0.01) == EVEN).all()


def test_a_fold_changes_neither_eyes_nor_opacity() -> None:
    canvas = painted(**dict.fromkeys(ACTIONS, 1.0))
    assert (canvas[..., 3] == EVEN).all()
    between_lids = np.zeros(canvas.shape[:2], dtype=np.uint8)
    for side in ("left", "right"):
        cv2.fillPoly(between_lids, [np.rint(POINTS[PARTS[f"eyelid_{side}"]]).astype(int)], 1)
    assert canvas[between_lids == 1].min() >= 0.96 * EVEN


def test_two_actions_that_fold_the_same_skin_fold_it_once() -> None:
    cheek = (CORNER + POINTS[PARTS["nose"]][7]) / 2 + (18, 0)
    alone = min(darkest(painted(**{a: 1.0}), cheek) for a in ("lip_corner_puller", "nose_wrinkler"))
    both = painted(lip_corner_puller=1.0, nose_wrinkler=1.0)
    assert darkest(both, cheek) == pytest.approx(alone, abs=0.02)


def test_folds_have_the_colour_of_the_skin() -> None:
    grey = painted(np.full(3, 140, dtype=np.float32), brow_lowerer=1.0)
    assert (grey[..., 0] == grey[..., 2]).all()
    blue, red = (painted(brow_lowerer=1.0)[..., channel].astype(int) for channel in (0, 2))
    assert (red >= blue).all() and (red - blue).max() > 5
