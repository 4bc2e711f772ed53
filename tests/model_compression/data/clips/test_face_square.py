"""The square that follows a head, and that nothing but the face is left in it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge_app.camera.frame import Frame
from edge_app.face.crop import FaceCrop
from model_compression.data.clips.face_square import (
    cut_square,
    grey_outside,
    inside,
    smooth_squares,
)
from model_compression.data.clips.face_track import FaceFinder, SeenFace
from model_compression.data.clips.settings import GREY
from tests.model_compression.data.clips.miniature_sets import empty_frames, face_frames

SIZE_PX = 64
RATE_HZ = 10.0


@pytest.fixture(scope="module")
def face(finder: FaceFinder) -> SeenFace:
    (seen,) = finder.follow([Frame(face_frames(1)[0], 0.0, 0)])
    assert seen is not None
    return seen


def at(face: SeenFace, right_px: float) -> SeenFace:
    moved = np.array([right_px, 0], dtype=np.float32)
    crop = replace(face.crop, center_x_px=face.crop.center_x_px + right_px)
    return SeenFace(crop, face.points + moved)


def centers(seen: list[SeenFace | None]) -> NDArray[np.float64]:
    squares, _ = smooth_squares(seen, SIZE_PX, RATE_HZ)
    return np.array([square.center_x_px for square in squares])


def test_square_of_a_lost_face_is_held(face: SeenFace) -> None:
    x = face.crop.center_x_px
    held = centers([face, *[None] * 30])
    assert held == pytest.approx([x] * 31)


def test_frames_before_the_first_face_have_its_square(face: SeenFace) -> None:
    assert centers([None, None, face]) == pytest.approx([face.crop.center_x_px] * 3)


def test_outline_of_a_lost_face_is_held_in_the_square(face: SeenFace) -> None:
    _, outlines = smooth_squares([face, None], SIZE_PX, RATE_HZ)
    assert outlines[1] == pytest.approx(outlines[0], abs=1e-3)


def test_trembling_landmarks_do_not_make_the_square_tremble(face: SeenFace) -> None:
    trembling = centers([at(face, 4.0 * (number % 2)) for number in range(20)])
    assert np.ptp(trembling[5:15]) < 0.2 * 4.0


def test_square_follows_a_head_that_moves_on(face: SeenFace) -> None:
    moving = centers([at(face, 3.0 * number) for number in range(20)])
    assert moving == pytest.approx(face.crop.center_x_px + 3.0 * np.arange(20), abs=0.01)


def test_cut_in_the_film_is_not_smoothed_over(face: SeenFace) -> None:
    x, far = face.crop.center_x_px, 2 * face.crop.side_px
    after_cut = centers([face] * 5 + [at(face, far)] * 5)
    assert after_cut == pytest.approx([x] * 5 + [x + far] * 5)


def test_everything_outside_the_outline_is_grey_and_nothing_inside_is(face: SeenFace) -> None:
    _, outlines = smooth_squares([face], SIZE_PX, RATE_HZ)
    picture = np.full((SIZE_PX, SIZE_PX, 3), 7, dtype=np.uint8)
    grey_outside(picture, outlines[0])
    kept = inside(outlines[0], SIZE_PX)
    assert 0.4 < kept.mean() < 0.8
    assert (picture[kept] == 7).all()
    assert (picture[~kept] == GREY).all()
    # Corners never belong to a face; what lies between eyes and mouth always does.
    assert not kept[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert kept[SIZE_PX // 4 : 3 * SIZE_PX // 4, SIZE_PX // 3 : 2 * SIZE_PX // 3].all()


def test_outline_reaches_beyond_chin_and_brows(face: SeenFace) -> None:
    squares, outlines = smooth_squares([face], SIZE_PX, RATE_HZ)
    matrix = squares[0].frame_to_crop(SIZE_PX)
    points = face.points @ matrix[:, :2].T + matrix[:, 2]
    rows = np.flatnonzero(inside(outlines[0], SIZE_PX).any(axis=1))
    assert rows[-1] > points[:, 1].max()
    assert rows[0] < points[:, 1].min() - 0.03 * SIZE_PX


def test_colours_come_as_rgb() -> None:
    image = np.zeros((50, 50, 3), dtype=np.uint8)
    image[..., 2] = 200  # OpenCV's red
    cut = cut_square(image, FaceCrop(25, 25, 20, 0.1), 16, 3)
    assert cut.shape == (16, 16, 3)
    assert (cut == (200, 0, 0)).all()


def test_luma_of_a_colour_frame_has_one_channel() -> None:
    image = np.full((50, 50, 3), 90, dtype=np.uint8)
    cut = cut_square(image, FaceCrop(25, 25, 20, 0.0), 16, 1)
    assert cut.shape == (16, 16, 1)
    assert (cut == 90).all()


def test_beyond_the_frame_is_grey() -> None:
    cut = cut_square(np.zeros((40, 40, 3), np.uint8), FaceCrop(0, 20, 40, 0.0), 20, 3)
    assert (cut[:, :9] == GREY).all()
    assert (cut[2:-2, 12:] == 0).all()


def test_large_face_is_averaged_and_stays_in_its_place() -> None:
    """A fine chequered disc becomes even grey; its middle does not move by a pixel."""
    image = np.zeros((900, 1200), dtype=np.uint8)
    cv2.circle(image, (613, 422), 150, 255, -1)
    image[::2, ::2] = 0
    image[1::2, 1::2] = 0
    cut = cut_square(image, FaceCrop(600, 400, 512, 0.0), 64, 1)[..., 0].astype(float)
    rows, columns = np.mgrid[:64, :64]
    middle = (columns * cut).sum() / cut.sum(), (rows * cut).sum() / cut.sum()
    # Of a frame's pixel, as `FaceCrop` places it.
    assert middle == pytest.approx((32 + 13 / 8, 32 + 22 / 8), abs=0.1)
    assert cut[30:36, 30:36].std() < 3


def test_face_is_found_where_it_is_and_not_where_there_is_none(finder: FaceFinder) -> None:
    pictures = [*face_frames(2), *empty_frames(2)]
    seen = finder.follow([Frame(one, n / RATE_HZ, n) for n, one in enumerate(pictures)])
    assert [one is not None for one in seen] == [True, True, False, False]
    assert seen[1] is not None and 70 < seen[1].crop.side_px < 130
