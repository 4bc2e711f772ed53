"""Heads drawn for a moment: what lids, eyes, mouth and pose do to pixels and points. The portrait that ships."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from driver_simulator.driver.moment import DriverMoment, FacialActions
from driver_simulator.picture.head_painter import HeadPainter
from driver_simulator.picture.head_picture import HeadPicture
from driver_simulator.picture.lids import visible_closure
from driver_simulator.picture.overlay import Overlay
from driver_simulator.picture.portrait import (
    CANVAS_HEIGHT_PX,
    CANVAS_WIDTH_PX,
    EYE_DISTANCE_M,
    EYE_DISTANCE_PX,
    PX_PER_M,
    Portrait,
)
from driver_simulator.picture.portrait_file import astronaut
from driver_simulator.picture.relief import PIVOT_PX
from driver_simulator.viewpoint import turned
from edge_app.face.landmark_layout import INNER_CORNER, OUTER_CORNER, PARTS

APERTURE_MM = 9.0
FRAME = (480, 640)
CENTRE = (240.0, 330.0)
AHEAD = turned(0.0, 0.0)
STILL = DriverMoment(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
PX_PER_MM = PX_PER_M / 1000


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return astronaut()


@pytest.fixture(scope="module")
def head(portrait: Portrait) -> HeadPainter:
    return HeadPainter(portrait, eye_aperture_mm=APERTURE_MM)


def drawn(
    head: HeadPainter,
    moment: DriverMoment = STILL,
    rotation: NDArray[np.float64] = AHEAD,
    **where: object,
) -> HeadPicture:
    place = {"centre_px": CENTRE, "pixels_per_m": PX_PER_M, "frame_size": FRAME} | where
    return head.paint(moment, rotation, **place)  # type: ignore[arg-type]


def in_frame(picture: HeadPicture, behind: float = 0.0) -> NDArray[np.float64]:
    """(h, w) luma of the frame with the head before an even background."""
    frame = np.full(FRAME[::-1], behind)
    height, width = picture.alpha.shape
    window = frame[picture.top_px :, picture.left_px :][:height, :width]
    share = picture.alpha / 255.0
    window += (picture.bgr.mean(axis=-1) - window) * share
    return frame


def part(picture: HeadPicture, name: str) -> NDArray[np.float32]:
    return picture.points[PARTS[name]]


def gap_mm(picture: HeadPicture, side: str) -> float:
    """The widest, between the margins as lines through their points."""
    lids = part(picture, f"eyelid_{side}").astype(float)
    lower, upper = lids[0:9], lids[[0, *range(15, 7, -1)]]
    if lower[0, 0] > lower[-1, 0]:
        lower, upper = lower[::-1], upper[::-1]
    x = np.linspace(lower[0, 0], lower[-1, 0], 200)
    gaps = np.interp(x, *lower.T) - np.interp(x, *upper.T)
    return float(gaps[np.abs(gaps).argmax()]) / PX_PER_MM


def shut(closure: float) -> DriverMoment:
    return replace(STILL, closure_left=closure, closure_right=closure)


def acting(**actions: float) -> DriverMoment:
    return replace(STILL, actions=FacialActions(**actions))


def test_a_head_seen_as_it_was_photographed_looks_like_the_photograph(
    head: HeadPainter, portrait: Portrait
) -> None:
    picture = drawn(head, rotation=portrait.rotation)
    middle = (portrait.rotation @ -PIVOT_PX)[:2] + CENTRE - (224.0, 240.0)
    x, y = (round(float(value)) for value in middle)
    frame = in_frame(picture)
    nose, mouth = part(picture, "nose"), part(picture, "lips_outer")
    rows = slice(int(nose[2, 1]), int(mouth[:, 1].max()) + 20)
    columns = slice(int(mouth[:, 0].min()), int(mouth[:, 0].max()))
    photographed = portrait.texture.mean(axis=-1)
    shifted = photographed[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
    assert np.abs(frame[rows, columns] - shifted).mean() < 4


@pytest.mark.parametrize("closure", [-0.5, 0.0, 0.25, 0.5, 0.75])
def test_gap_between_lids_is_what_the_script_leaves_of_the_aperture(
    head: HeadPainter, portrait: Portrait, closure: float
) -> None:
    picture = drawn(head, shut(closure), portrait.rotation)
    left = 1 - closure if closure >= 0 else 1 - 0.35 * closure
    for side in ("left", "right"):
        assert gap_mm(picture, side) == pytest.approx(left * APERTURE_MM, rel=0.05)


def test_lids_of_a_shut_eye_touch_and_its_corners_stay(
    head: HeadPainter, portrait: Portrait
) -> None:
    pose = portrait.rotation
    open_, closed = drawn(head, STILL, pose), drawn(head, shut(1.0), pose)
    for side in ("left", "right"):
        before, after = part(open_, f"eyelid_{side}"), part(closed, f"eyelid_{side}")
        assert abs(gap_mm(closed, side)) < 0.4
        corners = [OUTER_CORNER, INNER_CORNER]
        np.testing.assert_allclose(after[corners], before[corners], atol=0.1)


def test_nothing_of_the_iris_is_left_in_a_shut_eye(head: HeadPainter) -> None:
    aside = replace(shut(1.0), gaze_yaw_rad=0.5)
    np.testing.assert_array_equal(drawn(head, shut(1.0)).bgr, drawn(head, aside).bgr)


def test_shut_lid_is_skin_where_the_iris_was(head: HeadPainter, portrait: Portrait) -> None:
    open_, closed = drawn(head), drawn(head, shut(1.0))
    skin = float(portrait.skin_bgr.mean())
    for side in ("left", "right"):
        x, y = part(open_, f"iris_{side}")[0].astype(int)
        assert in_frame(open_)[y - 2 : y + 3, x - 2 : x + 3].mean() < 0.5 * skin
        lid = in_frame(closed)[y - 4 : y + 1, x - 4 : x + 5].mean()
        assert 0.75 * skin < lid < 1.25 * skin


def test_one_eye_shuts_without_the_other(head: HeadPainter, portrait: Portrait) -> None:
    winking = drawn(head, replace(STILL, closure_left=1.0), portrait.rotation)
    assert abs(gap_mm(winking, "left")) < 0.4
    assert gap_mm(winking, "right") == pytest.approx(APERTURE_MM, rel=0.08)


def test_lids_follow_the_eyes_down_and_a_shut_eye_stays_shut(
    head: HeadPainter, portrait: Portrait
) -> None:
    down = math.radians(-30)
    assert visible_closure(0.0, down) == pytest.approx(0.45)
    assert visible_closure(1.0, down) == visible_closure(1.0, 0.3) == 1.0
    picture = drawn(head, replace(STILL, gaze_pitch_rad=down), portrait.rotation)
    assert gap_mm(picture, "left") == pytest.approx(0.55 * APERTURE_MM, rel=0.1)


@pytest.mark.parametrize(("yaw", "pitch"), [(0.35, 0.0), (-0.35, 0.0), (0.0, 0.25)])
def test_iris_is_drawn_where_the_points_say(head: HeadPainter, yaw: float, pitch: float) -> None:
    moment = replace(STILL, closure_left=-0.5, gaze_yaw_rad=yaw, gaze_pitch_rad=pitch)
    picture, ahead = drawn(head, moment), drawn(head, replace(STILL, closure_left=-0.5))
    iris, before = part(picture, "iris_left")[0], part(ahead, "iris_left")[0]
    way = iris - before
    assert way[0] * np.sign(yaw) - way[1] * np.sign(pitch) > 3.0
    lids = part(picture, "eyelid_left")
    inside = np.zeros(FRAME[::-1], dtype=np.uint8)
    cv2.fillPoly(inside, [np.rint(lids).astype(np.int32)], 1)
    inside = cv2.erode(inside, np.ones((5, 5), dtype=np.uint8))
    frame = in_frame(picture)
    dark = (inside > 0) & (frame < np.percentile(frame[inside > 0], 25))
    rows, columns = np.nonzero(dark)
    np.testing.assert_allclose([columns.mean(), rows.mean()], iris, atol=4.0)


def test_a_yawn_opens_a_dark_mouth_with_teeth(head: HeadPainter, portrait: Portrait) -> None:
    picture = drawn(head, acting(jaw_drop=1.0))
    lips = part(picture, "lips_inner")
    assert 38 < (lips[5, 1] - lips[15, 1]) / PX_PER_MM < 55
    frame, skin = in_frame(picture), float(portrait.skin_bgr.mean())
    x, middle = int(lips[:, 0].mean()), int((lips[5, 1] + lips[15, 1]) / 2)
    assert frame[middle - 4 : middle + 5, x - 4 : x + 5].mean() < 0.35 * skin
    teeth = frame[int(lips[15, 1]) + 2 : int(lips[15, 1]) + 8, x - 8 : x + 9]
    assert teeth.max() > 0.6 * skin


def test_a_shut_mouth_shows_neither_teeth_nor_dark(head: HeadPainter, portrait: Portrait) -> None:
    picture = drawn(head)
    lips = part(picture, "lips_inner")
    assert abs(lips[5, 1] - lips[15, 1]) < 1.5
    x, y = int(lips[:, 0].mean()), int(lips[5, 1])
    shown = in_frame(picture)[y - 5 : y + 6, x - 12 : x + 13]
    skin = float(portrait.skin_bgr.mean())
    assert 0.35 * skin < shown.min() and shown.max() < 1.3 * skin


def test_chin_sinks_with_the_jaw_and_eyes_do_not(head: HeadPainter) -> None:
    still, open_ = drawn(head), drawn(head, acting(jaw_drop=0.5))
    sunk_mm = (part(open_, "oval")[18, 1] - part(still, "oval")[18, 1]) / PX_PER_MM
    assert 18 < sunk_mm < 25
    np.testing.assert_allclose(part(open_, "eyelid_left"), part(still, "eyelid_left"), atol=0.01)


@pytest.mark.parametrize(
    ("action", "name", "row", "way"),
    [
        ("lip_corner_puller", "lips_outer", 10, (1, -1)),
        ("lip_corner_depressor", "lips_outer", 10, (1, 1)),
        ("lip_pucker", "lips_outer", 10, (-1, 0)),
        ("lip_stretcher", "lips_outer", 10, (1, 1)),
        ("upper_lip_raiser", "lips_outer", 15, (0, -1)),
        ("inner_brow_raiser", "brow_left", 4, (0, -1)),
        ("outer_brow_raiser", "brow_left", 0, (0, -1)),
        ("brow_lowerer", "brow_left", 4, (-1, 1)),
    ],
)
def test_an_action_moves_its_part_of_the_face(
    head: HeadPainter, action: str, name: str, row: int, way: tuple[int, int]
) -> None:
    still, moved = drawn(head), drawn(head, acting(**{action: 1.0}))
    shift = part(moved, name)[row] - part(still, name)[row]
    assert tuple(np.sign(np.where(np.abs(shift) > 1.0, shift, 0))) == way
    changed = np.abs(in_frame(moved) - in_frame(still))
    x, y = part(moved, name)[row].astype(int)
    assert changed[y - 8 : y + 9, x - 8 : x + 9].max() > 8


def test_a_frown_folds_the_skin_between_the_brows(head: HeadPainter) -> None:
    def deepest(picture: HeadPicture) -> float:
        """Against what lies around it."""
        between = (part(picture, "brow_left")[4] + part(picture, "brow_right")[4]) / 2
        x, y = between.astype(int)
        shown = in_frame(picture)[y - 12 : y + 13, x - 12 : x + 13]
        return float((shown / cv2.GaussianBlur(shown, (0, 0), 6.0)).min())

    assert deepest(drawn(head, acting(brow_lowerer=1.0))) < deepest(drawn(head)) - 0.1


@pytest.mark.parametrize("yaw_deg", [-60, -30, 30, 60])
def test_the_nose_leads_a_turning_head(head: HeadPainter, yaw_deg: int) -> None:
    picture = drawn(head, rotation=turned(math.radians(yaw_deg), 0.0))
    lead = part(picture, "nose")[5, 0] - part(picture, "oval")[[8, 28], 0].mean()
    assert lead * math.copysign(1, yaw_deg) > 20
    spread = part(picture, "iris_left")[0, 0] - part(picture, "iris_right")[0, 0]
    assert spread == pytest.approx(EYE_DISTANCE_PX * math.cos(math.radians(yaw_deg)), abs=7)


@pytest.mark.parametrize("yaw_deg", [-80, -60, -35, 0, 35, 60, 80])
@pytest.mark.parametrize("pitch_deg", [-30, 0, 30])
def test_a_turned_head_is_in_one_piece_without_holes(
    head: HeadPainter, yaw_deg: int, pitch_deg: int
) -> None:
    rotation = turned(math.radians(yaw_deg), math.radians(pitch_deg))
    for moment in (STILL, acting(jaw_drop=1.0)):
        picture = drawn(head, moment, rotation)
        solid = (picture.alpha > 127).astype(np.uint8)
        pieces, _, sizes, _ = cv2.connectedComponentsWithStats(solid)
        assert (sizes[1:, cv2.CC_STAT_AREA] > 4).sum() == 1, pieces
        around = np.pad(1 - solid, 1, constant_values=1)
        _, _, holes, _ = cv2.connectedComponentsWithStats(around, connectivity=4)
        # The one large piece is what is around the head.
        assert (holes[1:, cv2.CC_STAT_AREA] > 4).sum() == 1


def test_scale_and_place_are_as_asked(head: HeadPainter) -> None:
    picture = drawn(head, pixels_per_m=800.0, centre_px=(100.0, 200.0))
    right, left = part(picture, "iris_right")[0], part(picture, "iris_left")[0]
    assert left[0] - right[0] == pytest.approx(EYE_DISTANCE_M * 800, abs=3)
    pivot = (right + left) / 2 - PIVOT_PX[:2] * 800 / PX_PER_M * (0, -1)
    np.testing.assert_allclose(pivot, (100, 200), atol=5)


def test_a_head_at_the_frames_edge_is_clipped_and_one_beyond_is_nothing(head: HeadPainter) -> None:
    clipped = drawn(head, centre_px=(5.0, 100.0))
    height, width = clipped.alpha.shape
    assert clipped.left_px >= 0 and clipped.top_px >= 0
    assert clipped.left_px + width <= FRAME[0] and clipped.top_px + height <= FRAME[1]
    assert clipped.alpha.max() == 255
    assert drawn(head, centre_px=(2000.0, 300.0)).alpha.size == 0


def test_the_same_moment_gives_the_same_picture_whatever_came_before(head: HeadPainter) -> None:
    first = drawn(head, acting(jaw_drop=0.4))
    drawn(head, shut(1.0))
    np.testing.assert_array_equal(first.bgr, drawn(head, acting(jaw_drop=0.4)).bgr)


def _patch(portrait: Portrait, rows: slice, columns: slice, *, follows_skin: bool) -> Overlay:
    shape = (CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX)
    gain, add = np.ones((*shape, 1), dtype=np.float32), np.zeros((*shape, 3), dtype=np.float32)
    alpha = np.zeros(shape, dtype=np.float32)
    gain[rows, columns], add[rows, columns, 1], alpha[rows, columns] = 0.0, 255.0, 1.0
    return Overlay(gain, add, alpha, follows_skin)


def _green(picture: HeadPicture) -> NDArray[np.float64]:
    """Mean place of what is pure green, px of the frame."""
    shown = (picture.bgr[..., 1] > 200) & (picture.bgr[..., [0, 2]].max(axis=-1) < 60)
    rows, columns = np.nonzero(shown)
    return np.array([columns.mean() + picture.left_px, rows.mean() + picture.top_px])


def test_what_is_worn_hides_the_face_and_goes_with_the_skin_where_it_should(
    portrait: Portrait,
) -> None:
    chin = portrait.points[PARTS["oval"]][18].astype(int)
    rows, columns = slice(chin[1] - 26, chin[1] - 10), slice(chin[0] - 8, chin[0] + 8)
    sunk = {}
    for follows in (True, False):
        worn = _patch(portrait, rows, columns, follows_skin=follows)
        head = HeadPainter(portrait, eye_aperture_mm=APERTURE_MM, overlays=[worn])
        sunk[follows] = _green(drawn(head, acting(jaw_drop=0.5))) - _green(drawn(head))
    assert sunk[True][1] > 20
    assert abs(sunk[False][1]) < 8
