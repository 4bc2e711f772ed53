"""Differences of heads in points, each on the scale on which it is read."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge_app.face.letterbox import letterbox_of
from model_compression.quantization.check import Check
from model_compression.quantization.head_agreement import head_checks
from tests.face.students import (
    TrueFace,
    detector_outputs,
    eyes_outputs,
    face_outputs,
    upright_face,
)

BOX = letterbox_of(192, 192)


def check_of(checks: list[Check], head: str, figure: str = "uncertainty") -> Check:
    (found,) = (check for check in checks if check.head == head and figure in check.figure)
    return found


def test_equal_outputs_are_nothing_worse() -> None:
    face, eyes = face_outputs(), eyes_outputs()
    for part, outputs in (("face", face), ("eyes", eyes)):
        checks = head_checks(part, [outputs] * 3, [outputs] * 3)  # type: ignore[arg-type]
        assert checks
        assert all(check.value == 0.0 and check.passed and check.n == 3 for check in checks)


def test_difference_is_weighed_by_what_float_states_of_itself() -> None:
    """Independent errors add in squares: 0.03 beside a stated 0.04 makes 0.05."""
    ours = eyes_outputs(openness=[[0.9, math.log(0.04)], [0.3, math.log(0.04)]])
    theirs = eyes_outputs(openness=[[0.93, -3.0], [0.27, -3.0]])
    check = check_of(head_checks("eyes", [ours], [theirs]), "openness")
    assert check.value == pytest.approx(1.0, rel=1e-3)
    assert not check.passed


def test_head_that_is_unsure_anyway_may_lose_one_per_cent_of_its_error() -> None:
    ours = eyes_outputs(openness=[[0.9, math.log(2.0)], [0.3, math.log(2.0)]])
    check = check_of(head_checks("eyes", [ours], [ours]), "openness")
    assert check.limit == pytest.approx(2.0)


def test_angles_are_hundredths_of_a_right_angle() -> None:
    stated = [math.log(math.radians(0.3))] * 3
    ours = face_outputs(head_pose=[[0.2, -0.1, 0.05, *stated]])
    moved = [0.2 + math.radians(0.4), -0.1 + math.radians(0.4), 0.05 + math.radians(0.4)]
    theirs = face_outputs(head_pose=[[*moved, *stated]])
    check = check_of(head_checks("face", [ours], [theirs]), "head_pose")
    assert check.value == pytest.approx(100 * 0.2 / 90, rel=1e-3)


def test_answer_that_float_was_sure_of_costs_more_than_a_toss_up() -> None:
    for logit, lost in ((4.0, 100 * math.tanh(2.0)), (0.02, 1.0)):
        ours = eyes_outputs(visible=[[logit], [logit]])
        theirs = eyes_outputs(visible=[[-0.1], [-0.1]])
        check = check_of(head_checks("eyes", [ours], [theirs]), "visible")
        assert check.value == pytest.approx(lost, rel=0.01)


def test_class_that_float_finds_nearly_as_likely_costs_little() -> None:
    ours = {"expression": np.log(np.array([[0.5, 0.48, 0.02]], dtype=np.float32))}
    theirs = {"expression": np.array([[0.0, 1.0, 0.0]], dtype=np.float32)}
    check = check_of(head_checks("expression", [ours], [theirs]), "expression")
    assert check.value == pytest.approx(2.0, abs=0.01)


def test_embedding_may_be_longer_but_not_turned() -> None:
    ours = face_outputs(embedding=np.eye(1, 256))
    longer = face_outputs(embedding=3 * np.eye(1, 256))
    turned = face_outputs(embedding=np.eye(1, 256) + np.eye(1, 256, 1))
    assert check_of(head_checks("face", [ours], [longer]), "embedding").passed
    assert not check_of(head_checks("face", [ours], [turned]), "embedding").passed


def test_candidate_is_held_to_the_error_that_float_makes_itself() -> None:
    ours, theirs = eyes_outputs(), eyes_outputs(openness=[[0.88, -3.0], [0.3, -3.0]])
    truth = {"openness": np.array([[0.8, 0.3]], dtype=np.float32)}
    check = check_of(head_checks("eyes", [ours], [theirs], truth), "openness", "truth")
    assert check.value == pytest.approx(-1.0, abs=1e-3), "nearer to the truth is not worse"
    check = check_of(head_checks("eyes", [theirs], [ours], truth), "openness", "truth")
    assert check.value == pytest.approx(1.0, abs=1e-3)
    assert not check.passed


def test_landmarks_are_measured_in_eye_distances() -> None:
    ours = face_outputs()
    truth = {"landmarks": ours["landmarks"].reshape(1, 146, 2)}
    off = face_outputs(landmarks=ours["landmarks"] + np.float32(0.01 / 3.2 / math.sqrt(2)))
    check = check_of(head_checks("face", [ours], [off], truth), "landmarks", "truth")
    assert check.value == pytest.approx(1.0, rel=1e-3)


def test_truth_that_is_not_known_counts_for_nothing() -> None:
    ours, theirs = eyes_outputs(), eyes_outputs(openness=[[0.9, -3.0], [0.8, -3.0]])
    truth = {"openness": np.array([[0.9, np.nan]], dtype=np.float32)}
    check = check_of(head_checks("eyes", [ours], [theirs], truth), "openness", "truth")
    assert check.value == pytest.approx(0.0, abs=1e-4)


def shown(face: TrueFace) -> dict[str, np.ndarray]:
    return dict(detector_outputs([face], BOX))


def place(face: TrueFace) -> dict[str, np.ndarray]:
    """The detector's truths in the square, which here is the frame."""
    x0, y0, x1, y1 = face.box
    box = [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0]
    return {
        "box": np.array([box], dtype=np.float32),
        "points": face.points[None].astype(np.float32),
    }


def test_detectors_that_see_the_same_face_agree() -> None:
    face = upright_face(100.0, 90.0, 24.0)
    ours, theirs = shown(face), shown(face)
    theirs["heat"] = np.where(theirs["heat"] > 0, theirs["heat"], -20).astype(np.float32)
    checks = head_checks("detector", [ours], [theirs], place(face))
    assert [check.head for check in checks] == ["heat", "box", "points"]
    assert all(check.passed and check.value == pytest.approx(0.0, abs=1e-3) for check in checks)


def test_face_that_only_one_detector_sees_costs_how_sure_it_was() -> None:
    face = upright_face(100.0, 90.0, 24.0)
    ours = shown(face)
    blind = {**ours, "heat": np.full_like(ours["heat"], -8.0)}
    for pair in ((ours, blind), (blind, ours)):
        check = check_of(head_checks("detector", [pair[0]], [pair[1]]), "heat")
        assert check.value == pytest.approx(100 * math.tanh(2.0))


def test_face_told_one_cell_beside_is_found() -> None:
    ours = shown(upright_face(100.0, 90.0, 24.0))
    beside = {**ours, "heat": np.roll(ours["heat"], 1, axis=3)}
    assert check_of(head_checks("detector", [ours], [beside]), "heat").value == 0.0


def test_moved_points_are_told_in_sizes_of_the_true_box() -> None:
    face = upright_face(100.0, 90.0, 24.0)
    ours = shown(face)
    theirs = {**ours, "points": ours["points"] + np.float32(0.01)}
    checks = head_checks("detector", [ours], [theirs], place(face))
    width, height = 2.2 * 24.0, 2.8 * 24.0
    expected = math.hypot(0.01 * width, 0.01 * height) / ((width + height) / 2)
    assert check_of(checks, "points", "truth").value == pytest.approx(100 * expected, rel=1e-2)
    assert check_of(checks, "box", "truth").value == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("head", ["openness", "visible"])
def test_number_that_is_none_has_failed(head: str) -> None:
    ours = eyes_outputs()
    theirs = eyes_outputs(**{head: np.full_like(ours[head], np.nan)})
    assert not check_of(head_checks("eyes", [ours], [theirs]), head).passed
