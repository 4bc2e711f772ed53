"""What a bundle's numbers mean."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.driver.references import OPEN_EYE, SHUT_EYE
from edge_app.bundle.heads import VISIBILITY
from edge_app.bundle.tuning import Thresholds
from edge_app.face.crop import FaceCrop
from edge_app.face.head_rotation import angles_of, rolled, rolled_angles, rotation_of
from edge_app.face.observation import Estimate, FaceVisibility
from edge_app.face.student_reading import (
    StudentTuning,
    VisibilityReader,
    fused_openness,
    iris_in_frame,
    read_classes,
    read_head_pose,
    read_mouth,
    read_openness,
    read_share,
)
from tests.face.students import eyes_outputs, face_outputs

facing = st.floats(-1.4, 1.4)


def test_surer_reading_of_an_eye_counts_for_more() -> None:
    fine, coarse = Estimate(0.2, 0.05), Estimate(0.6, 0.1)
    both = fused_openness(fine, coarse, 1.0)
    assert both.value == pytest.approx((0.2 * 4 + 0.6) / 5)
    assert fine.std < both.std < coarse.std


def test_coarse_reading_without_weight_is_left_out() -> None:
    fine = Estimate(0.2, 0.05)
    assert fused_openness(fine, Estimate(0.9, 0.001), 0.0) == fine


def test_eye_that_cannot_be_read_closely_is_read_from_the_face() -> None:
    both = fused_openness(Estimate(0.9, math.inf), Estimate(0.1, 0.1), 0.5)
    assert both.value == pytest.approx(0.1)


def test_openness_is_a_share_of_the_drivers_own_left_and_right() -> None:
    tuning = StudentTuning(openness_face_weight=0.0)
    eyes = eyes_outputs(openness=[[1.0, -3.0], [0.0, -2.0]])
    left, right = read_openness(face_outputs(), eyes, tuning)
    assert (left.value, right.value) == pytest.approx((OPEN_EYE, SHUT_EYE))
    reach = OPEN_EYE - SHUT_EYE
    assert (left.std, right.std) == pytest.approx((reach * math.exp(-3), reach * math.exp(-2)))


def test_openness_stays_a_share_whatever_a_model_says() -> None:
    eyes = eyes_outputs(openness=[[1.6, -3.0], [-0.9, -2.0]])
    left, right = read_openness(face_outputs(), eyes, StudentTuning(openness_face_weight=0.0))
    assert (left.value, right.value) == (1.0, 0.0)


def test_no_number_never_looks_like_a_closed_eye() -> None:
    left, right = read_openness(
        face_outputs(), eyes_outputs(openness=[[np.nan, -3.0], [0.5, np.nan]]), StudentTuning()
    )
    assert math.isnan(left.value)
    assert math.isnan(right.value) or 0 <= right.value <= 1
    assert math.isnan(read_share(np.array([[np.nan, 0.0]], dtype=np.float32)).value)


def lips(width_px: float, gap_px: float) -> np.ndarray:
    """(20, 2) an oval: 0 and 10 the corners, 5 below, 15 above."""
    turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    around = np.stack([np.cos(turn) * width_px / 2, np.sin(turn) * gap_px / 2], axis=1)
    return (around + 100.0).astype(np.float32)


def mouth(said: float, log_std: float = -2.0) -> np.ndarray:
    return np.array([[said, log_std]], dtype=np.float32)


def test_openness_of_the_mouth_is_the_mean_of_the_models_word_and_the_lips_aspect_ratio() -> None:
    yawning = read_mouth(mouth(0.6), lips(40.0, 36.0), 0.0)
    assert yawning.value == pytest.approx((0.6 + 0.9) / 2, abs=1e-6)
    assert yawning.std == pytest.approx(math.exp(-2))
    assert read_mouth(mouth(-0.2), lips(40.0, 0.0), 0.0).value == pytest.approx(0.0, abs=1e-6)
    assert read_mouth(mouth(1.3), lips(30.0, 60.0), 0.0).value == 1.0


def test_mouth_of_a_turned_head_is_narrower_and_no_more_open() -> None:
    turned = read_mouth(mouth(0.4), lips(40.0 * math.cos(0.6), 20.0), 0.6)
    assert turned.value == pytest.approx(read_mouth(mouth(0.4), lips(40.0, 20.0), 0.0).value)


def test_lips_without_a_width_leave_the_mouth_uncertain() -> None:
    assert read_mouth(mouth(0.4), lips(0.0, 0.0), 0.0).std == math.inf
    assert read_mouth(mouth(0.4), lips(40.0, 20.0), math.nan).std == math.inf
    assert math.isnan(read_mouth(mouth(math.nan), lips(40.0, 20.0), 0.0).value)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(yaw=facing, pitch=facing, roll=st.floats(-1.0, 1.0), turn=st.floats(-1.5, 1.5))
def test_angles_of_a_turned_picture_are_those_of_the_turned_matrix(
    yaw: float, pitch: float, roll: float, turn: float
) -> None:
    expected = angles_of(rolled(rotation_of(yaw, pitch, roll), turn))
    assert rolled_angles(yaw, pitch, roll, turn) == pytest.approx(expected, abs=2e-3)


def test_head_pose_of_a_tilted_crop_is_told_in_the_frame() -> None:
    output = np.array([[0.3, 0.0, 0.0, -3.0, -2.0, -4.0]], dtype=np.float32)
    pose = read_head_pose(output, math.pi / 2)
    # What is to the right in a crop tilted clockwise by a right angle is below in the frame.
    assert pose.yaw_rad == pytest.approx(0.0, abs=1e-6)
    assert pose.pitch_rad == pytest.approx(-0.3, abs=1e-6)
    assert pose.roll_rad == pytest.approx(math.pi / 2)
    assert pose.std_rad == pytest.approx(math.exp(-2))


def test_head_pose_beyond_all_bounds_is_bounded_or_uncertain() -> None:
    far = read_head_pose(np.array([[9.0, -9.0, 0.0, 0.0, 0.0, 50.0]], dtype=np.float32), 0.0)
    assert abs(far.yaw_rad) < math.pi / 2 and abs(far.pitch_rad) < math.pi / 2
    assert far.std_rad == math.inf
    lost = read_head_pose(np.full((1, 6), np.nan, dtype=np.float32), 0.0)
    assert lost.std_rad == math.inf


def test_threshold_of_the_bundle_becomes_one_half() -> None:
    at_threshold = math.log(0.8 / 0.2)
    logits = [at_threshold, 9.0, 9.0, at_threshold, -9.0, -9.0, -9.0, -9.0]
    reader = VisibilityReader(StudentTuning(thresholds={"face": 0.8, "mouth": 0.8}))
    presence, visibility = reader.read(face_outputs(visibility=[logits]), eyes_outputs())
    assert presence == pytest.approx(0.5)
    assert visibility.mouth == pytest.approx(0.5)
    assert visibility.mask == pytest.approx(1 / (1 + math.exp(9)))


def test_temperature_comes_before_the_threshold() -> None:
    tuning = StudentTuning(thresholds={"face": 0.8}, temperatures={"visibility": 2.0})
    logits = [2 * math.log(0.8 / 0.2)] + [0.0] * 7
    presence, _ = VisibilityReader(tuning).read(face_outputs(visibility=[logits]), eyes_outputs())
    assert presence == pytest.approx(0.5)


def test_eye_is_seen_by_face_and_eye_picture_together() -> None:
    face = face_outputs(visibility=[[5.0, 2.0, -3.0, 5.0, 0.0, 0.0, 0.0, 0.0]])
    eyes = eyes_outputs(visible=[[-4.0], [3.0]])
    _, both = VisibilityReader(StudentTuning()).read(face, eyes)
    assert both.eye_left == pytest.approx(1 / (1 + math.exp(1)))
    assert both.eye_right == pytest.approx(0.5)
    _, close = VisibilityReader(StudentTuning(visible_face_weight=0.0)).read(face, eyes)
    assert close.eye_left < 0.05 and close.eye_right > 0.95


def test_visibility_that_is_no_number_is_nothing_seen() -> None:
    face = face_outputs(visibility=[[np.nan] * 8])
    presence, visibility = VisibilityReader(StudentTuning()).read(face, eyes_outputs())
    assert presence == 0.0
    assert visibility.eye_left == visibility.mouth == 0.0


def test_expression_is_probabilities_softened_by_the_temperature() -> None:
    logits = np.array([[2.0, 0.0, -1.0]], dtype=np.float32)
    sharp, soft = read_classes(logits, 1.0), read_classes(logits, 3.0)
    assert sum(sharp) == pytest.approx(1.0) and sum(soft) == pytest.approx(1.0)
    assert sharp[0] / sharp[1] == pytest.approx(math.exp(2.0))
    assert soft[0] / soft[1] == pytest.approx(math.exp(2.0 / 3.0))


def test_rim_of_an_iris_runs_right_top_left_bottom_also_from_a_mirrored_picture() -> None:
    iris = np.array([0.1, -0.05, 0.08], dtype=np.float32)
    eye = FaceCrop(200.0, 100.0, 50.0, 0.0)
    plain = iris_in_frame(iris, eye, mirrored=False)
    assert plain[0] == pytest.approx((205.0, 97.5))
    assert plain[1] == pytest.approx((209.0, 97.5))
    assert plain[2] == pytest.approx((205.0, 93.5))
    mirrored = iris_in_frame(iris, eye, mirrored=True)
    assert mirrored[0] == pytest.approx((195.0, 97.5))
    assert mirrored[1] == pytest.approx((199.0, 97.5))


def test_what_covers_a_face_has_one_order_in_every_list() -> None:
    seen = FaceVisibility(*range(len(VISIBILITY) - 1))
    assert asdict(seen) == {name: place for place, name in enumerate(VISIBILITY[1:])}
    thresholds = {name for name in Thresholds.model_fields if not name.endswith("_weight")}
    assert thresholds == {"heat", "face", "eye", *VISIBILITY[3:]}


@pytest.mark.parametrize("place", range(3, len(VISIBILITY)))
def test_threshold_of_a_cover_moves_that_cover_alone(place: int) -> None:
    logits = np.full((1, len(VISIBILITY)), 1.0)
    face, eyes = face_outputs(visibility=logits), eyes_outputs(visible=[[1.0], [1.0]])
    _, plain = VisibilityReader(StudentTuning()).read(face, eyes)
    strict = StudentTuning(thresholds={VISIBILITY[place]: 0.9})
    _, moved = VisibilityReader(strict).read(face, eyes)
    before, after = asdict(plain), asdict(moved)
    assert [name for name in before if after[name] != before[name]] == [VISIBILITY[place]]
