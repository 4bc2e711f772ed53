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
    assert {check.head for check in checks} == {"heat", "box", "points"}
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


OUTPUTS = {
    "face": {**face_outputs(), "drowsiness": np.zeros((1, 1), dtype=np.float32)},
    "eyes": eyes_outputs(),
    "expression": {"expression": np.zeros((1, 7), dtype=np.float32)},
    "detector": detector_outputs([upright_face(100.0, 90.0, 24.0)], BOX),
}
EVERY_HEAD = [(part, head) for part, outputs in OUTPUTS.items() for head in outputs]


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf, None, "misshapen"])
@pytest.mark.parametrize(("part", "head"), EVERY_HEAD)
def test_output_that_is_empty_or_no_number_has_failed(part: str, head: str, broken: object) -> None:
    """One place of one picture is enough, also of a head that has no truth, and of a stated deviation."""
    ours = OUTPUTS[part]
    spoilt = ours[head].copy()
    if isinstance(broken, float):
        spoilt.flat[-1] = broken
    theirs = {**ours, head: spoilt.ravel() if broken == "misshapen" else spoilt}
    if broken is None:
        theirs[head] = np.empty((0,), dtype=np.float32)
    for pair in (([ours, ours], [ours, theirs]), ([ours, theirs], [ours, ours])):
        checks = head_checks(part, *pair)  # type: ignore[arg-type]
        (told,) = [check for check in checks if not check.passed]
        assert told.head == head and told.value == 1 and told.n == 2
        assert "missing, empty or not a number" in told.sentence()


@pytest.mark.parametrize("part", OUTPUTS)
def test_comparison_of_no_picture_is_no_agreement(part: str) -> None:
    checks = head_checks(part, [], [])  # type: ignore[arg-type]
    assert checks and not any(check.passed for check in checks)


def test_detectors_that_find_no_face_do_not_agree_on_any() -> None:
    blind = detector_outputs([], BOX)
    checks = head_checks("detector", [blind], [blind], {})
    assert {check.head for check in checks if not check.passed} == {"heat", "box", "points"}


def test_head_that_only_a_truth_could_judge_fails_without_one() -> None:
    ours = eyes_outputs()
    (check,) = [c for c in head_checks("eyes", [ours], [ours], {}) if not c.passed]
    assert check.head == "iris" and "with a truth" in check.sentence()
    unknown = {"iris": np.full((1, 2, 3), np.nan, dtype=np.float32)}
    (check,) = [c for c in head_checks("eyes", [ours], [ours], unknown) if not c.passed]
    assert check.head == "iris"


def test_numbers_gone_wild_are_not_taken_for_an_unknown_truth() -> None:
    ours = face_outputs()
    wild = face_outputs(landmarks=np.full((1, 292), 3e38))
    truth = {"landmarks": ours["landmarks"].reshape(1, 146, 2)}
    check = check_of(head_checks("face", [ours], [wild], truth), "landmarks", "truth")
    assert not check.passed and check.n == 1


def openness_outputs(*values: float) -> list[dict[str, np.ndarray]]:
    return [eyes_outputs(openness=[[v, math.log(0.02)], [0.3, math.log(0.02)]]) for v in values]


def test_few_pictures_that_are_far_off_are_not_hidden_by_the_mean() -> None:
    """Two in a hundred are 0.2 off, which is 18 points; the mean of all is below its bound."""
    ours = openness_outputs(*[0.5] * 100)
    theirs = openness_outputs(*[0.5] * 98, 0.7, 0.7)
    checks = head_checks("eyes", ours, theirs)
    assert check_of(checks, "openness").passed
    tail = check_of(checks, "openness", "99th percentile")
    assert not tail.passed and tail.limit == 5.0
    assert tail.value == pytest.approx(100 * (math.hypot(0.02, 0.2) - 0.02), rel=1e-2)
    assert "at place 1 of 2" in tail.sentence()


def test_one_picture_in_more_than_a_hundred_may_be_off() -> None:
    ours = openness_outputs(*[0.5] * 150)
    theirs = openness_outputs(*[0.5] * 149, 0.9)
    assert all(check.passed for check in head_checks("eyes", ours, theirs))


def test_sure_answer_lost_at_one_of_many_places_is_not_hidden_by_the_others() -> None:
    """Of 8 answers one is lost in 3 pictures of 100: less than a hundredth of all answers."""
    ours = [face_outputs()] * 100
    lost = face_outputs()["visibility"].copy()
    lost[0, 4] = 4.0
    theirs = [*[face_outputs()] * 97, *[face_outputs(visibility=lost)] * 3]
    checks = head_checks("face", ours, theirs)
    assert check_of(checks, "visibility").passed
    tail = check_of(checks, "visibility", "99th percentile")
    assert not tail.passed and "at glasses" in tail.sentence()


def test_tail_of_a_head_that_is_unsure_anyway_may_be_a_tenth_of_its_error() -> None:
    ours = eyes_outputs(openness=[[0.9, 0.0], [0.3, 0.0]])
    tail = check_of(head_checks("eyes", [ours], [ours]), "openness", "99th percentile")
    assert tail.limit == pytest.approx(10.0)


def test_faces_lost_now_and_then_by_one_detector_are_not_hidden_by_the_mean() -> None:
    face, unsure = upright_face(100.0, 90.0, 24.0), upright_face(100.0, 90.0, 24.0, 0.4)
    ours = [shown(face)] * 97 + [shown(unsure)] * 3
    theirs = [shown(face)] * 97 + [dict(detector_outputs([], BOX))] * 3
    checks = head_checks("detector", ours, theirs)
    assert check_of(checks, "heat").passed
    assert not check_of(checks, "heat", "99th percentile").passed
