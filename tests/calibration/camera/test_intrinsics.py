"""A lens that is known is found again from pictures of a board; what does not suffice is refused in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from calibration.camera.calibration_picture import calibration_picture
from calibration.camera.charuco_board import BoardView
from calibration.camera.intrinsics import (
    CalibrationRefusedError,
    Intrinsics,
    solve_intrinsics,
)
from calibration.camera.lens import Lens
from calibration.camera.view_selection import Offer, SelectionSettings, ViewSelection
from tests.calibration.camera.boards import BOARD, SHAPE, BoardCamera
from tests.calibration.camera.conftest import USB

Picture = NDArray[np.uint8]
WIDE = Lens("wide", 640, 480, 380.0, 380.0, 317.0, 243.0, (-0.25, 0.06, 0.0, 0.0, 0.0))
CUSHION = Lens("cushion", 640, 480, 610.0, 610.0, 320.0, 240.0, (0.09, -0.03, 0.0, 0.0, 0.0))


def selected(pictures: Sequence[Picture]) -> ViewSelection:
    selection = ViewSelection(640, 480, SelectionSettings())
    for picture in pictures:
        view = BOARD.find(picture)
        if view is not None:
            selection.offer(view)
    return selection


def solved(selection: ViewSelection) -> Intrinsics:
    return solve_intrinsics(selection.views, 640, 480, selection.coverage)


@pytest.fixture(scope="module")
def usual(usb_pictures: list[Picture]) -> ViewSelection:
    return selected(usb_pictures)


def check(found: Intrinsics, truth: Lens) -> None:
    assert found.distrust is None
    assert found.lens.focal_x_px == pytest.approx(truth.focal_x_px, rel=0.005)
    assert found.lens.focal_y_px == pytest.approx(truth.focal_y_px, rel=0.005)
    assert found.lens.center_x_px == pytest.approx(truth.center_x_px, abs=2.0)
    assert found.lens.center_y_px == pytest.approx(truth.center_y_px, abs=2.0)
    assert found.lens.distortion[0] == pytest.approx(truth.distortion[0], abs=0.03)
    assert found.quality.rms_px < 0.2
    assert max(view.rms_px for view in found.views) < 0.5
    for x, y in ((20, 20), (620, 20), (320, 240), (20, 460), (620, 460)):
        assert found.lens.line_rad(x, y) == pytest.approx(truth.line_rad(x, y), abs=0.003)


def test_known_lens_is_found_again(usual: ViewSelection) -> None:
    check(solved(usual), USB)


def test_wide_lens_is_found_again() -> None:
    camera = BoardCamera(WIDE)
    check(solved(selected([camera.see(*pose) for pose in camera.poses()])), WIDE)


def test_lens_that_bends_the_other_way_is_found_again(usual: ViewSelection) -> None:
    camera = BoardCamera(CUSHION)
    views = [
        camera.corners(view, *pose) for view, pose in zip(usual.views, camera.poses(), strict=True)
    ]
    check(solve_intrinsics(views, 640, 480, 1.0), CUSHION)


def test_told_uncertainty_is_that_of_the_error(usual: ViewSelection) -> None:
    found = solved(usual)
    assert 0.05 < found.quality.focal_std_px < 3.0
    assert abs(found.lens.focal_x_px - USB.focal_x_px) < 5 * found.quality.focal_std_px


def test_blurred_picture_is_not_kept(usb_camera: BoardCamera) -> None:
    pose = usb_camera.poses()[8]
    selection = ViewSelection(640, 480, SelectionSettings())
    sharp, blurred = BOARD.find(usb_camera.see(*pose)), BOARD.find(usb_camera.see(*pose, blur_px=2))
    assert sharp is not None and blurred is not None
    assert selection.offer(blurred) is Offer.BLURRED
    assert selection.offer(sharp) is Offer.KEPT
    assert len(selection.views) == 1


def test_picture_that_shows_the_same_again_is_not_kept(usb_camera: BoardCamera) -> None:
    pose = usb_camera.poses()[9]
    selection = ViewSelection(640, 480, SelectionSettings())
    offers = [
        selection.offer(view) for _ in range(3) if (view := BOARD.find(usb_camera.see(*pose)))
    ]
    assert offers == [Offer.KEPT, Offer.LIKE_ANOTHER, Offer.LIKE_ANOTHER]


def test_picture_without_the_board_is_none() -> None:
    assert BOARD.find(np.full((480, 640), 120, dtype=np.uint8)) is None
    assert (
        BOARD.find(np.random.default_rng(0).integers(0, 255, (480, 640, 3), dtype=np.uint8)) is None
    )


def test_hints_lead_from_nothing_to_enough(usual: ViewSelection) -> None:
    assert not ViewSelection(640, 480, SelectionSettings()).enough
    assert usual.enough
    flat = ViewSelection(640, 480, SelectionSettings())
    flat.offer(usual.views[-2])  # straight before the camera
    assert "tilt" in flat.hint()


def test_hint_names_the_part_of_the_picture_that_nothing_was_seen_in(
    usual: ViewSelection,
) -> None:
    selection = ViewSelection(640, 480, SelectionSettings())
    for view in usual.views:
        if (seen := view.corners_px[:, 0] < 500).sum() >= 8:
            selection.offer(_without(view, seen))
    assert "right" in selection.hint()


def test_view_that_does_not_fit_is_left_out_and_the_lens_is_the_same(usual: ViewSelection) -> None:
    bent = usual.views[4]
    bow = 3.0 * ((bent.on_board_mm[:, :1] - SHAPE.width_mm / 2) / SHAPE.width_mm * 2) ** 2
    views = [*usual.views[:4], replace(bent, corners_px=bent.corners_px + bow), *usual.views[5:]]
    found = solve_intrinsics(views, 640, 480, usual.coverage)
    assert found.left_out == (4,)
    assert 4 not in {view.view for view in found.views}
    check(found, USB)


def test_few_views_are_refused(usual: ViewSelection) -> None:
    with pytest.raises(CalibrationRefusedError, match="only 5 usable views"):
        solve_intrinsics(usual.views[:5], 640, 480, usual.coverage)


def test_board_seen_in_the_middle_alone_is_not_trusted(usual: ViewSelection) -> None:
    found = solve_intrinsics(usual.views, 640, 480, 0.3)
    assert found.distrust is not None and "30%" in found.distrust and "edges" in found.distrust


def test_corners_that_lie_anywhere_are_not_trusted(usual: ViewSelection) -> None:
    chance = np.random.default_rng(3)
    noisy = [
        replace(view, corners_px=view.corners_px + chance.normal(0, 1.5, view.corners_px.shape))
        for view in usual.views
    ]
    found = solve_intrinsics(noisy, 640, 480, 1.0)
    assert found.distrust is not None and "flat" in found.distrust


def test_board_that_was_never_tilted_is_not_trusted(
    usb_camera: BoardCamera, usual: ViewSelection
) -> None:
    """Its focal length can be a tenth off while OpenCV tells a deviation of a thousandth."""
    poses = list(zip(usual.views, usb_camera.poses(), strict=True))
    tries = [
        solve_intrinsics(
            [usb_camera.corners(view, middle) for view, (middle, _) in poses], 640, 480, 1.0
        )
        for _ in range(5)
    ]
    assert max(abs(each.lens.focal_x_px / USB.focal_x_px - 1.0) for each in tries) > 0.05
    assert max(each.quality.focal_std_px for each in tries) < 0.001 * USB.focal_x_px
    for each in tries:
        assert each.distrust is not None and "tilt" in each.distrust


def test_board_stretched_by_the_printer_is_not_trusted(usual: ViewSelection) -> None:
    printed = [
        replace(view, on_board_mm=view.on_board_mm * np.array([1.0, 1.05])) for view in usual.views
    ]
    found = solve_intrinsics(printed, 640, 480, 1.0)
    assert found.distrust is not None


def test_picture_shows_empty_cells_and_where_corners_were(usual: ViewSelection) -> None:
    selection = ViewSelection(640, 480, SelectionSettings())
    for view in usual.views:
        if (seen := view.corners_px[:, 0] < 320).sum() >= 8:
            selection.offer(_without(view, seen))
    half = calibration_picture(selection, None, "not good enough")
    whole = calibration_picture(usual, solved(usual), "good")
    assert half.shape == whole.shape

    def reddish(panel: Picture) -> float:
        blue, red = panel[..., 0].astype(int), panel[..., 2].astype(int)
        return float((red - blue > 30).mean())

    panel = slice(64, 424)
    assert reddish(half[panel, 280:500]) > 0.8
    assert reddish(whole[panel, 280:500]) < 0.1
    assert (whole[panel, 540:1000] < 100).any()  # corners, and what is left over


def _without(view: BoardView, keep: NDArray[np.bool_]) -> BoardView:
    return replace(
        view,
        ids=view.ids[keep],
        corners_px=view.corners_px[keep],
        on_board_mm=view.on_board_mm[keep],
    )
