"""What can be trusted becomes a number, the rest its reason; angles are those of the camera's frame."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import Signals, Unavailable
from edge_app.face.observation import Estimate, FaceObservation, FaceVisibility
from edge_app.face.quality import ImageQuality
from edge_app.face.settings import PerceptionSettings
from edge_app.face.signal_reading import SignalReader
from tests.face.faces import HEIGHT_PX, WIDTH_PX, lids, observation, textured

SETTINGS = PerceptionSettings()
SHARP = Frame(textured(), 3.0, 90)
ALL_SEEN = FaceVisibility(1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
GOOD = ImageQuality(150.0, 0.0, 60.0, blur_px=0.5)


def read(seen: FaceObservation, picture: Frame = SHARP) -> Signals:
    return SignalReader(SETTINGS).read(picture, seen)


def fault_of(image: np.ndarray, seen: FaceObservation | None = None) -> Unavailable | None:
    signals = read(seen or observation(), Frame(image.astype(np.uint8), 0.0, 0))
    return signals.mouth_openness.unavailable


def test_good_picture_has_no_fault() -> None:
    assert fault_of(textured()) is None


def test_good_picture_in_colour_has_no_fault() -> None:
    assert fault_of(cv2.cvtColor(textured(), cv2.COLOR_GRAY2BGR)) is None


def test_dark_face_is_too_dark_even_in_a_bright_picture() -> None:
    image = textured(luma=180)
    image[140:340, 220:420] = textured(luma=8, contrast=6)[140:340, 220:420]
    assert fault_of(image) is Unavailable.TOO_DARK


def test_washed_out_face_is_overexposed() -> None:
    assert fault_of(np.full((HEIGHT_PX, WIDTH_PX), 255)) is Unavailable.OVEREXPOSED


def test_face_without_edges_is_blurred() -> None:
    assert fault_of(cv2.GaussianBlur(textured(), (0, 0), 25)) is Unavailable.BLURRED


def test_face_of_a_few_pixels_is_low_resolution() -> None:
    small = observation(side_px=60.0, eye_distance_px=SETTINGS.min_eye_distance_px - 2)
    assert fault_of(textured(), small) is Unavailable.LOW_RESOLUTION


def test_all_readings_of_a_good_frame_are_numbers() -> None:
    signals = read(observation())
    assert signals.t_s == 3.0
    assert signals.face_present and signals.no_face_reason is None
    assert signals.eye_openness_left.value == 0.8
    assert signals.eye_openness_right.value == 0.7
    assert signals.mouth_openness.value == 0.1
    assert signals.smile.value == 0.2
    assert signals.expression == (0.5, 0.5)


def test_poor_picture_gives_its_reason_for_eyes_and_mouth_but_not_for_the_pose() -> None:
    dark = Frame(textured(luma=8, contrast=6), 0.0, 0)
    signals = read(observation(yaw_rad=0.3), dark)
    for signal in (signals.eye_openness_left, signals.eye_openness_right, signals.mouth_openness):
        assert signal.unavailable is Unavailable.TOO_DARK
    assert signals.head_yaw_rad.value == pytest.approx(0.3)
    assert signals.expression is None


def test_far_eye_of_a_turned_head_is_out_of_pose_and_the_near_one_is_not() -> None:
    turned_rad = math.radians(SETTINGS.max_eye_yaw_deg + 5)
    to_the_right = read(observation(yaw_rad=turned_rad))
    assert to_the_right.eye_openness_left.unavailable is Unavailable.OUT_OF_POSE
    assert to_the_right.eye_openness_right.value == 0.7
    to_the_left = read(observation(yaw_rad=-turned_rad))
    assert to_the_left.eye_openness_left.value == 0.8
    assert to_the_left.eye_openness_right.unavailable is Unavailable.OUT_OF_POSE


@pytest.mark.parametrize(
    ("yaw_deg", "pitch_deg"),
    [
        (SETTINGS.max_head_yaw_deg + 2, 0),
        (-SETTINGS.max_head_yaw_deg - 2, 0),
        (0, SETTINGS.max_head_pitch_deg + 2),
        (0, -SETTINGS.max_head_pitch_deg - 2),
    ],
)
def test_head_turned_too_far_hides_eyes_and_mouth_but_keeps_its_direction(
    yaw_deg: float, pitch_deg: float
) -> None:
    signals = read(observation(yaw_rad=math.radians(yaw_deg), pitch_rad=math.radians(pitch_deg)))
    for signal in (signals.eye_openness_left, signals.eye_openness_right, signals.mouth_openness):
        assert signal.unavailable is Unavailable.OUT_OF_POSE
    assert signals.head_yaw_rad.value == pytest.approx(math.radians(yaw_deg))
    assert signals.head_pitch_rad.value == pytest.approx(math.radians(pitch_deg))


def test_gaze_that_perception_does_not_offer_is_uncertain() -> None:
    signals = read(observation())
    assert signals.gaze_yaw_rad.unavailable is Unavailable.UNCERTAIN
    assert signals.gaze_pitch_rad.unavailable is Unavailable.UNCERTAIN


def test_reading_that_is_no_number_is_uncertain() -> None:
    broken = replace(observation(), mouth_openness=Estimate(math.nan, 0.1))
    assert read(broken).mouth_openness.unavailable is Unavailable.UNCERTAIN


def test_eye_that_cannot_be_seen_is_occluded_and_the_other_goes_on() -> None:
    signals = read(replace(observation(), visibility=replace(ALL_SEEN, eye_left=0.2)))
    assert signals.eye_openness_left.unavailable is Unavailable.EYES_OCCLUDED
    assert signals.eye_openness_right.value == 0.7
    assert signals.mouth_openness.value == 0.1
    assert signals.expression == (0.5, 0.5)


def test_gaze_and_expression_of_hidden_eyes_are_not_guessed() -> None:
    hidden = replace(ALL_SEEN, eye_left=0.2, eye_right=0.1, sunglasses=0.9)
    looking = replace(observation(), gaze_yaw=Estimate(0.1, 0.1), gaze_pitch=Estimate(0.1, 0.1))
    assert read(replace(looking, visibility=ALL_SEEN)).gaze_yaw_rad.value == 0.1
    signals = read(replace(looking, visibility=hidden))
    assert signals.gaze_yaw_rad.unavailable is Unavailable.EYES_OCCLUDED
    assert signals.gaze_pitch_rad.unavailable is Unavailable.EYES_OCCLUDED
    assert signals.expression is None
    assert signals.mouth_openness.value == 0.1


def test_sunglasses_through_which_the_eyes_are_seen_hide_nothing() -> None:
    signals = read(replace(observation(), visibility=replace(ALL_SEEN, sunglasses=1.0)))
    assert signals.eye_openness_left.value == 0.8
    assert signals.eye_openness_right.value == 0.7


def test_mouth_behind_a_mask_is_occluded_and_the_eyes_go_on() -> None:
    signals = read(replace(observation(), visibility=replace(ALL_SEEN, mouth=0.1, mask=0.9)))
    assert signals.mouth_openness.unavailable is Unavailable.MOUTH_OCCLUDED
    assert signals.smile.unavailable is Unavailable.MOUTH_OCCLUDED
    assert signals.expression is None
    assert signals.eye_openness_left.value == 0.8


def test_visibility_that_is_no_number_counts_as_hidden() -> None:
    signals = read(replace(observation(), visibility=replace(ALL_SEEN, eye_left=math.nan)))
    assert signals.eye_openness_left.unavailable is Unavailable.EYES_OCCLUDED


def test_darkness_is_named_before_what_darkness_hides() -> None:
    dark = replace(GOOD, bright_luma=SETTINGS.min_face_luma - 1)
    hidden = replace(ALL_SEEN, eye_left=0.0, eye_right=0.0, mouth=0.0)
    signals = read(replace(observation(), visibility=hidden, quality=dark))
    assert signals.eye_openness_left.unavailable is Unavailable.TOO_DARK
    assert signals.mouth_openness.unavailable is Unavailable.TOO_DARK


def test_quality_that_perception_tells_is_taken_and_not_measured() -> None:
    flat = Frame(np.full((HEIGHT_PX, WIDTH_PX), 128, dtype=np.uint8), 0.0, 0)
    assert read(observation(), flat).mouth_openness.unavailable is Unavailable.BLURRED
    assert read(replace(observation(), quality=GOOD), flat).mouth_openness.value == 0.1
    blurred = replace(GOOD, blur_px=SETTINGS.max_blur_px + 0.1)
    signals = read(replace(observation(), quality=blurred))
    assert signals.eye_openness_left.unavailable is Unavailable.BLURRED


def test_reading_whose_deviation_says_nothing_is_uncertain() -> None:
    eye = Estimate(0.4, SETTINGS.max_eye_openness_std + 0.01)
    mouth = Estimate(0.4, SETTINGS.max_mouth_openness_std + 0.01)
    signals = read(replace(observation(), eye_openness_left=eye, mouth_openness=mouth))
    assert signals.eye_openness_left.unavailable is Unavailable.UNCERTAIN
    assert signals.mouth_openness.unavailable is Unavailable.UNCERTAIN
    assert signals.eye_openness_right.value == 0.7


def test_head_angles_whose_deviation_says_nothing_are_uncertain() -> None:
    seen = observation(yaw_rad=0.1)
    std_rad = math.radians(SETTINGS.max_head_std_deg) + 0.01
    signals = read(replace(seen, head_pose=replace(seen.head_pose, std_rad=std_rad)))
    assert signals.head_yaw_rad.unavailable is Unavailable.UNCERTAIN
    assert signals.eye_openness_left.value == 0.8


def test_face_at_the_right_edge_that_faces_the_camera_is_turned_to_the_left() -> None:
    # Half the picture's width off the axis is half the field of view off the axis.
    signals = read(observation(center_px=(float(WIDTH_PX), HEIGHT_PX / 2)))
    half_view_rad = math.radians(SETTINGS.horizontal_field_of_view_deg / 2)
    assert signals.head_yaw_rad.value == pytest.approx(-half_view_rad, abs=1e-3)
    assert signals.head_pitch_rad.value == pytest.approx(0.0, abs=1e-3)


def test_face_low_in_the_picture_that_faces_the_camera_looks_up() -> None:
    signals = read(observation(center_px=(WIDTH_PX / 2, HEIGHT_PX - 40.0)))
    assert signals.head_pitch_rad.value is not None
    assert signals.head_pitch_rad.value > math.radians(5)
    assert signals.head_yaw_rad.value == pytest.approx(0.0, abs=1e-3)


def test_driver_who_looks_along_the_camera_axis_is_straight_on_wherever_the_face_is() -> None:
    # Seen along the line to the face, a head parallel to the axis is turned by the line's angle.
    focal_px = WIDTH_PX / 2 / math.tan(math.radians(SETTINGS.horizontal_field_of_view_deg / 2))
    for x_px in (100.0, 320.0, 540.0):
        line_rad = math.atan2(x_px - WIDTH_PX / 2, focal_px)
        signals = read(observation(center_px=(x_px, HEIGHT_PX / 2), yaw_rad=line_rad))
        assert signals.head_yaw_rad.value == pytest.approx(0.0, abs=1e-3)


def test_gap_of_the_lids_is_told_in_widths_of_the_eye_even_of_hidden_eyes() -> None:
    face = observation()
    low, wide = lids((350.0, 240.0), 30.0, 0.1), lids((290.0, 240.0), 30.0, 0.3)
    hidden = replace(
        face,
        landmarks=replace(face.landmarks, eyelid_left=low, eyelid_right=wide),
        visibility=FaceVisibility(0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
    )
    signals = read(hidden)
    assert signals.eye_openness_left.unavailable is Unavailable.EYES_OCCLUDED
    assert signals.eye_aspect_ratio.value == pytest.approx(0.2)


def test_lids_without_a_width_have_no_aspect_ratio() -> None:
    face = observation()
    dot = np.zeros((16, 2), dtype=np.float32)
    broken = replace(face, landmarks=replace(face.landmarks, eyelid_left=dot))
    assert read(broken).eye_aspect_ratio.unavailable is Unavailable.UNCERTAIN


def worn(glasses: float, sunglasses: float, **changes: float) -> Signals:
    covers = replace(ALL_SEEN, glasses=glasses, sunglasses=sunglasses, **changes)
    return read(replace(observation(), visibility=covers, quality=GOOD))


def test_glasses_are_of_either_kind_with_the_doubt_of_a_yes_or_no() -> None:
    assert worn(0.9, 0.1).glasses.value == 0.9
    assert worn(0.1, 0.8).glasses.value == 0.8
    sure, unsure = worn(0.99, 0.0).glasses.std, worn(0.5, 0.0).glasses.std
    assert sure is not None and unsure is not None and sure < 0.1 < 0.5 == unsure


def test_eyes_behind_a_hand_say_nothing_of_glasses_and_eyes_behind_dark_ones_do() -> None:
    hidden = {"eye_left": 0.1, "eye_right": 0.1}
    assert worn(0.2, 0.1, **hidden).glasses.unavailable is Unavailable.EYES_OCCLUDED
    assert worn(0.2, 0.9, **hidden).glasses.value == 0.9


def test_perception_that_does_not_tell_leaves_glasses_unread() -> None:
    assert read(observation()).glasses.unavailable is Unavailable.UNCERTAIN


def test_points_that_are_covered_are_no_geometry() -> None:
    from tests.face.test_face_geometry import seen

    clear = replace(seen(), visibility=ALL_SEEN, quality=GOOD)
    assert read(clear).face_geometry is not None
    for covered in ("eye_left", "mouth"):
        hidden = replace(clear, visibility=replace(ALL_SEEN, **{covered: 0.1}))
        assert read(hidden).face_geometry is None
    dark = replace(clear, quality=ImageQuality(5.0, 0.0, 60.0, blur_px=0.5))
    assert read(dark).face_geometry is None
