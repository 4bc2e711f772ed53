"""Photographs to portraits: what is cut out, and what is refused with which words. The photographs are drawn."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment, FacialActions
from driver_simulator.picture.cutting import portrait_of
from driver_simulator.picture.head_painter import HeadPainter
from driver_simulator.picture.portrait import EYE_DISTANCE_PX, EYES_MIDDLE_PX
from driver_simulator.picture.portrait_file import astronaut, write_portrait
from driver_simulator.viewpoint import turned
from edge_app.errors import UserError
from edge_app.face.landmark_layout import PARTS
from edge_app.face.observation import Perception
from edge_app.face.perceptions import open_perception
from edge_app.face.settings import PerceptionSettings


@pytest.fixture(scope="module")
def perception() -> Perception:
    """The built-in models."""
    return open_perception(PerceptionSettings())


@pytest.fixture(scope="module")
def head() -> HeadPainter:
    return HeadPainter(astronaut(), eye_aperture_mm=10.0)


def photograph(
    head: HeadPainter,
    file: Path,
    *,
    closure: float = 0.0,
    jaw_drop: float = 0.0,
    yaw_deg: float = 0.0,
    roll_deg: float = 0.0,
    pixels_per_m: float = 1300.0,
) -> Path:
    moment = DriverMoment(
        0.0, closure, closure, 0.0, 0.0, 0.0, 0.0, 0.0, actions=FacialActions(jaw_drop=jaw_drop)
    )
    picture = head.paint(
        moment,
        turned(math.radians(yaw_deg), 0.0, math.radians(roll_deg)),
        centre_px=(240.0, 300.0),
        pixels_per_m=pixels_per_m,
        frame_size=(480, 560),
    )
    frame = np.full((560, 480, 3), (120, 112, 104), dtype=np.uint8)
    height, width = picture.alpha.shape
    window = frame[picture.top_px :, picture.left_px :][:height, :width]
    share = picture.alpha[..., None] / 255
    window[:] = (picture.bgr * share + window * (1 - share)).astype(np.uint8)
    cv2.imwrite(str(file), frame)
    return file


def test_a_portrait_is_upright_at_a_fixed_scale_with_its_head_cut_out(
    head: HeadPainter, tmp_path: Path, perception: Perception
) -> None:
    portrait = portrait_of(photograph(head, tmp_path / "one.png", roll_deg=12), perception)
    right, left = (
        portrait.points[PARTS[f"eyelid_{side}"]][[0, 8]].mean(axis=0) for side in ("right", "left")
    )
    np.testing.assert_allclose((right + left) / 2, EYES_MIDDLE_PX, atol=1.5)
    assert abs(float(left[1] - right[1])) < 1.0
    assert left[0] - right[0] == pytest.approx(EYE_DISTANCE_PX, rel=0.06)
    nose = portrait.points[PARTS["nose"]][5].astype(int)
    assert portrait.alpha[nose[1], nose[0]] > 0.95
    assert portrait.alpha[:20].max() < 0.05
    assert portrait.alpha[240, :20].max() < 0.05


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"closure": 1.0}, "eye is shut"),
        ({"jaw_drop": 0.8}, "mouth is open"),
        ({"yaw_deg": 35.0}, "turned too far"),
        ({"pixels_per_m": 420.0}, "too small"),
    ],
)
def test_a_face_that_cannot_be_animated_is_refused_by_name(
    head: HeadPainter,
    tmp_path: Path,
    perception: Perception,
    fault: dict[str, float],
    words: str,
) -> None:
    file = photograph(head, tmp_path / "two.png", **fault)
    with pytest.raises(UserError, match=words) as refused:
        portrait_of(file, perception)
    assert str(file) in str(refused.value)


def test_no_face_and_no_picture_are_told_apart(tmp_path: Path, perception: Perception) -> None:
    plain: NDArray[np.uint8] = np.full((300, 300, 3), 128, dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "plain.png"), plain)
    with pytest.raises(UserError, match="no face"):
        portrait_of(tmp_path / "plain.png", perception)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(UserError, match="no picture that can be read"):
        portrait_of(tmp_path / "text.png", perception)


def test_the_shipped_portrait_is_small_and_whole(tmp_path: Path) -> None:
    portrait = astronaut()
    write_portrait(portrait, tmp_path)
    files = list(tmp_path.iterdir())
    assert {file.name for file in files} == {"astronaut.jpg", "astronaut.npz"}
    assert sum(file.stat().st_size for file in files) < 200_000
    assert portrait.points.shape == (146, 2)
    assert np.isfinite(portrait.points).all()


def test_two_faces_of_about_one_size_are_refused(
    head: HeadPainter, perception: Perception, tmp_path: Path
) -> None:
    alone = cv2.imread(str(photograph(head, tmp_path / "alone.png")))
    path = tmp_path / "two.png"
    cv2.imwrite(str(path), np.hstack([alone, alone]))
    with pytest.raises(UserError, match=r"two\.png: there are 2 faces of about one size; use"):
        portrait_of(path, perception)


def test_a_small_face_in_the_background_does_not_matter(
    head: HeadPainter, perception: Perception, tmp_path: Path
) -> None:
    alone = cv2.imread(str(photograph(head, tmp_path / "alone.png")))
    behind = np.full_like(alone, (120, 112, 104))
    behind[:224, :192] = cv2.resize(alone, (192, 224))
    cv2.imwrite(str(tmp_path / "crowd.png"), np.hstack([alone, behind]))
    assert portrait_of(tmp_path / "crowd.png", perception).name == "crowd"
